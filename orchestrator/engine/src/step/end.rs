//! The end of a run before its steps have ended.

use super::{FAILURE_DEADLINE_MS, Walk};
use crate::mutants::{Bug, planted};
use crate::{Effect, ErrorKind, State, Status, StepError, Token};
use flow_lang::plan::{Op, StepIx};
use flow_lang::units;
use serde_json::json;

impl Walk<'_> {
    /// The run has failed. Its `on failure` comes before its end, once and within a bound; what is open of the rest is
    /// stopped.
    pub(super) fn fail(&mut self, error: StepError) {
        if self.failed_with().is_some() {
            return self.end_failing();
        }
        let Some(ix) = self
            .on_failure()
            .filter(|ix| self.run.steps[*ix] == State::Waiting)
        else {
            return self.end(Status::Failed { error });
        };
        for before in 0..ix {
            self.close(before, State::Cancelled);
        }
        self.done(ix, json!(error));
        self.run.deadline = Some(self.now.saturating_add(FAILURE_DEADLINE_MS));
    }

    /// A run that has failed stays so, whoever stops what it still does.
    pub(super) fn cancel(&mut self, why: String) {
        if planted(Bug::CancelStarts) {
            self.start_all();
        }
        match self.failed_with() {
            Some(error) => self.end(Status::Failed { error }),
            None => self.end(Status::Cancelled { why }),
        }
    }

    /// What a cancel must not do: hand over all that waits.
    fn start_all(&mut self) {
        let (attempt, resend) = (1, 0);
        for step in 0..self.run.steps.len() {
            if self.run.steps[step] == State::Waiting {
                let handed = self.call(Token {
                    step,
                    attempt,
                    resend,
                });
                self.effects.extend(handed.ok().flatten());
            }
        }
    }

    /// Ends a run that has failed.
    pub(super) fn end_failing(&mut self) {
        if let Some(error) = self.failed_with() {
            self.end(Status::Failed { error });
        }
    }

    /// What the run has failed with, while its `on failure` is under way.
    pub(super) fn failed_with(&self) -> Option<StepError> {
        let output = self.run.output(self.on_failure()?)?;
        serde_json::from_value(output.clone()).ok()
    }

    /// The step of `on failure`.
    pub(super) fn on_failure(&self) -> Option<StepIx> {
        let steps = &self.graph.steps;
        steps.iter().position(|step| step.op == Op::Failure)
    }

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
        if let State::Each { .. } = &self.run.steps[ix] {
            self.close_rounds(ix);
        }
        self.run.steps[ix] = match &self.run.steps[ix] {
            State::Waiting => unstarted,
            State::Running { .. } if planted(Bug::CancelLeavesOpen) => return,
            State::Each { .. } => State::Cancelled,
            State::Running { .. } | State::Parked { .. } => {
                let out = self.out(ix);
                self.effects.extend(out.map(|token| Effect::Stop { token }));
                match out.filter(|_| self.is_once(ix)) {
                    Some(token) => State::Unknown {
                        attempt: token.attempt,
                        why: "stopped while it was under way".to_owned(),
                    },
                    None => State::Cancelled,
                }
            }
            State::Failed {
                retry_at: Some(_), ..
            }
            | State::Sleeping { .. }
            | State::Held { .. } => State::Cancelled,
            State::Done { .. }
            | State::Failed { retry_at: None, .. }
            | State::Skipped { .. }
            | State::Cancelled
            | State::Unknown { .. } => return,
        };
    }

    pub(super) fn time_out(&mut self) {
        let mut open = Vec::new();
        for (at, _, state) in self.run.walked(self.graph) {
            // An `each` is under way in its rounds.
            let waits = matches!(state, State::Waiting | State::Each { .. });
            if !state.has_ended() && !waits {
                open.push(format!("`{}`", self.run.step_name(self.graph, at)));
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
        self.fail(StepError::new(ErrorKind::Timeout, message));
    }
}
