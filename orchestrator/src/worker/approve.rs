//! Approvals: who may give them, and which runs wait for one.

use super::batch::Batch;
use super::core::Core;
use super::message::{Handle, IntakeError, Message};
use super::state::OpenRun;
use flow_engine::{Event, Millis, State};
use flow_lang::plan::{Op, StepIx};
use serde::Serialize;

/// A step that waits for an approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// The step's name.
    pub step: String,
    /// The group whose approval it waits for.
    pub group: String,
    /// Until when.
    pub until: Millis,
}

/// What somebody says to a step that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The user who says it.
    pub by: String,
    /// Why not, in one line; nothing is a yes.
    pub deny: Option<String>,
}

/// Why it was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApproveError {
    /// There is no such open run.
    #[error("no such open run")]
    NoRun,
    /// It has no such step.
    #[error("the run has no such step")]
    NoStep,
    /// The step waits for no approval, not yet or no longer.
    #[error("the step does not wait for an approval")]
    NotHeld,
    /// Who asks is not in the group.
    #[error("`{by}` is not in the group `{group}`, whose approval the step waits for")]
    Stranger {
        /// Who asks.
        by: String,
        /// The group.
        group: String,
    },
    /// The daemon is stopping.
    #[error("{0}")]
    Intake(#[from] IntakeError),
}

impl Handle {
    /// Says yes or no to a step that waits for it; returns when that is durable.
    ///
    /// # Errors
    /// See [`ApproveError`].
    pub async fn approve(&self, run: String, step: String, word: Word) -> Result<(), ApproveError> {
        self.ask(|reply| Message::Approve {
            run,
            step,
            word,
            reply,
        })
        .await?
    }
}

impl Core {
    /// Who is in a group is asked of the flow as it is deployed now, whatever plan the run goes on with: who has
    /// left it approves nothing any more.
    pub(super) fn approve(
        &mut self,
        batch: &mut Batch,
        run: String,
        step: &str,
        word: Word,
    ) -> Result<(), ApproveError> {
        let open = self.memory.runs.get(&run).ok_or(ApproveError::NoRun)?;
        let graph = open.run.graph.find(&open.plan).ok_or(ApproveError::NoRun)?;
        let ix = open.run.named(graph, step).ok_or(ApproveError::NoStep)?;
        let Some((group, until)) = held(open, ix) else {
            return Err(ApproveError::NotHeld);
        };
        let Word { by, deny } = word;
        let active = self.memory.flows.get(&open.flow);
        let members = active.and_then(|active| active.plan.groups.get(group));
        if !members.is_some_and(|members| members.contains(&by)) {
            let group = group.to_owned();
            return Err(ApproveError::Stranger { by, group });
        }
        if until <= self.timeline.now() {
            return Err(ApproveError::NotHeld);
        }
        let event = match deny {
            None => Event::Approved { step: ix, by },
            Some(message) => Event::Denied {
                step: ix,
                by,
                message,
            },
        };
        self.advance(batch, run, event);
        Ok(())
    }

    /// Notes what a run waits for now.
    pub(super) fn note_waits(&mut self, batch: &mut Batch, run: &str, open: &OpenRun) {
        let waits = waits(open);
        let changed = match waits.is_empty() {
            true => self.memory.held.remove(run).is_some(),
            false => self.memory.held.get(run) != Some(&waits),
        };
        if changed && !waits.is_empty() {
            self.memory.held.insert(run.to_owned(), waits);
        }
        batch.served_changed |= changed;
    }
}

fn waits(open: &OpenRun) -> Vec<Wait> {
    let places = 0..open.run.steps.len();
    let graph = open.run.graph.find(&open.plan);
    let Some(graph) = graph.filter(|_| !open.run.status.is_terminal()) else {
        return Vec::new();
    };
    places
        .filter_map(|ix| {
            let (group, until) = held(open, ix)?;
            Some(Wait {
                step: open.run.step_name(graph, ix),
                group: group.to_owned(),
                until,
            })
        })
        .collect()
}

/// Whose approval a step waits for, and until when.
fn held(open: &OpenRun, ix: StepIx) -> Option<(&str, Millis)> {
    let State::Held { until } = open.run.steps.get(ix)? else {
        return None;
    };
    let graph = open.run.graph.find(&open.plan)?;
    match &open.run.step(graph, ix)?.op {
        Op::Approval { group, .. } => Some((group, *until)),
        _ => None,
    }
}
