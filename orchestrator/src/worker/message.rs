//! What comes in to the owner of the runs, and the handle through which others speak to it.

use super::approve::{ApproveError, Word};
use super::callback::{CallbackError, Taken};
use super::depths::Depths;
use super::letters::{LetterError, Remedy, Settled};
use super::mailbox::{self, Entrance, Mailbox};
use super::resolve::ResolveError;
use super::standing::Turn;
use crate::store::Standing;
use flow_engine::{StepError, Token, Verdict};
use flow_lang::plan::{ModelRef, Plan};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::oneshot;

/// What comes in.
#[derive(Debug)]
pub enum Message {
    /// Somebody fires a trigger or gives feedback.
    Intake {
        /// The flow.
        flow: String,
        /// `trigger/<name>` or `feedback/<name>`.
        source: String,
        /// Makes a repeat the same event; a fresh one when absent.
        key: Option<String>,
        /// The payload, checked against its type.
        payload: Value,
        /// Answered after the commit.
        reply: oneshot::Sender<Result<Accepted, IntakeError>>,
    },
    /// A feed has read.
    Feed(FeedBatch, oneshot::Sender<Result<(), IntakeError>>),
    /// A batch of a prepare is done.
    Prepared(Prepared, oneshot::Sender<Result<(), IntakeError>>),
    /// A step came back.
    Answer {
        /// The flow of the run.
        flow: String,
        /// The run.
        run: String,
        /// Which sending of which step.
        token: Token,
        /// With what.
        answer: Answer,
    },
    /// A plan becomes the active one of its flow; its code is staged and its environments are ready.
    Deploy(Box<Plan>, oneshot::Sender<Result<String, IntakeError>>),
    /// A route appends rows, or has answered a request that feedback can join.
    Served {
        /// The flow.
        flow: String,
        /// Rows and requests.
        changes: Vec<crate::store::Change>,
        /// Answered after the commit, for those who wait.
        reply: Option<oneshot::Sender<()>>,
    },
    /// A run has to stop.
    Cancel {
        /// The run.
        run: String,
        /// Who says so.
        why: String,
        /// Whether there was such an open run.
        reply: oneshot::Sender<bool>,
    },
    /// Somebody says yes or no to a step that waits for it.
    Approve {
        /// The run.
        run: String,
        /// The step's name.
        step: String,
        /// What is said, and by whom.
        word: Word,
        /// Whether the step took it.
        reply: oneshot::Sender<Result<(), ApproveError>>,
    },
    /// Somebody outside has posted to a callback.
    Posted {
        /// The run.
        run: String,
        /// The step that made its address.
        step: String,
        /// What was posted.
        body: Value,
        /// How it was taken.
        reply: oneshot::Sender<Result<Taken, CallbackError>>,
    },
    /// A person says what became of a step whose outcome is not known.
    Resolve {
        /// The run.
        run: String,
        /// The step's name.
        step: String,
        /// What became of it.
        verdict: Verdict,
        /// Whether the step took it.
        reply: oneshot::Sender<Result<(), ResolveError>>,
    },
    /// Something is done about a dead letter.
    Letter {
        /// The letter.
        letter: String,
        /// What is done.
        remedy: Remedy,
        /// What became of it.
        reply: oneshot::Sender<Result<Settled, LetterError>>,
    },
    /// A feed stops, reads on or moves.
    Turn {
        /// The flow.
        flow: String,
        /// The trigger.
        trigger: String,
        /// What happens to it.
        turn: Turn,
        /// How it stands then.
        reply: oneshot::Sender<Result<Standing, IntakeError>>,
    },
    /// Nothing more is handed out; answered when no call is under way.
    Rest(oneshot::Sender<()>),
    /// No more is taken in; answered when the last group is committed.
    Close(oneshot::Sender<()>),
}

