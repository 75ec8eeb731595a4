//! What time and a new daemon set going again.

use super::Walk;
use crate::mutants::{Bug, planted};
use crate::{State, Token};
use flow_lang::plan::StepIx;
use serde_json::Value;

/// How often one try is sent again after a stop of the daemon, before a person has to look.
const RESENDS_MAX: u32 = 10;

impl Walk<'_> {
    /// Sends the tries that are due, and ends sleeps and waits.
    pub(super) fn go_on_with_what_is_due(&mut self) {
        for ix in 0..self.run.steps.len() {
            if let State::Sleeping { until } = &self.run.steps[ix]
                && (*until <= self.now || planted(Bug::TimerEarly))
            {
                self.done(ix, Value::Null);
            }
            if let State::Held { until } = &self.run.steps[ix]
                && *until <= self.now
            {
                self.expire(ix);
            }
            if let State::Failed {
                error,
                retry_at: Some(at),
            } = &self.run.steps[ix]
                && *at <= self.now
            {
                let left_out = u32::from(planted(Bug::TryLeftOut));
                let attempt = error.attempts.saturating_add(1 + left_out);
                self.send(ix, attempt, 0);
            }
        }
    }

    /// Hands over again what was handed over: a call as a new sending of the same try, a job as the same
    /// generation, which is adopted if it is under way.
    pub(super) fn send_again(&mut self) {
        for ix in 0..self.run.steps.len() {
            match self.run.steps[ix] {
                State::Running { .. } if planted(Bug::CallNotSentAgain) => {}
                State::Parked { .. } if planted(Bug::JobForgotten) => {}
                State::Parked { generation, .. } if planted(Bug::GenerationTooEarly) => {
                    self.send(ix, generation + 1, 0);
                }
                State::Running { attempt, .. } if self.is_once(ix) && !planted(Bug::OnceSentAgain) => {
                    self.lose(ix, attempt, "the daemon stopped while it was under way");
                }
                State::Running { attempt, resend, .. } if resend >= RESENDS_MAX => {
                    self.lose(
                        ix,
                        attempt,
                        format!("sent again {RESENDS_MAX} times without an answer"),
                    );
                }
                State::Running { attempt, resend, .. } => self.send(ix, attempt, resend + 1),
                State::Parked { generation, .. } => self.adopt(ix, generation),
                State::Waiting
                | State::Sleeping { .. }
                | State::Held { .. }
                | State::Each { .. }
                | State::Done { .. }
                | State::Failed { .. }
                | State::Skipped { .. }
                | State::Cancelled
                | State::Unknown { .. } => {}
            }
        }
    }

    fn adopt(&mut self, step: StepIx, generation: u32) {
        let token = Token {
            step,
            attempt: generation + u32::from(planted(Bug::JobNotAdopted)),
            resend: 0,
        };
        match self.call(token) {
            Ok(effect) => self.effects.extend(effect),
            Err(error) => self.give_up(step, error),
        }
    }
}
