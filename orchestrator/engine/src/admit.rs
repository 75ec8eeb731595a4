//! What becomes of an event when runs of its rule are open or wait: start, wait, merge, skip, refuse or replace.
//!
//! Two things hold a run back: `overlap`, which looks at open runs, and `rate`, which looks at starts in a
//! sliding window. An event beyond the rate is not lost: it waits as one run, and those after it are merged into
//! that run.

use crate::Millis;
use crate::mutants::{Bug, planted};
use flow_lang::ast::Rate;
use flow_lang::plan::{Overlap, Rule};
use std::collections::VecDeque;

/// The runs of one rule that are not over, by their ids. Kept in memory, made anew from the runs at a start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    /// Under way.
    pub open: Vec<String>,
    /// Pending, the oldest first.
    pub waiting: VecDeque<String>,
    /// When runs started, the oldest first; only the last period of `rate` counts.
    pub starts: VecDeque<Millis>,
}

impl Lane {
    /// Notes that a run starts; starts that no longer count are forgotten.
    pub fn start(&mut self, rule: &Rule, run: &str, now: Millis) {
        self.waiting.retain(|id| id != run);
        self.open.push(run.to_owned());
        if let Some(rate) = rule.rate {
            let counting = self.counting(rate, now);
            self.starts.drain(..self.starts.len() - counting);
            self.starts.push_back(now);
        }
    }

    /// Notes that a run is over, whether it had started or not.
    pub fn end(&mut self, run: &str) {
        self.waiting.retain(|id| id != run);
        self.open.retain(|id| id != run);
    }

    /// How many starts are within the period of `rate`.
    fn counting(&self, rate: Rate, now: Millis) -> usize {
        let old = self
            .starts
            .partition_point(|at| at.saturating_add(rate.per_ms) <= now);
        self.starts.len() - old
    }
}

/// What becomes of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Its run starts now.
    Start,
    /// Its run is made and waits.
    Wait,
    /// It has no run of its own.
    Merge {
        /// The run that waits and stands for it too.
        into: String,
    },
    /// It is logged and dropped, since a run is open.
    Skip,
    /// It is logged and dropped, since too many wait.
    Refuse,
    /// Its run starts now, and these end.
    Replace {
        /// The open runs.
        cancel: Vec<String>,
    },
}

/// Which waiting run may start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// This one, now.
    Start(String),
    /// This one, now, and the open ones end.
    Replace {
        /// The run that starts.
        start: String,
        /// The open runs.
        cancel: Vec<String>,
    },
    /// None before this time.
    At(Millis),
    /// None until a run ends or an event comes.
    Nothing,
}

/// Decides about an event that `rule` listens to and whose filter holds.
pub fn admit(rule: &Rule, lane: &Lane, now: Millis) -> Admission {
    if rule.overlap == Overlap::Skip && !lane.open.is_empty() {
        return Admission::Skip;
    }
    // Those that wait already have a claim on the starts that are left.
    let surplus = rule
        .rate
        .is_some_and(|rate| (lane.counting(rate, now) + lane.waiting.len()) as u64 >= rate.count);
    if surplus {
        return match lane.waiting.back() {
            Some(last) => Admission::Merge { into: last.clone() },
            None => Admission::Wait,
        };
    }
    match rule.overlap {
        Overlap::Queue if planted(Bug::OverlapIgnored) => Admission::Start,
        Overlap::Queue if lane.open.is_empty() && lane.waiting.is_empty() => Admission::Start,
        Overlap::Queue if lane.waiting.len() as u64 >= u64::from(rule.queue_max) => Admission::Refuse,
        Overlap::Queue => Admission::Wait,
        Overlap::Cancel if !lane.open.is_empty() => Admission::Replace {
            cancel: lane.open.clone(),
        },
        Overlap::Skip | Overlap::Cancel | Overlap::Parallel => Admission::Start,
    }
}

/// Says which of the runs that wait may start, to be asked when a run has ended and at [`Next::At`].
pub fn next(rule: &Rule, lane: &Lane, now: Millis) -> Next {
    let Some(first) = lane.waiting.front() else {
        return Next::Nothing;
    };
    let one_at_a_time = match rule.overlap {
        Overlap::Queue | Overlap::Skip => true,
        Overlap::Cancel | Overlap::Parallel => false,
    };
    if one_at_a_time && !lane.open.is_empty() {
        return Next::Nothing;
    }
    if let Some(at) = rule.rate.and_then(|rate| free_at(rate, lane, now)) {
        return Next::At(at);
    }
    if rule.overlap == Overlap::Cancel && !lane.open.is_empty() {
        return Next::Replace {
            start: first.clone(),
            cancel: lane.open.clone(),
        };
    }
    Next::Start(first.clone())
}

/// When the rate allows the next start; nothing if it does now.
fn free_at(rate: Rate, lane: &Lane, now: Millis) -> Option<Millis> {
    if planted(Bug::RateIgnored) {
        return None;
    }
    let counting = lane.counting(rate, now);
    let excess = (counting as u64).checked_sub(rate.count)?;
    // With `excess` more than allowed, that many starts have to grow old before the one that makes room.
    let old = lane.starts.len() - counting;
    let makes_room = lane.starts.get(old + excess as usize)?;
    Some(makes_room.saturating_add(rate.per_ms))
}
