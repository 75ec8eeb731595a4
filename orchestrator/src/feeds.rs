//! Feeds: where events come from without anybody firing them.
//!
//! A feed is a [`Feed`] and one row in [`open`]; everything else (throttle, back-pressure, positions, retries)
//! is done once, in [`pump`].

mod board;
mod couchdb;
mod cron;
mod desk;
#[cfg(test)]
mod fixture;
mod guarded;
mod objects;
pub mod pump;
mod throttle;

pub use board::{Board, Seen};
pub use desk::{Desk, DeskError};

use crate::artifacts::Artifacts;
use crate::clock::Clock;
use crate::config::SecretValues;
use crate::seal::Seal;
use crate::store::Store;
use crate::worker::{Item, Refused};
use flow_lang::plan::{Plan, Source};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// Reads on from a position. Reading twice from one position gives items with the same keys.
#[async_trait::async_trait]
pub trait Feed: Send {
    /// Up to `max` items after `from` (null at first), and the position after them. Nothing new is an empty
    /// reading at the same position. A feed may wait a while for something to come; it is dropped while it waits
    /// when it has to stop.
    async fn read(&mut self, from: &Value, max: usize) -> Result<Reading, FeedError>;

    /// Reads one item anew, whatever the position: as it is at the source now. `key` is that of an item or of a
    /// refusal.
    async fn again(&mut self, key: &str) -> Result<Again, FeedError>;

    /// Where reading begins anew when the position is of no use any more.
    async fn position(&mut self, at: Start) -> Result<Value, FeedError>;

    /// What is done by itself when the source cannot go on from the position.
    fn on_gap(&self) -> GapPolicy {
        GapPolicy::Halt
    }
}

/// What a feed has read.
#[derive(Debug)]
pub struct Reading {
    /// The items, in order.
    pub items: Vec<Item>,
    /// Items that do not fit the declared type. One that has a dead letter already gets no other.
    pub refused: Vec<Refused>,
    /// The position after them.
    pub to: Value,
    /// Reading again at once is worth it: there is more, or the feed waits for it by itself.
    pub more: bool,
    /// How many items the source still has after these, if it says so.
    pub behind: Option<u64>,
}

impl Reading {
    /// Nothing new.
    pub fn nothing(at: &Value) -> Reading {
        Reading {
            items: Vec::new(),
            refused: Vec::new(),
            to: at.clone(),
            more: false,
            behind: None,
        }
    }
}

/// What an item is when it is read anew.
#[derive(Debug)]
pub enum Again {
    /// It fits now.
    Item(Item),
    /// It does not fit.
    Refused(Refused),
    /// It was taken in before.
    Known,
    /// The source does not have it any more.
    Gone,
}

/// A place at which a feed can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Before everything that the source has.
    Beginning,
    /// After everything that the source has.
    Now,
}

/// What is done when a source cannot go on from a position. Whatever it is, it is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GapPolicy {
    /// The feed stands still until a person says where to go on.
    #[default]
    Halt,
    /// It reads everything again; what it took in before is no new event.
    Rescan,
    /// It goes on with what comes from now on.
    ResumeFromNow,
}

/// Why a feed could not read.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// It is tried again.
    #[error("{why}")]
    Failed {
        /// What happened, for a person.
        why: String,
        /// The source asks to be left alone for so long.
        wait: Option<Duration>,
    },
    /// The source cannot go on from this position: what came since then may be lost.
    #[error("{0}")]
    Gap(String),
}

impl FeedError {
    /// A failure that is tried again when the feed sees fit.
    pub fn failed(why: impl Into<String>) -> FeedError {
        FeedError::Failed {
            why: why.into(),
            wait: None,
        }
    }
}

/// What feeds are opened with.
pub struct Parts {
    /// How far feeds have read, and what they have taken in.
    pub store: Arc<Store>,
    /// Where blobs go.
    pub artifacts: Arc<Artifacts>,
    /// Names of what is private.
    pub seal: Arc<Seal>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Values of secrets.
    pub secrets: SecretValues,
    /// Opens a feed: [`open`].
    pub opener: Opener,
}

/// Opens the feed behind a trigger.
pub type Opener = Arc<dyn Fn(&Parts, &Plan, &str, &Source) -> Result<Box<dyn Feed>, FeedError> + Send + Sync>;

impl Parts {
    fn open(&self, plan: &Plan, trigger: &str, source: &Source) -> Result<Box<dyn Feed>, FeedError> {
        (self.opener)(self, plan, trigger, source)
    }
}

/// Opens the feed behind a trigger of `plan`.
///
/// # Errors
/// When its configuration does not hold here.
pub fn open(parts: &Parts, plan: &Plan, trigger: &str, source: &Source) -> Result<Box<dyn Feed>, FeedError> {
    let redaction = guarded::redaction(parts, plan, source);
    let feed = by_kind(parts, plan, trigger, source)?;
    Ok(match redaction.is_idle() {
        true => feed,
        false => Box::new(guarded::Guarded::new(feed, redaction)),
    })
}

fn by_kind(parts: &Parts, plan: &Plan, trigger: &str, source: &Source) -> Result<Box<dyn Feed>, FeedError> {
    match source {
        Source::Cron {
            schedule,
            timezone,
            missed,
        } => {
            let clock = Arc::clone(&parts.clock);
            Ok(Box::new(cron::Cron::open(schedule, timezone, *missed, clock)?))
        }
        Source::Package {
            package, settings, ..
        } => {
            let kind = plan.packages.get(package).map(|package| package.kind.as_str());
            match kind {
                Some("objects") => Ok(Box::new(objects::Objects::open(parts, plan, trigger, package)?)),
                Some("couchdb") => {
                    let couch = couchdb::Couch::open(parts, plan, trigger, package, settings)?;
                    Ok(Box::new(couch))
                }
                Some(kind) => Err(FeedError::failed(format!(
                    "a package of the kind `{kind}` has no feed"
                ))),
                None => Err(FeedError::failed(format!("no package `{package}`"))),
            }
        }
    }
}
