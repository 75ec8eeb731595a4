//! `flowd` that can be told to die at a commit: the same command, with a probe at every commit.
//!
//! `FLOW_TEST_DIE=before:7` kills the process, as `kill -9` does, right before its seventh commit, `after:7`
//! right after it and before anybody is told. `FLOW_TEST_COMMITS=FILE` keeps the count of commits in a file.

use flowd::main_with::{self, Parts};
use flowd::store::CommitProbe;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::Arc;

struct Probe {
    die: Option<(bool, u64)>,
    count: Option<PathBuf>,
}

impl CommitProbe for Probe {
    fn before(&self, commit: u64) {
        if self.die == Some((true, commit)) {
            die();
        }
    }

    fn after(&self, commit: u64) {
        if self.die == Some((false, commit)) {
            die();
        }
        if let Some(path) = &self.count {
            std::fs::write(path, commit.to_string()).expect("the test's folder can be written");
        }
    }
}

/// No destructor, no flush, no answer.
fn die() -> ! {
    let pid = std::process::id().to_string();
    Command::new("kill")
        .args(["-9", &pid])
        .status()
        .expect("`kill` is there");
    unreachable!("the kernel has ended this process")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment is how a test speaks to this process"
)]
fn main() -> ExitCode {
    let die = std::env::var("FLOW_TEST_DIE").ok().map(|text| {
        let (side, commit) = text
            .split_once(':')
            .expect("FLOW_TEST_DIE is before:N or after:N");
        (
            side == "before",
            commit.parse().expect("FLOW_TEST_DIE is before:N or after:N"),
        )
    });
    let count = std::env::var_os("FLOW_TEST_COMMITS").map(PathBuf::from);
    main_with::run(
        std::env::args_os().collect(),
        Parts {
            probe: Arc::new(Probe { die, count }),
        },
    )
}
