//! From what a feed has read to its events: its items, its refusals and its position, durable together.

use super::batch::Batch;
use super::core::Core;
use super::letters::unreadable;
use super::message::{FeedBatch, IntakeError, Item, Refused};
use super::news::News;
use crate::store::Change;
use flow_engine::mutants::{Bug, planted};
use flow_lang::plan::private::{SEALED, holds_sealed};
use std::collections::HashMap;

impl Core {
    /// Takes in what a feed has read, with its new position. An item whose key is an event already is passed
    /// over, whoever brought it: the feed before it was opened again, or a person who fired the same key.
    pub(super) async fn feed(&mut self, batch: &mut Batch, mut read: FeedBatch) -> Result<(), IntakeError> {
        refuse_sealed(&mut read);
        let Some(active) = self.memory.flows.get(&read.flow).cloned() else {
            return Err(self.unknown(&format!("flow `{}`", read.flow)));
        };
        let cursor = (read.flow.clone(), read.trigger.clone());
        self.expect_at(&cursor, &read.from)?;
        let source = format!("trigger/{}", read.trigger);
        if self.is_full(&active.plan, &read.flow, &source) || self.handout.is_half_full(&read.flow) {
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
            let is_known = known.contains(&item.key) || batch.events.contains_key(&entered);
            if is_known && !planted(Bug::ItemTwice) {
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

/// Whoever wrote such an item outside has seen a sealed value, and would have it opened.
fn refuse_sealed(read: &mut FeedBatch) {
    let (sealed, items) = std::mem::take(&mut read.items)
        .into_iter()
        .partition(|item| holds_sealed(&item.payload));
    read.items = items;
    let refused = |item: Item| Refused {
        key: item.key,
        why: sealed_outside(),
    };
    read.refused.extend(Vec::<Item>::into_iter(sealed).map(refused));
}

pub(super) fn sealed_outside() -> String {
    format!("`{SEALED}` is what the daemon makes of private data, and nobody else")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{LetterFilter, LetterState};
    use crate::worker::fixture::{FLOW, Owner, TRIGGER, read};
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    #[tokio::test]
    async fn a_batch_counts_once_and_from_the_position_that_stands() {
        let owner = Owner::new().await;
        let moved = Err(IntakeError::Moved("scanned".into()));
        let fired = owner
            .handle
            .fire("scans", "trigger/scanned".into(), Some("c".into()), json!({}));
        fired.await.unwrap();
        for (from, to, keys, expected) in [
            (Value::Null, json!(1), &["a"][..], Ok(())),
            (Value::Null, json!(1), &["a"], moved.clone()),
            (json!(7), json!(8), &["b"], moved),
            // Known from a feed, new, twice in one batch, and known from a person.
            (json!(1), json!(2), &["a", "b", "b", "c"], Ok(())),
            (json!(2), json!(3), &["b", "d"], Ok(())),
        ] {
            assert_eq!(
                owner.handle.feed(read(from, to, keys)).await,
                expected,
                "{keys:?}"
            );
        }
        // What was sealed here comes back from outside: no event but a letter, and the feed goes on.
        let mut stolen = read(json!(3), json!(4), &["e"]);
        stolen.items[0].payload = json!({ "a": [{ "$sealed": "AAAA" }] });
        assert_eq!(owner.handle.feed(stolen).await, Ok(()));
        assert_eq!(owner.store.cursor("scans", "scanned").await.unwrap(), json!(4));
        let letters = owner.store.letters(&LetterFilter::default()).await.unwrap();
        assert_eq!(
            letters
                .iter()
                .map(|letter| letter.key.as_str())
                .collect::<Vec<_>>(),
            ["e"]
        );
        let known = owner
            .store
            .known("scans", "trigger/scanned", &["a", "b", "c", "d", "e"]);
        assert_eq!(known.await.unwrap().len(), 4);
        owner.end().await;
    }

    #[tokio::test]
    async fn an_item_that_does_not_fit_has_one_letter_until_it_comes_in() {
        let mut owner = Owner::new().await;
        let letters = async |owner: &Owner| {
            let all = LetterFilter {
                all: true,
                ..LetterFilter::default()
            };
            let letters = owner.store.letters(&all).await.unwrap();
            let letters = letters.into_iter().map(|letter| (letter.key, letter.state));
            letters.collect::<BTreeMap<_, _>>()
        };
        let open = |key: &str| (key.to_owned(), LetterState::Open);
        let feed = async |owner: &Owner, from: u64, keys: &[&str]| {
            let from = if from == 0 { Value::Null } else { json!(from) };
            let to = json!(from.as_u64().unwrap_or_default() + 1);
            owner.handle.feed(read(from, to, keys)).await.unwrap();
        };
        feed(&owner, 0, &["a", "!b", "!b", "!c"]).await;
        assert_eq!(letters(&owner).await, [open("c"), open("b")].into());
        // Again, and what is an event already.
        owner = owner.restart().await;
        feed(&owner, 1, &["!a", "!b"]).await;
        assert_eq!(letters(&owner).await, [open("c"), open("b")].into());
        feed(&owner, 2, &["b", "d"]).await;
        let came_in = ("b".to_owned(), LetterState::Retried);
        assert_eq!(letters(&owner).await, [open("c"), came_in].into());
        assert_eq!(
            owner.store.load().await.unwrap().letters[&(FLOW.into(), TRIGGER.into())],
            1
        );
        owner.end().await;
    }
}
