//! What will happen, and when.

use flow_engine::Millis;
use flowd::sim::Side;
use std::collections::BTreeMap;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    /// A daemon starts.
    Start,
    /// A client sends its event, or sends it again.
    Send(usize),
    /// A source has something new.
    Grow(usize),
    /// A feed looks at its source.
    Read(usize),
    /// What was ordered comes back.
    Answer(u64),
    /// What was answered before is answered once more.
    Again(u64),
    /// A prepare goes on.
    Prepare(u64),
    /// People look at what waits for them.
    Look,
    /// Somebody cancels a run.
    Cancel,
    /// Another flow is deployed in the place of this one.
    Deploy(u64),
    /// Somebody pauses a feed, or lets it read on.
    Turn(usize),
    /// Something goes wrong.
    Fault(Fault),
}

/// Something that goes wrong with the machine. What goes wrong with one call is thrown for that call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The daemon is killed while nothing is committed.
    Kill,
    /// The daemon dies at a commit.
    Crash(Side, u64),
    /// The clock on the wall is set.
    Jump(i64),
    /// The source forgets what it had first.
    Compact(usize),
}

/// Happenings in their order; those of one moment in the order in which they were entered.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: BTreeMap<(Millis, u64), Happening>,
    entered: u64,
}

impl Agenda {
    pub(super) fn enter(&mut self, at: Millis, what: Happening) {
        self.entered += 1;
        self.entries.insert((at, self.entered), what);
    }

    pub(super) fn next(&self) -> Option<Millis> {
        self.entries.first_key_value().map(|((at, _), _)| *at)
    }

    /// All that is due.
    pub(super) fn due(&mut self, now: Millis) -> Vec<Happening> {
        let later = self.entries.split_off(&(now + 1, 0));
        std::mem::replace(&mut self.entries, later)
            .into_values()
            .collect()
    }

    /// What a daemon that has died will not do any more.
    pub(super) fn daemon_died(&mut self) {
        self.entries.retain(|_, what| match what {
            Happening::Answer(_) | Happening::Again(_) | Happening::Prepare(_) | Happening::Read(_) => false,
            Happening::Start
            | Happening::Send(_)
            | Happening::Grow(_)
            | Happening::Look
            | Happening::Cancel
            | Happening::Deploy(_)
            | Happening::Turn(_)
            | Happening::Fault(_) => true,
        });
    }
}
