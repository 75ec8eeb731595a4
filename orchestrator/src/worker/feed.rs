//! From what a feed has read to its events: its items, its refusals and its position, durable together.

use super::batch::Batch;
use super::core::Core;
use super::intake::hearers;
use super::message::{FeedBatch, IntakeError};
use super::news::News;
use crate::store::Change;
use serde_json::Value;

/// A feed waits while a rule on its trigger has this share of its queue filled.
const FEED_QUEUE_SHARE: u32 = 2;

impl Core {
    /// Takes in what a feed has read, with its new position.
    pub(super) fn feed(&mut self, batch: &mut Batch, read: FeedBatch) -> Result<(), IntakeError> {
        let Some(active) = self.memory.flows.get(&read.flow).cloned() else {
            return Err(self.unknown(&format!("flow `{}`", read.flow)));
        };
        let source = format!("trigger/{}", read.trigger);
        let full = hearers(&active.plan, &source).iter().any(|(name, rule)| {
            let lane = self.memory.lanes.get(&(read.flow.clone(), (*name).clone()));
            lane.is_some_and(|lane| lane.waiting.len() as u64 >= u64::from(rule.queue_max / FEED_QUEUE_SHARE))
        });
        let cursor = (read.flow.clone(), read.trigger.clone());
        let stands = self.memory.cursors.get(&cursor).cloned().unwrap_or(Value::Null);
        if full || stands != read.from {
            return Err(IntakeError::Busy(read.trigger));
        }
        let count = read.items.len() as u64;
        for item in read.items {
            self.event(batch, &active, &read.flow, &source, item.key, item.payload);
        }
        for (key, why) in read.refused {
            let about = format!("feed/{}/{}", read.flow, read.trigger);
            batch.changes.push(Change::Note {
                about,
                text: format!("`{key}` does not fit: {why}"),
            });
        }
        self.memory.cursors.insert(cursor, read.to.clone());
        batch.changes.push(Change::Cursor {
            flow: read.flow,
            feed: read.trigger,
            from: read.from,
            to: read.to,
        });
        batch.news.push(News::Events { source, count });
        Ok(())
    }
}
