//! Deciding the steps whose needs have ended.

use super::Walk;
use crate::eval::{Inside, Scope, eval};
use crate::mutants::{Bug, planted};
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
            for ix in 0..self.run.steps.len() {
                if self.is_open() && self.is_ready(ix) {
                    self.decide(ix);
                    moved = true;
                }
            }
            moved |= self.is_open() && self.turn_rounds();
        }
        if !self.is_open() {
            return;
        }
        // What a failed run left open, since nobody knows how it came out, is not waited for.
        let failing = self.on_failure().filter(|ix| self.run.output(*ix).is_some());
        let over = |at, state: &State| state.has_ended() || failing.is_some_and(|ix| self.root(at) < ix);
        let all_have_ended = self.run.walked(self.graph).all(|(at, _, state)| over(at, state));
        if all_have_ended {
            match failing {
                Some(_) => self.end_failing(),
                None => self.succeed(),
            }
        }
    }

    fn is_ready(&self, ix: StepIx) -> bool {
        if self.run.steps[ix] != State::Waiting {
            return false;
        }
        let Some(step) = self.run.walked_step(self.graph, ix) else {
            return false;
        };
        let round = self.run.round(self.graph, ix);
        let ended = |need: &StepIx| {
            let need = self.run.at_hand(self.graph, round, *need);
            need.and_then(|need| self.run.steps.get(need))
                .is_none_or(State::has_ended)
        };
        (planted(Bug::SuccessorTooEarly) || step.needs.iter().all(ended))
            && (!matches!(step.op, Op::Append { .. }) || self.is_in_turn(ix))
    }

    /// INVARIANT: the step is not `Waiting` any more afterwards.
    fn decide(&mut self, ix: StepIx) {
        let step = self.step(ix);
        if !step.guards.iter().all(|guard| self.holds(ix, guard)) {
            self.run.steps[ix] = State::Skipped {
                why: SkipReason::Guard,
            };
            return;
        }
        match &step.op {
            Op::When { cond } => match eval(cond, &self.scope(ix)) {
                Ok(value) => self.done(ix, Value::Bool(value == Value::Bool(true))),
                Err(error) => self.give_up(ix, StepError::new(ErrorKind::Type, error.to_string())),
            },
            Op::Catch { body } => {
                let caught = self.caught(ix, body);
                self.done(ix, caught);
            }
            Op::Each { over, most, .. } => self.begin_rounds(ix, over, *most),
            Op::Append { dataset, row } => match self.row(ix, dataset, row) {
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
            Op::Approval { ms, .. } => self.hold(ix, *ms),
            Op::Await { callback, ms } => match self.has_value(ix, *callback) {
                true => self.hold(ix, *ms),
                false => self.skip_absent(ix),
            },
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
            | Op::Prepare { .. }
            | Op::Register { .. }
            | Op::Emit { .. }
            | Op::Callback => self.send(ix, 1, 0),
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
                self.run.steps[step] = match &self.step(step).op {
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
                    | Op::Prepare { .. }
                    | Op::Register { .. }
                    | Op::Emit { .. }
                    | Op::Sleep { .. }
                    | Op::Approval { .. }
                    | Op::Callback
                    | Op::Await { .. }
                    | Op::Failure
                    | Op::When { .. }
                    | Op::Catch { .. }
                    | Op::Each { .. }
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

    /// What the step at `ix` sees.
    pub(super) fn scope(&self, ix: StepIx) -> Scope<'_> {
        self.scope_in(self.run.round(self.graph, ix))
    }

    /// What is seen in a round; from outside of all without one.
    pub(super) fn scope_in(&self, round: Option<usize>) -> Scope<'_> {
        let inside = round.map(|round| Inside {
            run: &self.run,
            graph: self.graph,
            round,
        });
        Scope {
            input: &self.run.input,
            steps: &self.run.steps,
            inside,
        }
    }

    /// Says `Caught` when something that the step reads was lost to a failure, so that people find the cause.
    pub(super) fn skip_absent(&mut self, ix: StepIx) {
        let lost = |need: &StepIx| match self.run.steps.get(*need) {
            Some(State::Failed { .. } | State::Cancelled) => true,
            Some(State::Skipped { why }) => *why == SkipReason::Caught,
            Some(
                State::Waiting
                | State::Running { .. }
                | State::Parked { .. }
                | State::Sleeping { .. }
                | State::Held { .. }
                | State::Each { .. }
                | State::Done { .. }
                | State::Unknown { .. },
            )
            | None => false,
        };
        let why = match self.run.needs(self.graph, ix).iter().any(lost) {
            true => SkipReason::Caught,
            false => SkipReason::Absent,
        };
        self.run.steps[ix] = State::Skipped { why };
    }

    /// A guard whose own step was skipped does not hold, whichever way it asks.
    fn holds(&self, ix: StepIx, guard: &Guard) -> bool {
        let round = self.run.round(self.graph, ix);
        let at = self.run.at_hand(self.graph, round, guard.step);
        match (
            at.and_then(|at| self.run.output(at)),
            self.graph.steps.get(guard.step).map(|step| &step.op),
        ) {
            (Some(error), Some(Op::Catch { .. } | Op::Failure)) => guard.is != error.is_null(),
            (Some(value), _) => *value == Value::Bool(guard.is),
            (None, _) => false,
        }
    }

    /// What a catch caught: the error of the one step of its body that failed for good.
    fn caught(&self, catch: StepIx, body: &[StepIx]) -> Value {
        let round = self.run.round(self.graph, catch);
        let error = body
            .iter()
            .filter_map(|ix| self.run.at_hand(self.graph, round, *ix))
            .find_map(|ix| match self.run.steps.get(ix) {
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
