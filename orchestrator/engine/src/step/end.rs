//! The end of a run before its steps have ended.

use super::Walk;
use crate::{Effect, ErrorKind, State, Status, StepError};
use flow_lang::plan::StepIx;
use flow_lang::units;

impl Walk<'_> {
    /// Ends the run: what is out is stopped, what waits will not start.
    pub(super) fn end(&mut self, status: Status) {
        for ix in 0..self.run.steps.len() {
            self.close(ix, State::Cancelled);
        }
        self.run.status = status;
        self.effects.push(Effect::Ended);
    }

    /// Ends one step: if it has not started it becomes `unstarted`. What nobody knows stays so.
    pub(super) fn close(&mut self, ix: StepIx, unstarted: State) {
        self.run.steps[ix] = match &self.run.steps[ix] {
            State::Waiting => unstarted,
            State::Running { .. } | State::Parked { .. } => {
                self.effects
                    .extend(self.out(ix).map(|token| Effect::Stop { token }));
                State::Cancelled
            }
            State::Failed {
                retry_at: Some(_), ..
            } => State::Cancelled,
            State::Done { .. }
            | State::Failed { retry_at: None, .. }
            | State::Skipped { .. }
            | State::Cancelled
            | State::Unknown { .. } => return,
        };
    }

    pub(super) fn time_out(&mut self) {
        let mut open = Vec::new();
        for (step, state) in self.graph.steps.iter().zip(&self.run.steps) {
            if !state.has_ended() && *state != State::Waiting {
                open.push(format!("`{}`", step.name));
            }
        }
        let since = match self.run.status {
            Status::Running { since } => since,
            Status::Pending | Status::Succeeded { .. } | Status::Failed { .. } | Status::Cancelled { .. } => {
                self.now
            }
        };
        let allowed = self.run.deadline.unwrap_or(self.now).saturating_sub(since);
        let message = format!(
            "the deadline of {} passed while {} was under way",
            units::duration(allowed),
            open.join(", ")
        );
        self.end(Status::Failed {
            error: StepError::new(ErrorKind::Timeout, message),
        });
    }

    /// Ends the run over a step that keeps its own state.
    pub(super) fn end_failed(&mut self, ix: StepIx, error: StepError, attempts: u32) {
        let error = StepError {
            attempts,
            ..self.named(ix, error)
        };
        self.end(Status::Failed { error });
    }
}
