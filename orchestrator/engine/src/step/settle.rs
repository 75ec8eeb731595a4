//! Deciding the steps whose needs have ended.

use super::Walk;
use crate::eval::{Scope, eval};
use crate::{Effect, ErrorKind, SkipReason, State, Status, StepError, Token};
use flow_lang::plan::{Guard, Op, StepIx};
use serde_json::{Value, json};

impl Walk<'_> {
    /// Decides steps until none can be, and ends the run if all have ended.
    pub(super) fn settle(&mut self) {
        // Every round but the last takes a step out of `Waiting`, so there are no more rounds than steps.
        let mut moved = true;
        while moved && self.is_open() {
            moved = false;
            for ix in 0..self.graph.steps.len() {
                if self.is_open() && self.is_ready(ix) {
                    self.decide(ix);
                    moved = true;
                }
            }
        }
        if !self.is_open() {
            return;
        }
        // What a failed run left open, since nobody knows how it came out, is not waited for.
        let failing = self.on_failure().filter(|ix| self.run.output(*ix).is_some());
        if self.run.steps[failing.unwrap_or(0)..]
            .iter()
            .all(State::has_ended)
        {
            match failing {
                Some(_) => self.end_failing(),
                None => self.succeed(),
            }
        }
    }

    fn is_ready(&self, ix: StepIx) -> bool {
        let ended = |need: &StepIx| self.run.steps.get(*need).is_none_or(State::has_ended);
        self.run.steps[ix] == State::Waiting && self.graph.steps[ix].needs.iter().all(ended)
    }

    /// INVARIANT: the step is not `Waiting` any more afterwards.
    fn decide(&mut self, ix: StepIx) {
        let step = &self.graph.steps[ix];
        if !step.guards.iter().all(|guard| self.holds(guard)) {
            self.run.steps[ix] = State::Skipped {
                why: SkipReason::Guard,
            };
            return;
        }
        match &step.op {
            Op::When { cond } => match eval(cond, &self.scope()) {
                Ok(value) => self.done(ix, Value::Bool(value == Value::Bool(true))),
                Err(error) => self.give_up(ix, StepError::new(ErrorKind::Type, error.to_string())),
            },
            Op::Catch { body } => {
                let caught = self.caught(ix, body);
                self.done(ix, caught);
            }
            Op::Append { dataset, row } => match self.row(dataset, row) {
                Ok(Some(row)) => {
                    self.effects.push(Effect::Append {
                        step: ix,
                        dataset: dataset.clone(),
                        row,
                    });
                    self.done(ix, Value::Null);
                }
                Ok(None) => self.skip_absent(ix),
                Err(error) => self.give_up(ix, error),
            },
            Op::Sleep { ms } => {
                let until = self.now.saturating_add(*ms);
                self.run.steps[ix] = State::Sleeping { until };
            }
            Op::Failure => {
                self.run.steps[ix] = State::Skipped {
                    why: SkipReason::Guard,
                };
            }
            Op::Invoke { .. }
            | Op::Act { .. }
            | Op::Launch { .. }
            | Op::Predict { .. }
            | Op::Snapshot { .. }
            | Op::Split { .. }
            | Op::Live { .. }
            | Op::Deploy { .. }
            | Op::Emit { .. } => self.send(ix, 1, 0),
        }
    }

    /// Hands a step over.
    pub(super) fn send(&mut self, step: StepIx, attempt: u32, resend: u32) {
        match self.call(Token {
            step,
            attempt,
            resend,
        }) {
            Ok(Some(effect)) => {
                self.effects.push(effect);
                let since = self.now;
                self.run.steps[step] = match &self.graph.steps[step].op {
                    Op::Launch { .. } => State::Parked {
                        generation: attempt,
                        since,
                    },
                    Op::Invoke { .. }
                    | Op::Act { .. }
                    | Op::Predict { .. }
                    | Op::Snapshot { .. }
                    | Op::Split { .. }
                    | Op::Live { .. }
                    | Op::Deploy { .. }
                    | Op::Emit { .. }
                    | Op::Sleep { .. }
                    | Op::Failure
                    | Op::When { .. }
                    | Op::Catch { .. }
                    | Op::Append { .. } => State::Running {
                        attempt,
                        resend,
                        since,
                    },
                };
            }
            Ok(None) => self.skip_absent(step),
            Err(error) => {
                let attempts = attempt.saturating_sub(1);
                self.give_up(step, StepError { attempts, ..error });
            }
        }
    }

    pub(super) fn done(&mut self, ix: StepIx, output: Value) {
        self.run.steps[ix] = State::Done { output };
    }

    pub(super) fn scope(&self) -> Scope<'_> {
        Scope {
            input: &self.run.input,
            steps: &self.run.steps,
        }
    }

    /// Says `Caught` when something that the step reads was lost to a failure, so that people find the cause.
    fn skip_absent(&mut self, ix: StepIx) {
        let lost = |need: &StepIx| match self.run.steps.get(*need) {
            Some(State::Failed { .. } | State::Cancelled) => true,
            Some(State::Skipped { why }) => *why == SkipReason::Caught,
            Some(
                State::Waiting
                | State::Running { .. }
                | State::Parked { .. }
                | State::Sleeping { .. }
                | State::Done { .. }
                | State::Unknown { .. },
            )
            | None => false,
        };
        let why = match self.graph.steps[ix].needs.iter().any(lost) {
            true => SkipReason::Caught,
            false => SkipReason::Absent,
        };
        self.run.steps[ix] = State::Skipped { why };
    }

    /// A guard whose own step was skipped does not hold, whichever way it asks.
    fn holds(&self, guard: &Guard) -> bool {
        match (
            self.run.output(guard.step),
            self.graph.steps.get(guard.step).map(|step| &step.op),
        ) {
            (Some(error), Some(Op::Catch { .. } | Op::Failure)) => guard.is != error.is_null(),
            (Some(value), _) => *value == Value::Bool(guard.is),
            (None, _) => false,
        }
    }

    /// What a catch caught: the error of the one step of its body that failed for good.
    fn caught(&self, catch: StepIx, body: &[StepIx]) -> Value {
        let of_this = |ix: &&StepIx| {
            self.graph
                .steps
                .get(**ix)
                .is_some_and(|step| step.caught_by == Some(catch))
        };
        let error = body
            .iter()
            .filter(of_this)
            .find_map(|ix| match self.run.steps.get(*ix) {
                Some(State::Failed { error, .. }) => Some(error),
                _ => None,
            });
        error.map_or(Value::Null, |error| json!(error))
    }

    fn succeed(&mut self) {
        self.run.status = match self.result() {
            Ok(output) => Status::Succeeded { output },
            Err(error) => Status::Failed { error },
        };
        self.effects.push(Effect::Ended);
    }
}
