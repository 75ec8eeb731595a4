//! Which tests run: the embedded set always, the rest when `FLOW_TEST=all` asks for everything.

use flowd::sandbox::Confinement;
use std::io::Write;
use std::path::PathBuf;

/// Whether this machine confines functions. If not, that is printed.
///
/// # Panics
/// When it does not and everything was asked for.
pub async fn confined() -> bool {
    match Confinement::probe().await {
        Confinement::Enforced => true,
        Confinement::Off { reason } => {
            let all = wanted(&format!("what functions reach: {reason}"));
            assert!(!all, "this machine cannot confine functions: {reason}");
            false
        }
    }
}

/// Whether `what` runs. If not, that is printed, so that nobody takes a green run for more than it was.
#[expect(
    clippy::disallowed_methods,
    reason = "this is how a person chooses the set of tests"
)]
pub fn wanted(what: &str) -> bool {
    let all = std::env::var("FLOW_TEST").is_ok_and(|set| set == "all");
    if !all {
        // Not `eprintln!`: the test harness would keep that to itself when the test passes.
        writeln!(std::io::stderr(), "left out: {what} (FLOW_TEST=all runs it)")
            .expect("standard error is open");
    }
    all
}

/// Whether this machine has all of these programs. What it lacks is printed as left out, and fails when everything
/// is asked for.
#[expect(
    clippy::disallowed_methods,
    reason = "a test looks where a person's shell would"
)]
pub fn has(programs: &[&str]) -> bool {
    let path = std::env::var("PATH").unwrap_or_default();
    let found = |name: &str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    let lacking: Vec<_> = programs.iter().filter(|name| !found(name)).collect();
    if !lacking.is_empty() {
        let wanted = wanted(&format!("what needs {lacking:?}, which is not here"));
        assert!(!wanted, "this machine lacks {lacking:?}");
    }
    lacking.is_empty()
}

/// Where something is kept that is installed once: below `FLOW_CACHE` if it is set, else below `target`.
#[expect(clippy::disallowed_methods, reason = "this is how a person chooses the place")]
pub fn cache(name: &str) -> PathBuf {
    let set = std::env::var("FLOW_CACHE").ok().filter(|place| !place.is_empty());
    let place = set.map_or_else(|| crate::tree::root().join("target/flow-tests"), PathBuf::from);
    place.join(name)
}
