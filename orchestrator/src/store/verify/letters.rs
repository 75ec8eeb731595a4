//! Dead letters: each run that failed has one, each item that did not fit has one, and each is answered once.

use super::runs::Runs;
use super::{Entry, VerifyReport};
use crate::store::{Change, LetterState, Matter, Outcome};
use flow_engine::{GraphRef, Status, StepError};
use std::collections::{BTreeMap, HashMap, HashSet};

#[derive(Default)]
pub(super) struct Letters {
    /// Whether each is open, with the event of a run that failed.
    letters: HashMap<String, (LetterState, Option<String>)>,
    /// Flow, trigger and key of items that did not fit.
    items: HashSet<(String, String, String)>,
    /// Runs that failed: the row that says so, and whether they have a letter.
    failed: BTreeMap<String, (u64, bool)>,
    /// The events of runs.
    events: HashMap<String, String>,
    /// Events that were taken in.
    taken: HashSet<String>,
    /// Runs that answer a letter: the event that they have to be of.
    again: HashMap<String, (u64, String)>,
    /// Events that answer a letter.
    awaited: Vec<(u64, String)>,
}

impl Letters {
    /// Whether this run answers a letter, so that its event has another run beside it.
    pub(super) fn is_again(&self, run: &str, event: &str) -> bool {
        self.again.get(run).is_some_and(|(_, of)| of == event)
    }

    pub(super) fn see(&mut self, entry: &Entry<'_>, runs: &Runs, report: &mut VerifyReport) {
        let seq = entry.row.seq;
        match entry.change {
            Change::Run { id, event, run, .. } => {
                let of_a_letter = match &run.graph {
                    GraphRef::Rule(_) | GraphRef::Feedback(_) => true,
                    GraphRef::Infer(_) | GraphRef::Prepare(_) => false,
                };
                if of_a_letter && matches!(run.status, Status::Failed { .. }) {
                    self.failed.entry(id.clone()).or_insert((seq, false));
                }
                self.events.entry(id.clone()).or_insert_with(|| event.clone());
            }
            Change::Event { id, .. } => drop(self.taken.insert(id.clone())),
            Change::Letter { id, flow, matter, .. } => {
                report.count("dead letters");
                self.open(seq, id, flow, matter, runs, report);
            }
            Change::Settled { letter, outcome, .. } => self.settle(seq, letter, outcome, report),
            Change::Deployed { .. }
            | Change::Decision { .. }
            | Change::Cursor { .. }
            | Change::Row { .. }
            | Change::Growth { .. }
            | Change::Version { .. }
            | Change::Live { .. }
            | Change::Request { .. }
            | Change::Expired { .. }
            | Change::Forgotten { .. }
            | Change::Standing { .. }
            | Change::Note { .. } => {}
        }
    }

    fn open(
        &mut self,
        seq: u64,
        id: &str,
        flow: &str,
        matter: &Matter,
        runs: &Runs,
        report: &mut VerifyReport,
    ) {
        let mut broken = |what: String| report.add("I26", Some(seq), format!("dead letter `{id}`: {what}"));
        let mut event = None;
        match matter {
            Matter::Unprocessable { trigger, key, .. } => {
                if !self.items.insert((flow.to_owned(), trigger.clone(), key.clone())) {
                    broken(format!("`{trigger}` has one about `{key}` already"));
                }
            }
            Matter::Failed { run, error, .. } => {
                event = self.events.get(run).cloned();
                if failure(runs, run) != Some(error) {
                    broken(format!("the run `{run}` did not fail like that"));
                }
                match self.failed.get_mut(run) {
                    Some((_, told @ false)) => *told = true,
                    Some((_, true)) => broken(format!("the run `{run}` has one already")),
                    None => {}
                }
            }
        }
        if self
            .letters
            .insert(id.to_owned(), (LetterState::Open, event))
            .is_some()
        {
            broken("there are two".to_owned());
        }
    }

    fn settle(&mut self, seq: u64, id: &str, outcome: &Outcome, report: &mut VerifyReport) {
        let mut broken = |what: String| report.add("I26", Some(seq), format!("dead letter `{id}`: {what}"));
        let Some((state, event)) = self.letters.get_mut(id) else {
            return broken("nobody wrote it".to_owned());
        };
        if *state != LetterState::Open {
            return broken(format!("it was {} and is answered again", state.word()));
        }
        *state = outcome.state();
        match outcome {
            Outcome::Run { run } => match event {
                Some(event) => drop(self.again.insert(run.clone(), (seq, event.clone()))),
                None => broken("it is about no run and is answered by one".to_owned()),
            },
            Outcome::Event { event } => self.awaited.push((seq, event.clone())),
            Outcome::Unfit { .. } | Outcome::Known | Outcome::Dropped => {}
        }
    }

    /// I26, when everything has been seen: what was accepted has ended well, is open, or has a letter.
    pub(super) fn end(self, report: &mut VerifyReport) {
        for (run, (seq, told)) in &self.failed {
            if !told {
                let what = format!("the run `{run}` failed and has no dead letter");
                report.add("I26", Some(*seq), what);
            }
        }
        for (run, (seq, event)) in &self.again {
            if self.events.get(run) != Some(event) {
                let what = format!("the run `{run}` that answers a dead letter is not there");
                report.add("I26", Some(*seq), what);
            }
        }
        for (seq, event) in &self.awaited {
            if !self.taken.contains(event) {
                let what = format!("the event `{event}` that answers a dead letter is not there");
                report.add("I26", Some(*seq), what);
            }
        }
    }
}

/// What a run failed of, as the log has told it so far.
fn failure<'r>(runs: &'r Runs, run: &str) -> Option<&'r StepError> {
    match &runs.get(run)?.run.status {
        Status::Failed { error } => Some(error),
        Status::Pending | Status::Running { .. } | Status::Succeeded { .. } | Status::Cancelled { .. } => {
            None
        }
    }
}
