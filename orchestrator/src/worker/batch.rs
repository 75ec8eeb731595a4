//! One group: what it changes, and what is owed once it is durable.

use super::message::{Accepted, IntakeError};
use super::news::News;
use crate::store::Change;
use flow_engine::{Effect, Token};
use flow_lang::plan::Plan;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::oneshot;

/// An effect with the run that it belongs to.
#[derive(Clone, Debug)]
pub struct Order {
    /// The run.
    pub run: String,
    /// The plan that it runs on.
    pub plan: Arc<Plan>,
    /// The step's name.
    pub step: String,
    /// Which sending of the step.
    pub token: Token,
    /// What to do.
    pub effect: Effect,
}

/// What is owed to somebody who waits.
#[derive(Debug)]
pub(super) enum Reply {
    Fired(
        oneshot::Sender<Result<Accepted, IntakeError>>,
        Result<Accepted, IntakeError>,
    ),
    Fed(oneshot::Sender<Result<(), IntakeError>>, Result<(), IntakeError>),
    Deployed(oneshot::Sender<Result<String, IntakeError>>, String),
    Cancelled(oneshot::Sender<bool>, bool),
    Done(oneshot::Sender<()>),
}

impl Reply {
    /// Pays it. Somebody who has stopped waiting is owed nothing.
    pub(super) fn pay(self) {
        match self {
            Reply::Fired(to, answer) => drop(to.send(answer)),
            Reply::Fed(to, answer) => drop(to.send(answer)),
            Reply::Deployed(to, digest) => drop(to.send(Ok(digest))),
            Reply::Cancelled(to, found) => drop(to.send(found)),
            Reply::Done(to) => drop(to.send(())),
        }
    }
}

/// One group.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Durable together or not at all.
    pub(super) changes: Vec<Change>,
    /// Carried out after the commit.
    pub(super) orders: Vec<Order>,
    /// Paid after the commit.
    pub(super) replies: Vec<Reply>,
    /// Told after the commit.
    pub(super) news: Vec<News>,
    /// Events of this group by (flow, source, key), with body digest and what became of them: a repeat may
    /// come before the commit.
    pub(super) events: HashMap<(String, String, String), (String, Accepted)>,
    /// The set of active plans or live versions has changed.
    pub(super) served_changed: bool,
}
