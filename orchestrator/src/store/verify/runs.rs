//! Runs: the engine moves them again, from the first row on, and must come to the same states.

use super::plans::Plans;
use super::{Entry, VerifyReport};
use crate::store::Change;
use flow_engine::{Event, Millis, Run, State, Status};
use flow_lang::plan::{Op, Plan, StepIx};
use serde_json::Value;
use std::collections::HashMap;

#[derive(Default)]
pub(super) struct Runs {
    seen: HashMap<String, Seen>,
}

/// A run as the log has told it so far.
pub(super) struct Seen {
    pub(super) run: Run,
    pub(super) plan: String,
    /// The latest try of each step.
    attempts: Vec<u32>,
}

impl Runs {
    /// The run with this id, as far as it has been told.
    pub(super) fn get(&self, id: &str) -> Option<&Seen> {
        self.seen.get(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Seen)> {
        self.seen.iter()
    }

    pub(super) fn see(&mut self, entry: &Entry<'_>, plans: &Plans, report: &mut VerifyReport) {
        let Change::Run {
            id,
            plan: digest,
            run,
            cause,
            at,
            ..
        } = entry.change
        else {
            return;
        };
        let mut broken = |invariant, what: String| {
            report.add(invariant, Some(entry.row.seq), format!("run `{id}`: {what}"));
        };
        let Some(plan) = plans.get(digest) else {
            return broken("I22", format!("its plan `{digest}` was never deployed"));
        };
        let before = self.seen.remove(id);
        let (last, mut attempts) = match before {
            Some(before) => {
                if before.plan != *digest {
                    broken("I22", "it changed its plan".to_owned());
                }
                check_moved(plan, &before.run, run, cause, *at, &mut broken);
                (before.run.steps, before.attempts)
            }
            None => {
                if !cause.is_null() || run.status != Status::Pending {
                    broken("I22", "it was under way before it was made".to_owned());
                }
                (Vec::new(), Vec::new())
            }
        };
        attempts.resize(run.steps.len().max(attempts.len()), 0);
        for (ix, state) in run.steps.iter().enumerate() {
            let before = last.get(ix).unwrap_or(&State::Waiting);
            if let Err((invariant, what)) = check_step(plan, run, ix, before, state, &mut attempts) {
                broken(invariant, format!("step {ix} {what}"));
            }
        }
        let seen = Seen {
            run: run.clone(),
            plan: digest.clone(),
            attempts,
        };
        self.seen.insert(id.clone(), seen);
        report.count("run states");
    }

    /// Counts what was seen.
    pub(super) fn end(self, report: &mut VerifyReport) {
        for seen in self.seen.values() {
            report.count(if seen.run.status.is_terminal() {
                "ended runs"
            } else {
                "open runs"
            });
        }
    }
}

/// I14, I22: from where it stood, by what it says moved it, to where it stands.
fn check_moved(
    plan: &Plan,
    before: &Run,
    after: &Run,
    cause: &Value,
    at: Millis,
    broken: &mut impl FnMut(&'static str, String),
) {
    if before.status.is_terminal() {
        return broken("I14", "it changed after its end".to_owned());
    }
    let event: Event = match serde_json::from_value(cause.clone()) {
        Ok(event) => event,
        Err(error) => return broken("I22", format!("nothing that we know moved it: {error}")),
    };
    let (expected, _) = flow_engine::step(plan, before.clone(), event, at);
    let json = |run: &Run| serde_json::to_string(run).expect("a run has only strings as keys");
    if json(&expected) != json(after) {
        broken("I22", "what moved it does not lead to its state".to_owned());
    }
}

/// I7, I8, I10: one step from one state to the next.
fn check_step(
    plan: &Plan,
    run: &Run,
    ix: StepIx,
    before: &State,
    after: &State,
    attempts: &mut [u32],
) -> Result<(), (&'static str, String)> {
    if before == after {
        return Ok(());
    }
    if matches!(before, State::Done { .. }) {
        return Err(("I8", "was done and changed".to_owned()));
    }
    let attempt = match after {
        State::Running { attempt, .. } | State::Unknown { attempt, .. } => Some(*attempt),
        State::Parked { generation, .. } => Some(*generation),
        State::Waiting
        | State::Each { .. }
        | State::Done { .. }
        | State::Sleeping { .. }
        | State::Held { .. }
        | State::Failed { .. }
        | State::Skipped { .. }
        | State::Cancelled => None,
    };
    if let (Some(attempt), Some(last)) = (attempt, attempts.get_mut(ix)) {
        if attempt != *last && attempt != *last + 1 {
            return Err(("I7", format!("is at try {attempt} after try {last}")));
        }
        *last = attempt;
    }
    let starts = attempt.is_some()
        || matches!(
            after,
            State::Done { .. } | State::Sleeping { .. } | State::Held { .. }
        );
    let Some(graph) = run
        .graph
        .find(plan)
        .filter(|_| starts && *before == State::Waiting)
    else {
        return Ok(());
    };
    // A run may fail while nobody knows how one of its steps came out.
    let is_failure = run.step(graph, ix).is_some_and(|step| step.op == Op::Failure);
    let needs = if is_failure {
        Vec::new()
    } else {
        run.needs(graph, ix)
    };
    let early = needs
        .iter()
        .find(|need| run.steps.get(**need).is_some_and(|state| !state.has_ended()));
    match early {
        Some(need) => Err(("I10", format!("started before step {need} had ended"))),
        None => Ok(()),
    }
}
