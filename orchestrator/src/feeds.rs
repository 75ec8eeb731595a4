//! Feeds: where events come from without anybody firing them.
//!
//! A feed is a [`Feed`] and one row in [`open`]; everything else (throttle, back-pressure, positions, retries)
//! is done once, in [`pump`].

mod cron;
#[cfg(test)]
mod fixture;
mod objects;
pub mod pump;
mod throttle;

use crate::artifacts::Artifacts;
use crate::clock::Clock;
use crate::seal::Seal;
use crate::store::Store;
use crate::worker::{Item, Refused};
use flow_lang::plan::{Plan, Source};
use serde_json::Value;
use std::sync::Arc;

/// Reads on from a position. Reading twice from one position gives items with the same keys.
#[async_trait::async_trait]
pub trait Feed: Send {
    /// Up to `max` items after `from` (null at first), and the position after them. Nothing new is an empty
    /// reading at the same position.
    async fn read(&mut self, from: &Value, max: usize) -> Result<Reading, FeedError>;
}

/// What a feed has read.
#[derive(Debug)]
pub struct Reading {
    /// The items, in order.
    pub items: Vec<Item>,
    /// Items that do not fit the declared type, each only once, whatever happens in between.
    pub refused: Vec<Refused>,
    /// The position after them.
    pub to: Value,
}

impl Reading {
    /// Nothing new.
    pub fn nothing(at: &Value) -> Reading {
        Reading {
            items: Vec::new(),
            refused: Vec::new(),
            to: at.clone(),
        }
    }
}

/// Why a feed could not read. It is tried again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FeedError(pub String);

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
}

/// Opens the feed behind a trigger of `plan`.
///
/// # Errors
/// When its configuration does not hold here.
pub fn open(parts: &Parts, plan: &Plan, trigger: &str, source: &Source) -> Result<Box<dyn Feed>, FeedError> {
    match source {
        Source::Cron { schedule } => Ok(Box::new(cron::Cron::open(schedule, Arc::clone(&parts.clock))?)),
        Source::Package { package, .. } => {
            Ok(Box::new(objects::Objects::open(parts, plan, trigger, package)?))
        }
    }
}
