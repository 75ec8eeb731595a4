//! What a person says of a step whose outcome is not known.

use super::batch::Batch;
use super::core::Core;
use super::feed::sealed_outside;
use super::message::{Handle, IntakeError, Message};
use flow_engine::{Event, Unresolved, Verdict, resolvable};
use flow_lang::plan::private::holds_sealed;

/// Why a step was not resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// There is no such open run.
    #[error("no such open run")]
    NoRun,
    /// The step does not take this verdict.
    #[error("{0}")]
    Step(#[from] Unresolved),
    /// The daemon is stopping.
    #[error("{0}")]
    Intake(#[from] IntakeError),
}

impl Handle {
    /// Says what became of a step whose outcome is not known; returns when that is durable.
    ///
    /// # Errors
    /// See [`ResolveError`].
    pub async fn resolve(&self, run: String, step: String, verdict: Verdict) -> Result<(), ResolveError> {
        self.ask(|reply| Message::Resolve {
            run,
            step,
            verdict,
            reply,
        })
        .await?
    }
}

impl Core {
    /// What is private in the value of a step is sealed here, as when a function had answered with it.
    pub(super) fn resolve(
        &mut self,
        batch: &mut Batch,
        run: String,
        step: &str,
        mut verdict: Verdict,
    ) -> Result<(), ResolveError> {
        let open = self.memory.runs.get(&run).ok_or(ResolveError::NoRun)?;
        let graph = open.run.graph.find(&open.plan).ok_or(ResolveError::NoRun)?;
        let ix = open.run.named(graph, step).ok_or(Unresolved::NoStep)?;
        if let Verdict::Succeeded { output } = &mut verdict {
            if holds_sealed(output) {
                return Err(Unresolved::Misfit(sealed_outside()).into());
            }
            if let Some(step) = open.run.step(graph, ix) {
                self.seal.seal(step.output.present(), output);
            }
        }
        resolvable(&open.plan, &open.run, ix, &verdict)?;
        self.advance(batch, run, Event::Resolved { step: ix, verdict });
        Ok(())
    }
}
