//! A step that waits for somebody outside, and no longer than it may.

use super::Walk;
use crate::{ErrorKind, Millis, State, StepError};
use flow_lang::plan::{Op, StepIx};
use flow_lang::units;
use serde_json::json;

impl Walk<'_> {
    pub(super) fn hold(&mut self, ix: StepIx, ms: Millis) {
        let until = self.now.saturating_add(ms);
        self.run.steps[ix] = State::Held { until };
    }

    pub(super) fn approved(&mut self, ix: StepIx, by: &str) {
        if self.is_held(ix) {
            self.done(ix, json!({ "by": by }));
        }
    }

    pub(super) fn denied(&mut self, ix: StepIx, by: &str, message: &str) {
        if self.is_held(ix) {
            let why = match message {
                "" => format!("{by} said no"),
                why => format!("{by} said no: {why}"),
            };
            self.give_up(ix, StepError::new(ErrorKind::Refused, why));
        }
    }

    /// Nobody came in time.
    pub(super) fn expire(&mut self, ix: StepIx) {
        let Op::Approval { group, ms } = &self.step(ix).op else {
            return;
        };
        let why = format!("nobody of `{group}` has approved within {}", units::duration(*ms));
        self.give_up(ix, StepError::new(ErrorKind::Timeout, why));
    }

    fn is_held(&self, ix: StepIx) -> bool {
        matches!(self.run.steps.get(ix), Some(State::Held { .. }))
    }
}
