//! A daemon that is killed at any moment and started again has lost nothing and done nothing twice.

mod adopt;
mod asking;
mod digits;
mod gate;
mod intake;
mod letters;
mod nap;
mod once;
mod relay;
mod sweep;

use flow_tests::daemon::{Death, Home};
use std::os::unix::process::ExitStatusExt;

/// The daemon, with a probe at every commit.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_flowd-probed");
/// Until a model is live.
const UNTIL_LIVE: [&str; 3] = ["--exit-when-live", "--within", "8m"];
/// How often a life is begun anew because it ended before its death.
const LATE_MAX: u32 = 4;
/// What `kill -9` sends.
pub(crate) const SIGKILL: i32 = 9;

/// A life: a daemon that dies, and another that goes on where it stopped until a model is live.
///
/// Commits are grouped by the moment, so a life may come to its end before its death; then another dies earlier.
async fn live_twice(project: &str, mut death: Death) -> (Home, Death) {
    for _ in 0..LATE_MAX {
        let home = Home::of(project, PROGRAM);
        let (status, printed) = home.up(&UNTIL_LIVE, Some(death)).end(Some(death)).await;
        if status.signal() == Some(SIGKILL) {
            go_on(&home, death).await;
            return (home, death);
        }
        assert!(
            status.success(),
            "{death:?}: {status}\n{printed}{}",
            home.complaints()
        );
        death = earlier(death, home.commits());
    }
    panic!("{death:?}: it was alive {LATE_MAX} times before its death");
}

async fn go_on(home: &Home, death: Death) {
    let (status, printed) = home.up(&UNTIL_LIVE, None).end(None).await;
    assert!(
        status.success(),
        "after {death:?}: {status}\n{printed}{}",
        home.complaints()
    );
}

/// `commits` is how many the daemon made that outlived its death.
fn earlier(death: Death, commits: u64) -> Death {
    match death {
        Death::Before(_) => Death::Before(commits),
        Death::After(_) => Death::After(commits),
        Death::Elapsed(moment) => Death::Elapsed(moment * 4 / 5),
        // It had ended when it should have died: another time it dies at once.
        Death::Launched(_) => death,
        Death::Lines(lines) => Death::Lines(lines * 4 / 5),
    }
}
