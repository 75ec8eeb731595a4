//! A disk that is asked before and after each commit: there a daemon can be ended.

use crate::store::CommitProbe;
use std::sync::{Mutex, MutexGuard};

/// A side of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// All is written and nothing is durable.
    Before,
    /// It is durable, and nobody knows yet.
    After,
}

/// What a commit unwinds with that is not to return.
pub(super) struct Crash;

/// The disk under one life.
#[derive(Debug, Default)]
pub struct Disk {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Commits of all daemons so far.
    commits: u64,
    crash: Option<(Side, u64)>,
}

impl Disk {
    /// Ends the daemon at its commit after the next `skip` ones.
    pub fn crash(&self, side: Side, skip: u64) {
        let mut state = self.lock();
        state.crash = Some((side, state.commits + skip + 1));
    }

    /// Takes back what was planned. Whether there was anything to take back.
    pub fn spare(&self) -> bool {
        self.lock().crash.take().is_some()
    }

    /// How many commits have begun.
    pub fn commits(&self) -> u64 {
        self.lock().commits
    }

    fn meet(&self, side: Side) {
        let commits = self.lock().commits;
        let crash = self.lock().crash.take_if(|crash| *crash == (side, commits));
        if crash.is_some() {
            // Nothing of the daemon runs on, as when its process is killed; and it is no failure to be told of.
            std::panic::resume_unwind(Box::new(Crash));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the disk")
    }
}

impl CommitProbe for Disk {
    fn before(&self, _n: u64) {
        self.lock().commits += 1;
        self.meet(Side::Before);
    }

    fn after(&self, _n: u64) {
        self.meet(Side::After);
    }
}
