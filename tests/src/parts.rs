//! Which tests run: the embedded set always, the rest when `FLOW_TEST=all` asks for everything.

use std::io::Write;
use std::path::PathBuf;

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

/// Whether `what` runs, which needs a program. If it is not there, that is printed, and fails when everything has
/// to run.
pub fn have(program: &str, what: &str) -> bool {
    let folders = flowd::config::search_path();
    if std::env::split_paths(&folders).any(|folder| folder.join(program).is_file()) {
        return true;
    }
    assert!(
        !wanted(what),
        "{what} needs `{program}`, and everything has to run"
    );
    false
}

/// Where something is kept that is installed once: below `FLOW_CACHE` if it is set, else below `target`.
#[expect(clippy::disallowed_methods, reason = "this is how a person chooses the place")]
pub fn cache(name: &str) -> PathBuf {
    let set = std::env::var("FLOW_CACHE").ok().filter(|place| !place.is_empty());
    let place = set.map_or_else(|| crate::tree::root().join("target/flow-tests"), PathBuf::from);
    place.join(name)
}
