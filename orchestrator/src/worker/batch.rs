//! One group: what it changes, and what is owed once it is durable.

use super::approve::ApproveError;
use super::callback::{CallbackError, Taken};
use super::letters::{LetterError, Settled};
use super::message::{Accepted, IntakeError};
use super::news::News;
use super::resolve::ResolveError;
use crate::store::{Change, Outcome, Standing};
use flow_engine::{Effect, Token};
use flow_lang::plan::Plan;
use std::collections::{HashMap, HashSet};
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
    /// Whether the step is a job, which outlives the daemon that launched it.
    pub is_job: bool,
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
    Deployed(
        oneshot::Sender<Result<String, IntakeError>>,
        Result<String, IntakeError>,
    ),
    Cancelled(oneshot::Sender<bool>, bool),
    Approved(
        oneshot::Sender<Result<(), ApproveError>>,
        Result<(), ApproveError>,
    ),
    Posted(
        oneshot::Sender<Result<Taken, CallbackError>>,
        Result<Taken, CallbackError>,
    ),
    Resolved(
        oneshot::Sender<Result<(), ResolveError>>,
        Result<(), ResolveError>,
    ),
    Settled(
        oneshot::Sender<Result<Settled, LetterError>>,
        Result<Settled, LetterError>,
    ),
    Turned(
        oneshot::Sender<Result<Standing, IntakeError>>,
        Result<Standing, IntakeError>,
    ),
    Done(oneshot::Sender<()>),
}

impl Reply {
    /// Pays it. Somebody who has stopped waiting is owed nothing.
    pub(super) fn pay(self) {
        match self {
            Reply::Fired(to, answer) => drop(to.send(answer)),
            Reply::Fed(to, answer) => drop(to.send(answer)),
            Reply::Deployed(to, outcome) => drop(to.send(outcome)),
            Reply::Cancelled(to, found) => drop(to.send(found)),
            Reply::Approved(to, outcome) => drop(to.send(outcome)),
            Reply::Posted(to, outcome) => drop(to.send(outcome)),
            Reply::Resolved(to, outcome) => drop(to.send(outcome)),
            Reply::Settled(to, outcome) => drop(to.send(outcome)),
            Reply::Turned(to, standing) => drop(to.send(standing)),
            Reply::Done(to) => drop(to.send(())),
        }
    }
}

/// Messages in one group; the rest waits for the next, so that one commit stays short.
const MESSAGES_MAX: usize = 512;
/// Bytes of payloads in one group. A statement of the database holds them several times over.
const BYTES_MAX: usize = 8 << 20;

/// One group.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Messages that it was made of.
    pub(super) messages: usize,
    /// Bytes of the payloads in it.
    pub(super) bytes: usize,
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
    /// Dead letters that this group closes, with what became of them.
    pub(super) letters: HashMap<String, Outcome>,
    /// Items that this group writes letters about, by (flow, trigger, key).
    pub(super) lettered: HashSet<(String, String, String)>,
    /// The set of active plans, live versions or feeds that read has changed.
    pub(super) served_changed: bool,
}

impl Batch {
    /// Whether the next message has to wait for the next group.
    pub(super) fn is_full(&self) -> bool {
        self.messages >= MESSAGES_MAX || self.bytes >= BYTES_MAX
    }
}
