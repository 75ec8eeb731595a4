//! The rounds of an `each`: opening them, so many at once, and taking in what they came to.

use super::Walk;
use crate::eval::{self, EvalError};
use crate::{ErrorKind, Round, State, StepError};
use flow_lang::plan::{Expr, Graph, Op, StepIx};
use serde_json::{Value, json};

impl Walk<'_> {
    /// Begins the rounds of the `each` at `ix`.
    pub(super) fn begin_rounds(&mut self, ix: StepIx, over: &Expr, most: u64) {
        match eval::count(over, &self.scope(ix)) {
            Ok(Some(items)) if items as u64 <= most => {
                let (items, since) = (items as u64, self.now);
                self.run.steps[ix] = State::Each { items, since };
            }
            Ok(Some(items)) => {
                let message = format!("it has {items} items; there may be {most}");
                self.give_up(ix, StepError::new(ErrorKind::Limit, message));
            }
            Ok(None) => self.skip_absent(ix),
            Err(error) => self.give_up(ix, type_error(&error)),
        }
    }

    /// Opens rounds where there is room for them, and ends each `each` whose last round is over. Whether anything
    /// has moved.
    pub(super) fn turn_rounds(&mut self) -> bool {
        let mut moved = false;
        for ix in 0..self.run.steps.len() {
            let State::Each { items, .. } = self.run.steps[ix] else {
                continue;
            };
            let Op::Each {
                over,
                parallel,
                result,
                ..
            } = &self.step(ix).op
            else {
                continue;
            };
            let mut opened = 0;
            let mut busy = 0;
            for round in self.run.rounds.iter().filter(|round| round.each == ix) {
                opened += 1;
                busy += u64::from(!self.is_over(round));
            }
            while self.is_open() && opened < items && busy < u64::from(*parallel) {
                match eval::item(over, &self.scope(ix), opened as usize) {
                    Ok(item) => self.open_round(ix, opened, item.unwrap_or_default()),
                    Err(error) => {
                        self.give_up(ix, type_error(&error));
                        return true;
                    }
                }
                opened += 1;
                busy += 1;
                moved = true;
            }
            if busy == 0 && opened == items {
                self.end_rounds(ix, result.as_ref());
                moved = true;
            }
        }
        moved
    }

    /// Whether the rounds before the one that `ix` is in have added all their rows: rows are added in the order of
    /// the items. A round whose row is there was in turn itself, so nothing before it has to be looked at.
    pub(super) fn is_in_turn(&self, ix: StepIx) -> bool {
        let Some(own) = self.run.round(self.graph, ix) else {
            return true;
        };
        let each = self.run.rounds[own].each;
        let before = self.run.rounds[..own]
            .iter()
            .rev()
            .filter(|round| round.each == each);
        for round in before {
            let mut added = false;
            for at in self.places(round) {
                if !self.adds_rows(at) {
                    continue;
                }
                if !self.run.steps[at].has_ended() {
                    return false;
                }
                added |= matches!(self.run.steps[at], State::Done { .. });
            }
            if added {
                break;
            }
        }
        self.is_in_turn(each)
    }

    /// Ends everything in the rounds of the `each` at `ix`.
    pub(super) fn close_rounds(&mut self, ix: StepIx) {
        let rounds = self.run.rounds.iter().filter(|round| round.each == ix);
        let places: Vec<StepIx> = rounds.flat_map(|round| self.places(round)).collect();
        for at in places {
            self.close(at, State::Cancelled);
        }
    }

    /// The step of the graph that a place belongs to: itself, or the outermost `each` around it.
    pub(super) fn root(&self, ix: StepIx) -> StepIx {
        let mut at = ix;
        while let Some(round) = self.run.round(self.graph, at) {
            at = self.run.rounds[round].each;
        }
        at
    }

    fn open_round(&mut self, each: StepIx, at: u64, item: Value) {
        let first = self.run.steps.len();
        let round = Round {
            each,
            at,
            item,
            first,
        };
        let states = self.run.body(self.graph, &round).len();
        self.run.rounds.push(round);
        self.run.steps.resize(first + states, State::Waiting);
    }

    fn is_over(&self, round: &Round) -> bool {
        self.places(round).all(|at| self.run.steps[at].has_ended())
    }

    fn places(&self, round: &Round) -> std::ops::Range<StepIx> {
        round.first..round.first + self.run.body(self.graph, round).len()
    }

    fn adds_rows(&self, at: StepIx) -> bool {
        adds_rows(self.graph, &self.step(at).op)
    }

    fn end_rounds(&mut self, ix: StepIx, result: Option<&Expr>) {
        let own = |(_, round): &(usize, &Round)| round.each == ix;
        let numbers: Vec<usize> = self
            .run
            .rounds
            .iter()
            .enumerate()
            .filter(own)
            .map(|(number, _)| number)
            .collect();
        let values: Result<Vec<Value>, EvalError> = numbers
            .into_iter()
            .map(|round| match result {
                Some(result) => eval::eval(result, &self.scope_in(Some(round))),
                None => Ok(json!({})),
            })
            .collect();
        match values {
            Ok(values) => self.done(ix, Value::Array(values)),
            Err(error) => self.give_up(ix, type_error(&error)),
        }
    }
}

fn adds_rows(graph: &Graph, op: &Op) -> bool {
    match op {
        Op::Append { .. } | Op::Prepare { .. } => true,
        Op::Each { body, .. } => body.iter().any(|step| adds_rows(graph, &graph.steps[*step].op)),
        Op::Invoke { .. }
        | Op::Act { .. }
        | Op::Launch { .. }
        | Op::Predict { .. }
        | Op::Snapshot { .. }
        | Op::Split { .. }
        | Op::Live { .. }
        | Op::Deploy { .. }
        | Op::Register { .. }
        | Op::Emit { .. }
        | Op::Sleep { .. }
        | Op::Approval { .. }
        | Op::Callback
        | Op::Await { .. }
        | Op::Failure
        | Op::When { .. }
        | Op::Catch { .. } => false,
    }
}

fn type_error(error: &EvalError) -> StepError {
    StepError::new(ErrorKind::Type, error.to_string())
}
