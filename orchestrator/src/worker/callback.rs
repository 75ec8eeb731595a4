//! Callbacks: what somebody outside posts to the address of a run, and what has become of the run meanwhile.

use super::batch::Batch;
use super::core::Core;
use super::message::{Handle, IntakeError, Message};
use crate::seal::Seal;
use flow_engine::{Event, Millis, Run, State};
use flow_lang::plan::{Op, Plan, StepIx, Type};
use serde_json::Value;

/// How a post was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The run goes on with it.
    First,
    /// The same was posted before, and taken.
    Again,
}

/// Why it was not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// The run has not come to where it waits for it.
    #[error("the run does not wait for this yet; post it again later")]
    Early,
    /// It does not fit what is waited for.
    #[error("{why}")]
    Misfit {
        /// Why.
        why: String,
        /// Where in it.
        path: String,
    },
    /// Something else was posted before, and a callback is answered once.
    #[error("this callback was answered before, with something else")]
    Used,
    /// Nobody waits for it any more.
    #[error("nobody waits for this any more: the time is over, or the run has ended")]
    Over,
    /// The daemon is stopping, or cannot read.
    #[error("{0}")]
    Intake(#[from] IntakeError),
}

impl Handle {
    /// Hands in what was posted to a callback of a run; returns when it is durable.
    ///
    /// # Errors
    /// See [`CallbackError`].
    pub async fn post(&self, run: String, step: String, body: Value) -> Result<Taken, CallbackError> {
        self.ask(|reply| Message::Posted {
            run,
            step,
            body,
            reply,
        })
        .await?
    }
}

impl Core {
    /// What is private in it is sealed here.
    pub(super) async fn posted(
        &mut self,
        batch: &mut Batch,
        run: String,
        step: &str,
        mut body: Value,
    ) -> Result<Taken, CallbackError> {
        let Some(open) = self.memory.runs.get(&run) else {
            return self.posted_late(&run, step, body).await;
        };
        let (ix, ty) = match stands(
            &open.plan,
            &open.run,
            step,
            &mut body,
            self.clock.now(),
            &self.seal,
        )? {
            Stands::Waits(ix, ty) => (ix, ty.clone()),
            Stands::Answered => return Ok(Taken::Again),
        };
        self.seal.seal(&ty, &mut body);
        self.advance(
            batch,
            run,
            Event::Posted {
                step: ix,
                output: body,
            },
        );
        Ok(Taken::First)
    }

    /// Who has not heard our answer posts again, and the run may have ended meanwhile.
    async fn posted_late(&self, run: &str, step: &str, mut body: Value) -> Result<Taken, CallbackError> {
        let unreadable = |error: crate::store::StoreError| {
            tracing::error!(%error, run, "a run that was posted to cannot be looked up");
            CallbackError::Intake(IntakeError::Unreadable)
        };
        let Some(record) = self.store.run(run).await.map_err(unreadable)? else {
            return Err(CallbackError::Over);
        };
        let summary = &record.summary;
        let plan = self
            .store
            .plan(&summary.flow, &summary.plan)
            .await
            .map_err(unreadable)?;
        let plan = plan.ok_or(CallbackError::Over)?;
        match stands(&plan, &record.run, step, &mut body, self.clock.now(), &self.seal)? {
            Stands::Answered => Ok(Taken::Again),
            // It ends in the group that is under way.
            Stands::Waits(..) => Err(CallbackError::Early),
        }
    }
}

/// How a callback stands that can be posted to.
enum Stands<'p> {
    /// This step waits for a value of this type.
    Waits(StepIx, &'p Type),
    /// With this very value.
    Answered,
}

/// How the callback of a run stands, for this body, which is given its defaults.
fn stands<'p>(
    plan: &'p Plan,
    run: &Run,
    callback: &str,
    body: &mut Value,
    now: Millis,
    seal: &Seal,
) -> Result<Stands<'p>, CallbackError> {
    let graph = run.graph.find(plan).ok_or(CallbackError::Over)?;
    let made = run.named(graph, callback).ok_or(CallbackError::Over)?;
    let ix = run.waiting_for(graph, made).ok_or(CallbackError::Over)?;
    let Some(step) = run
        .step(graph, ix)
        .filter(|step| matches!(step.op, Op::Await { .. }))
    else {
        return Err(CallbackError::Over);
    };
    let ty = &step.output;
    match &run.steps[ix] {
        State::Waiting if run.status.is_terminal() => Err(CallbackError::Over),
        State::Waiting => Err(CallbackError::Early),
        State::Held { until } if *until <= now => Err(CallbackError::Over),
        State::Held { .. } => {
            ty.fill(body);
            match ty.admit(body) {
                Ok(()) => Ok(Stands::Waits(ix, ty)),
                Err(misfit) => Err(CallbackError::Misfit {
                    why: misfit.why,
                    path: misfit.path,
                }),
            }
        }
        State::Done { output } => {
            ty.fill(body);
            match seal.open(ty, output.clone()) {
                Ok(before) if before == *body => Ok(Stands::Answered),
                Ok(_) | Err(_) => Err(CallbackError::Used),
            }
        }
        State::Running { .. }
        | State::Parked { .. }
        | State::Sleeping { .. }
        | State::Each { .. }
        | State::Failed { .. }
        | State::Skipped { .. }
        | State::Cancelled
        | State::Unknown { .. } => Err(CallbackError::Over),
    }
}