impl Message {
    /// The flow that it is about; nothing for what operators say.
    pub(super) fn flow(&self) -> Option<&str> {
        match self {
            Message::Intake { flow, .. }
            | Message::Answer { flow, .. }
            | Message::Served { flow, .. }
            | Message::Turn { flow, .. } => Some(flow),
            Message::Feed(batch, _) => Some(&batch.flow),
            Message::Prepared(done, _) => Some(&done.flow),
            Message::Deploy(plan, _) => Some(&plan.flow),
            Message::Cancel { .. }
            | Message::Posted { .. }
            | Message::Approve { .. }
            | Message::Resolve { .. }
            | Message::Letter { .. }
            | Message::Rest(_)
            | Message::Close(_) => None,
        }
    }

    /// What it counts for when flows take turns: how many events or rows it brings.
    pub(super) fn cost(&self) -> u64 {
        let many = match self {
            Message::Feed(batch, _) => batch.items.len() + batch.refused.len(),
            Message::Prepared(done, _) => done.rows.len(),
            Message::Served { changes, .. } => changes.len(),
            Message::Intake { .. }
            | Message::Answer { .. }
            | Message::Turn { .. }
            | Message::Deploy(..)
            | Message::Cancel { .. }
            | Message::Posted { .. }
            | Message::Approve { .. }
            | Message::Resolve { .. }
            | Message::Letter { .. }
            | Message::Rest(_)
            | Message::Close(_) => 1,
        };
        many as u64
    }
}

/// What a step came back with.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The value of an action or a model, or references to snapshots.
    Value(Value),
    /// A job has ended: its model, if it is a `train`, and what it reported. The version is given at the commit.
    Job {
        /// Digest and bytes of the model.
        model: Option<(String, u64)>,
        /// The reports.
        reports: Value,
    },
    /// What a file holds is stored as a model. The version is given at the commit.
    Registered {
        /// Digest of the model.
        digest: String,
        /// Bytes of all its files.
        size: u64,
    },
    /// A worker of this version has loaded it.
    Warm {
        /// The model's name.
        model: String,
        /// The version.
        candidate: ModelRef,
    },
    /// It failed.
    Failed(StepError),
}

/// What a feed has read: its items and its new position, durable together or not at all.
#[derive(Clone, Debug)]
pub struct FeedBatch {
    /// The flow.
    pub flow: String,
    /// The trigger.
    pub trigger: String,
    /// The position that it read from.
    pub from: Value,
    /// The position after these items.
    pub to: Value,
    /// What it read, in order.
    pub items: Vec<Item>,
    /// Items that do not fit the trigger's type.
    pub refused: Vec<Refused>,
}

/// What a batch of a prepare came to: its rows and the position after it, durable together or not at all.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The run.
    pub run: String,
    /// The flow.
    pub flow: String,
    /// What has the position: `prepare/<rule>/<prepare>`.
    pub place: String,
    /// The position that it read from.
    pub from: Value,
    /// The position after its rows.
    pub to: Value,
    /// Its rows, in order.
    pub rows: Vec<crate::store::Change>,
}

/// One item of a feed.
#[derive(Clone, Debug)]
pub struct Item {
    /// The same for the same item, for ever.
    pub key: String,
    /// The event's payload.
    pub payload: Value,
}

/// An item that does not fit its trigger's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The same for the same item, for ever.
    pub key: String,
    /// What does not fit.
    pub why: String,
}

/// An event that was taken in, durably.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub event: String,
    /// The runs that it caused or was merged into.
    pub runs: Vec<String>,
    /// Whether it had been taken in before under the same key.
    pub repeated: bool,
}

/// Why something was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// No such flow or source.
    #[error("{0}")]
    Unknown(String),
    /// The same key came with another body.
    #[error("this key was used before with another body")]
    Conflict,
    /// The rules behind it have as much waiting as they take; try again later.
    #[error("behind `{0}` as much waits as there may; try again later")]
    Busy(String),
    /// A feed has read on from a position that is not the durable one; open it again from there.
    #[error("the position of `{0}` has moved since it was read from")]
    Moved(String),
    /// How a feed stands does not allow it.
    #[error("{0}")]
    Standing(String),
    /// The database could not be read; nothing was taken in.
    #[error("the database cannot be read now")]
    Unreadable,
    /// The daemon is stopping.
    #[error("the daemon is stopping")]
    Closed,
}

