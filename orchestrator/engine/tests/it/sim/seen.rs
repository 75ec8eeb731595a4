//! What has happened in all worlds so far.

use flow_engine::Status;

/// How often each thing was seen: a world in which something never happens proves nothing about it.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) caught: u64,
    pub(super) handled: u64,
    pub(super) slept: u64,
    pub(super) approved: u64,
    pub(super) denied: u64,
    pub(super) expired: u64,
    pub(super) posted: u64,
    pub(super) unanswered: u64,
    pub(super) set_aside: u64,
    pub(super) unguarded: u64,
    pub(super) absent: u64,
    pub(super) retried: u64,
    pub(super) resent: u64,
    pub(super) relaunched: u64,
    pub(super) stale: u64,
    pub(super) walked: u64,
    pub(super) side_by_side: u64,
    pub(super) unknown: u64,
    pub(super) succeeded: u64,
    pub(super) failed: u64,
    pub(super) timed_out: u64,
    pub(super) cancelled: u64,
}

impl Seen {
    pub(super) fn status(&mut self, status: &Status) {
        match status {
            Status::Succeeded { .. } => self.succeeded += 1,
            Status::Failed { error } if error.message.starts_with("the deadline") => self.timed_out += 1,
            Status::Failed { .. } => self.failed += 1,
            Status::Cancelled { .. } => self.cancelled += 1,
            Status::Pending | Status::Running { .. } => panic!("not over"),
        }
    }

    pub(super) fn check(&self) {
        for (what, times) in [
            ("an error caught", self.caught),
            ("a failure handled by its rule", self.handled),
            ("a sleep", self.slept),
            ("an approval", self.approved),
            ("a denial", self.denied),
            ("an approval that nobody gave", self.expired),
            ("a value posted to a callback", self.posted),
            ("a callback that nobody posted to", self.unanswered),
            ("a step set aside by a catch", self.set_aside),
            ("a step skipped by its guard", self.unguarded),
            ("a call that lacked a value", self.absent),
            ("a second try", self.retried),
            ("a second sending", self.resent),
            ("a second generation", self.relaunched),
            ("a stale answer", self.stale),
            ("an `each`", self.walked),
            ("rounds side by side", self.side_by_side),
            ("an unknown outcome", self.unknown),
            ("a run that succeeded", self.succeeded),
            ("a run that failed", self.failed),
            ("a run over its deadline", self.timed_out),
            ("a cancelled run", self.cancelled),
        ] {
            assert!(times > 0, "never seen: {what}; {self:?}");
        }
    }
}
