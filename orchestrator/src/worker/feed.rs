//! From what a feed has read to its events: its items, its refusals and its position, durable together.

use super::batch::Batch;
use super::core::Core;
use super::intake::hearers;
use super::message::{FeedBatch, IntakeError, Item, Refused};
use super::news::News;
use crate::store::Change;
use flow_lang::plan::private::{SEALED, holds_sealed};
use serde_json::Value;

/// A feed waits while a rule on its trigger has this share of its queue filled.
const FEED_QUEUE_SHARE: u32 = 2;

impl Core {
    /// Takes in what a feed has read, with its new position. An item whose key is an event already is passed
    /// over, whoever brought it: the feed before it was opened again, or a person who fired the same key.
    pub(super) async fn feed(&mut self, batch: &mut Batch, mut read: FeedBatch) -> Result<(), IntakeError> {
        refuse_sealed(&mut read);
        let Some(active) = self.memory.flows.get(&read.flow).cloned() else {
            return Err(self.unknown(&format!("flow `{}`", read.flow)));
        };
        let cursor = (read.flow.clone(), read.trigger.clone());
        let stands = self.memory.cursors.get(&cursor).unwrap_or(&Value::Null);
        if *stands != read.from {
            return Err(IntakeError::Moved(read.trigger));
        }
        let source = format!("trigger/{}", read.trigger);
        let full = hearers(&active.plan, &source).iter().any(|(name, rule)| {
            let lane = self.memory.lanes.get(&(read.flow.clone(), (*name).clone()));
            lane.is_some_and(|lane| lane.waiting.len() as u64 >= u64::from(rule.queue_max / FEED_QUEUE_SHARE))
        });
        if full {
            return Err(IntakeError::Busy(read.trigger));
        }
        // One question for the whole batch. What is not durable yet is in `batch`, and nobody else writes
        // events: so no commit is refused because of a key that comes twice.
        let keys: Vec<&str> = read.items.iter().map(|item| item.key.as_str()).collect();
        let known = self
            .store
            .known(&read.flow, &source, &keys)
            .await
            .map_err(|error| {
                tracing::error!(%error, flow = read.flow, source, "events cannot be looked up");
                IntakeError::Unreadable
            })?;
        let mut count = 0;
        for item in read.items {
            let entered = (read.flow.clone(), source.clone(), item.key.clone());
            if known.contains(&item.key) || batch.events.contains_key(&entered) {
                continue;
            }
            self.event(batch, &active, &read.flow, &source, item.key, item.payload);
            count += 1;
        }
        for refused in read.refused {
            batch.changes.push(Change::Note {
                about: format!("feed/{}/{}", read.flow, read.trigger),
                text: refused.text(),
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

/// Whoever wrote such an item outside has seen a sealed value, and would have it opened.
fn refuse_sealed(read: &mut FeedBatch) {
    let (sealed, items) = std::mem::take(&mut read.items)
        .into_iter()
        .partition(|item| holds_sealed(&item.payload));
    read.items = items;
    let refused = |item: Item| Refused {
        key: item.key,
        why: format!("`{SEALED}` is what the daemon makes of private data, and nobody else"),
    };
    read.refused.extend(Vec::<Item>::into_iter(sealed).map(refused));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};
    use crate::sandbox::Confinement;
    use crate::store::{NoProbe, Store};
    use crate::worker::{Handle, Newsroom};
    use flow_lang::plan::Plan;
    use serde_json::json;
    use std::sync::Arc;
    use tokio::sync::mpsc;

    fn read(from: Value, to: Value, keys: &[&str]) -> FeedBatch {
        let item = |key: &&str| Item {
            key: (*key).to_owned(),
            payload: json!({}),
        };
        FeedBatch {
            flow: "scans".into(),
            trigger: "scanned".into(),
            from,
            to,
            items: keys.iter().map(item).collect(),
            refused: Vec::new(),
        }
    }

    fn plan() -> Plan {
        let empty = json!({});
        let plan = json!({
            "version": 1, "flow": "scans", "env": "dev", "packages": empty, "triggers": empty,
            "secrets": empty, "actions": empty, "jobs": empty, "datasets": empty, "models": empty,
            "infers": empty, "feedbacks": empty, "rules": empty,
        });
        serde_json::from_value(plan).unwrap()
    }

    #[tokio::test]
    async fn a_batch_counts_once_and_from_the_position_that_stands() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock);
        let database = folder.path().join("flow.db");
        let store = Store::open(&database, clock.now(), Arc::new(NoProbe)).await;
        let store = Arc::new(store.unwrap());
        let seal = Arc::new(crate::seal::tests::seal());
        let (handle, mailbox) = Handle::new();
        let (orders, _ordered) = mpsc::unbounded_channel();
        let core = Core::load(
            Arc::clone(&store),
            clock,
            seal,
            mailbox,
            orders,
            Newsroom::default(),
            Confinement::Enforced,
        )
        .await;
        let work = tokio::spawn(core.unwrap().0.run());
        handle.deploy(Arc::new(plan())).await.unwrap();

        let moved = Err(IntakeError::Moved("scanned".into()));
        let fired = handle.fire("scans", "trigger/scanned".into(), Some("c".into()), json!({}));
        fired.await.unwrap();
        for (from, to, keys, expected) in [
            (Value::Null, json!(1), &["a"][..], Ok(())),
            (Value::Null, json!(1), &["a"], moved.clone()),
            (json!(7), json!(8), &["b"], moved),
            // Known from a feed, new, twice in one batch, and known from a person.
            (json!(1), json!(2), &["a", "b", "b", "c"], Ok(())),
            (json!(2), json!(3), &["b", "d"], Ok(())),
        ] {
            assert_eq!(handle.feed(read(from, to, keys)).await, expected, "{keys:?}");
        }
        // What was sealed here comes back from outside: no event, and the feed goes on.
        let mut stolen = read(json!(3), json!(4), &["e"]);
        stolen.items[0].payload = json!({ "a": [{ "$sealed": "AAAA" }] });
        assert_eq!(handle.feed(stolen).await, Ok(()));
        handle.close().await;
        work.await.unwrap().unwrap();
        assert_eq!(store.cursor("scans", "scanned").await.unwrap(), json!(4));
        let keys = store
            .known("scans", "trigger/scanned", &["a", "b", "c", "d", "e"])
            .await;
        assert_eq!(keys.unwrap().len(), 4);
    }
}
