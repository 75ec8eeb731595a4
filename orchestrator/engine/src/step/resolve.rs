//! A step whose outcome is not known, and the person who says what became of it.
//!
//! A call of a `once` action is out in the world: when no answer comes that fits, it may have done all that it does, a
//! part of it, or nothing. So it is never sent again by itself, and neither is what was sent too often without an answer.

use super::Walk;
use crate::{Effect, ErrorKind, GraphRef, Run, State, StepError, Verdict};
use flow_lang::plan::{Effects, Op, Plan, StepIx};
use serde_json::Value;

/// What a failed step is told with when the person gives no reason.
const BY_HAND: &str = "failed, as a person has found out";

/// Why a step cannot be resolved so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// The plan has no such step in this run.
    #[error("the run has no such step")]
    NoStep,
    /// Nobody has to say anything about it.
    #[error("the step does not wait for a person")]
    Known,
    /// The value that it shall have does not fit.
    #[error("{0}")]
    Misfit(String),
}

/// Whether `verdict` can be taken for a step of a run.
///
/// # Errors
/// Why not; [`step`](super::step) would change nothing.
pub fn resolvable(plan: &Plan, run: &Run, ix: StepIx, verdict: &Verdict) -> Result<(), Unresolved> {
    let graph = run.graph.find(plan).filter(|graph| run.fits(graph));
    let graph = graph.ok_or(Unresolved::NoStep)?;
    match run.steps.get(ix) {
        Some(State::Unknown { .. }) if !run.status.is_terminal() => {}
        Some(_) => return Err(Unresolved::Known),
        None => return Err(Unresolved::NoStep),
    }
    let walk = Walk {
        plan,
        graph,
        run: run.clone(),
        now: 0,
        effects: Vec::new(),
    };
    match verdict {
        Verdict::Succeeded { output } => match walk.accept(ix, output.clone()) {
            Ok(_) => Ok(()),
            Err(error) => Err(Unresolved::Misfit(error.message)),
        },
        Verdict::Failed { .. } | Verdict::Again => Ok(()),
    }
}

impl Walk<'_> {
    /// Whether a step must not be sent again by itself. In a route, and for a row, nobody could say what became of it: it
    /// fails there.
    pub(super) fn is_once(&self, ix: StepIx) -> bool {
        match &self.step(ix).op {
            _ if matches!(self.run.graph, GraphRef::Infer(_) | GraphRef::Prepare(_)) => false,
            Op::Invoke { action, .. } => {
                let action = self.plan.actions.get(action);
                action.is_some_and(|action| action.effects == Effects::Once)
            }
            Op::Act { .. }
            | Op::Launch { .. }
            | Op::Predict { .. }
            | Op::Snapshot { .. }
            | Op::Split { .. }
            | Op::Prepare { .. }
            | Op::Register { .. }
            | Op::Live { .. }
            | Op::Append { .. }
            | Op::Emit { .. }
            | Op::Deploy { .. }
            | Op::Sleep { .. }
            | Op::Approval { .. }
            | Op::Callback
            | Op::Await { .. }
            | Op::Failure
            | Op::When { .. }
            | Op::Catch { .. }
            | Op::Each { .. } => false,
        }
    }

    /// Whether a failure leaves open what became of a step. A refusal is the only one that comes before the code was
    /// called: a value that does not fit, or is too large, comes after.
    pub(super) fn leaves_open(&self, ix: StepIx, kind: ErrorKind) -> bool {
        let started = match kind {
            ErrorKind::Timeout | ErrorKind::Crash | ErrorKind::Limit | ErrorKind::Type => true,
            ErrorKind::Refused | ErrorKind::RolledBack => false,
        };
        started && self.is_once(ix)
    }

    pub(super) fn lose(&mut self, ix: StepIx, attempt: u32, why: impl Into<String>) {
        let why = why.into();
        self.run.steps[ix] = State::Unknown { attempt, why };
    }

    pub(super) fn resolved(&mut self, ix: StepIx, verdict: Verdict) {
        let Some(State::Unknown { attempt, .. }) = self.run.steps.get(ix) else {
            return;
        };
        let attempt = *attempt;
        match verdict {
            Verdict::Succeeded { output } => self.take_value(ix, output),
            Verdict::Failed { message } => {
                let message = if message.is_empty() { BY_HAND } else { &message };
                let error = StepError {
                    attempts: attempt,
                    ..StepError::new(ErrorKind::Crash, message)
                };
                self.give_up(ix, error);
            }
            Verdict::Again => self.send(ix, attempt.saturating_add(1), 0),
        }
    }

    /// A value that does not fit leaves the step as it is.
    fn take_value(&mut self, ix: StepIx, output: Value) {
        if let Ok((output, entry)) = self.accept(ix, output) {
            self.done(ix, output);
            self.effects.extend::<Option<Effect>>(entry);
        }
    }
}
