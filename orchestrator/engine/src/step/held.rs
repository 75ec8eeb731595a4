//! A step that waits for somebody outside, and no longer than it may.

use super::Walk;
use crate::{ErrorKind, Millis, State, StepError};
use flow_lang::plan::{Op, StepIx};
use flow_lang::units;
use serde_json::{Value, json};

impl Walk<'_> {
    pub(super) fn hold(&mut self, ix: StepIx, ms: Millis) {
        let until = self.now.saturating_add(ms);
        self.run.steps[ix] = State::Held { until };
    }

    pub(super) fn approved(&mut self, ix: StepIx, by: &str) {
        if self.is_held_for_a_word(ix) {
            self.done(ix, json!({ "by": by }));
        }
    }

    pub(super) fn denied(&mut self, ix: StepIx, by: &str, message: &str) {
        if self.is_held_for_a_word(ix) {
            let why = match message {
                "" => format!("{by} said no"),
                why => format!("{by} said no: {why}"),
            };
            self.give_up(ix, StepError::new(ErrorKind::Refused, why));
        }
    }

    /// A value that does not fit leaves the step as it is: it goes on waiting for one that does.
    pub(super) fn posted(&mut self, ix: StepIx, output: Value) {
        if let Some(Op::Await { .. }) = self.held(ix)
            && let Ok((output, _)) = self.accept(ix, output)
        {
            self.done(ix, output);
        }
    }

    /// Whether what is waited for has an address: what was caught or set aside has none.
    pub(super) fn has_value(&self, ix: StepIx, callback: StepIx) -> bool {
        let round = self.run.round(self.graph, ix);
        let at = self.run.at_hand(self.graph, round, callback);
        at.is_some_and(|at| self.run.output(at).is_some())
    }

    /// Nobody came in time.
    pub(super) fn expire(&mut self, ix: StepIx) {
        let why = match &self.step(ix).op {
            Op::Approval { group, ms } => {
                format!("nobody of `{group}` has approved within {}", units::duration(*ms))
            }
            Op::Await { callback, ms } => {
                let made = &self.graph.steps[*callback].name;
                format!("nobody has posted to `{made}` within {}", units::duration(*ms))
            }
            _ => return,
        };
        self.give_up(ix, StepError::new(ErrorKind::Timeout, why));
    }

    fn is_held_for_a_word(&self, ix: StepIx) -> bool {
        matches!(self.held(ix), Some(Op::Approval { .. }))
    }

    /// What a step waits for, if it waits for somebody outside.
    fn held(&self, ix: StepIx) -> Option<&Op> {
        match self.run.steps.get(ix) {
            Some(State::Held { .. }) => Some(&self.run.step(self.graph, ix)?.op),
            _ => None,
        }
    }
}
