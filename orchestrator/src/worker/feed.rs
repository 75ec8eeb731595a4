//! From what a feed has read to its events: its items, its refusals and its position, durable together.

use super::batch::Batch;
use super::core::Core;
use super::letters::unreadable;
use super::message::{FeedBatch, IntakeError};
use super::news::News;
use crate::store::Change;
use std::collections::HashMap;

impl Core {
    /// Takes in what a feed has read, with its new position. An item whose key is an event already is passed
    /// over, whoever brought it: the feed before it was opened again, or a person who fired the same key.
    pub(super) async fn feed(&mut self, batch: &mut Batch, read: FeedBatch) -> Result<(), IntakeError> {
        let Some(active) = self.memory.flows.get(&read.flow).cloned() else {
            return Err(self.unknown(&format!("flow `{}`", read.flow)));
        };
        let cursor = (read.flow.clone(), read.trigger.clone());
        self.expect_at(&cursor, &read.from)?;
        let source = format!("trigger/{}", read.trigger);
        if self.is_full(&active.plan, &read.flow, &source) {
            return Err(IntakeError::Busy(read.trigger));
        }
        // One question for the whole batch. What is not durable yet is in `batch`, and nobody else writes
        // events: so no commit is refused because of a key that comes twice.
        let items = read.items.iter().map(|item| item.key.as_str());
        let refused = read.refused.iter().map(|refused| refused.key.as_str());
        let keys: Vec<&str> = items.chain(refused).collect();
        let known = self.store.known(&read.flow, &source, &keys).await;
        let known = known.map_err(|error| unreadable(&error))?;
        let about = self.letters_about(&read.flow, &read.trigger, &keys).await?;
        let about: HashMap<String, String> = about.into_iter().collect();
        // The last question: after it, nothing stops this batch half-way.
        self.letters_of_items(batch, &read.flow, &read.trigger, read.refused, &known)
            .await?;
        let mut count = 0;
        for item in read.items {
            let entered = (read.flow.clone(), source.clone(), item.key.clone());
            if known.contains(&item.key) || batch.events.contains_key(&entered) {
                continue;
            }
            let letter = about.get(&item.key);
            let accepted = self.event(batch, &active, &read.flow, &source, item.key, item.payload);
            if let Some(letter) = letter {
                self.came_in(batch, &read.flow, &read.trigger, letter, &accepted.event);
            }
            count += 1;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};
    use crate::store::{NoProbe, Store};
    use crate::worker::{Handle, Item, Newsroom};
    use flow_lang::plan::Plan;
    use serde_json::{Value, json};
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
        let (handle, mailbox) = Handle::new();
        let (orders, _ordered) = mpsc::unbounded_channel();
        let core = Core::load(Arc::clone(&store), clock, mailbox, orders, Newsroom::default()).await;
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
        handle.close().await;
        work.await.unwrap().unwrap();
        assert_eq!(store.cursor("scans", "scanned").await.unwrap(), json!(3));
        let keys = store
            .known("scans", "trigger/scanned", &["a", "b", "c", "d"])
            .await;
        assert_eq!(keys.unwrap().len(), 4);
    }
}