/// Speaks to the owner of the runs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Handle {
    to: Entrance,
}

impl Handle {
    /// A handle and the mailbox behind it.
    pub fn new() -> (Handle, Mailbox) {
        let (to, mailbox) = mailbox::mailbox();
        (Handle { to }, mailbox)
    }

    /// How full the queues are.
    pub fn depths(&self) -> Depths {
        self.to.depths()
    }

    /// Sends without waiting for an answer. A daemon that has stopped needs no message.
    pub async fn tell(&self, message: Message) {
        if self.to.send(message).await.is_err() {
            tracing::debug!("the daemon has stopped; a message was dropped");
        }
    }

    /// Takes in an event; returns when it and all that it causes are durable.
    ///
    /// # Errors
    /// See [`IntakeError`].
    pub async fn fire(
        &self,
        flow: &str,
        source: String,
        key: Option<String>,
        payload: Value,
    ) -> Result<Accepted, IntakeError> {
        let flow = flow.to_owned();
        self.ask(|reply| Message::Intake {
            flow,
            source,
            key,
            payload,
            reply,
        })
        .await?
    }

    /// Hands in what a feed has read.
    ///
    /// # Errors
    /// [`IntakeError::Busy`] when the feed should wait, [`IntakeError::Moved`] when it should be opened again.
    pub async fn feed(&self, batch: FeedBatch) -> Result<(), IntakeError> {
        self.ask(|reply| Message::Feed(batch, reply)).await?
    }

    /// Hands in a batch of a prepare; returns when it is durable.
    ///
    /// # Errors
    /// [`IntakeError::Moved`] when it was read from a position that is not the durable one any more,
    /// [`IntakeError::Unknown`] when its run has ended.
    pub async fn prepared(&self, done: Prepared) -> Result<(), IntakeError> {
        self.ask(|reply| Message::Prepared(done, reply)).await?
    }

    /// Makes a plan the active one; returns its digest.
    ///
    /// # Errors
    /// [`IntakeError::Closed`].
    pub async fn deploy(&self, plan: Arc<Plan>) -> Result<String, IntakeError> {
        self.ask(|reply| Message::Deploy(Box::new(Plan::clone(&plan)), reply))
            .await?
    }

    /// Stops a run; false if there is no such open run.
    ///
    /// # Errors
    /// [`IntakeError::Closed`].
    pub async fn cancel(&self, run: String, why: String) -> Result<bool, IntakeError> {
        self.ask(|reply| Message::Cancel { run, why, reply }).await
    }

    /// Returns when all that was sent before for this flow is durable.
    ///
    /// # Errors
    /// [`IntakeError::Closed`].
    pub async fn settle(&self, flow: &str) -> Result<(), IntakeError> {
        self.ask(|reply| Message::Served {
            flow: flow.to_owned(),
            changes: Vec::new(),
            reply: Some(reply),
        })
        .await
    }

    /// Hands nothing more out and returns when no call is under way. Jobs go on without a daemon.
    pub async fn rest(&self) {
        if self.ask(Message::Rest).await.is_err() {
            tracing::debug!("the daemon had stopped already");
        }
    }

    /// Takes nothing more in and returns when all that came before is durable.
    pub async fn close(&self) {
        if self.ask(Message::Close).await.is_err() {
            tracing::debug!("the daemon had stopped already");
        }
    }

    pub(super) async fn ask<T>(
        &self,
        message: impl FnOnce(oneshot::Sender<T>) -> Message,
    ) -> Result<T, IntakeError> {
        let (reply, answer) = oneshot::channel();
        self.to
            .send(message(reply))
            .await
            .map_err(|_| IntakeError::Closed)?;
        answer.await.map_err(|_| IntakeError::Closed)
    }
}
