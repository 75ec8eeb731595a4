//! Whether feeds read on: people pause them, and a source that has lost its place stops its feed.

use super::batch::Batch;
use super::core::Core;
use super::message::{Handle, IntakeError, Message};
use crate::store::{Change, Standing, bounded};
use flow_engine::mutants::{Bug, planted};
use serde_json::Value;

/// What happens to a trigger's feed.
#[derive(Clone, Debug)]
pub enum Turn {
    /// A person stops it.
    Pause,
    /// A person lets it read on; from another position, if there is one.
    Resume(Option<Value>),
    /// The source cannot go on from this position, and a person has to decide.
    Halt {
        /// The position.
        from: Value,
        /// What the source said.
        why: String,
    },
    /// The source cannot go on from a position, and the feed goes on elsewhere by itself.
    Skip {
        /// The position.
        from: Value,
        /// Where it goes on.
        to: Value,
        /// What the source said, and what is done.
        why: String,
    },
}

impl Handle {
    /// Stops a feed, lets it read on or moves it; returns when that is durable. What is so already is no change.
    ///
    /// # Errors
    /// [`IntakeError::Standing`] when its state does not allow it, [`IntakeError::Moved`] when the position is
    /// not the durable one.
    pub async fn turn(&self, flow: &str, trigger: &str, turn: Turn) -> Result<Standing, IntakeError> {
        let (flow, trigger) = (flow.to_owned(), trigger.to_owned());
        self.ask(|reply| Message::Turn {
            flow,
            trigger,
            turn,
            reply,
        })
        .await?
    }
}

impl Core {
    pub(super) fn turn(
        &mut self,
        batch: &mut Batch,
        flow: String,
        trigger: String,
        turn: Turn,
    ) -> Result<Standing, IntakeError> {
        let declared = self.memory.flows.get(&flow);
        let declared = declared.and_then(|active| active.plan.triggers.get(&trigger));
        let Some(declared) = declared else {
            return Err(self.unknown(&format!("trigger `{flow}/{trigger}`")));
        };
        if declared.source.is_none() {
            let why = format!("`{trigger}` has no source: it is fired by people only");
            return Err(IntakeError::Standing(why));
        }
        let place = (flow.clone(), trigger.clone());
        let now = self.memory.standings.get(&place).cloned().unwrap_or_default();
        let next = match (turn, &now) {
            (Turn::Pause, Standing::Active | Standing::Paused) => Standing::Paused,
            (Turn::Pause, Standing::Gap { .. }) => {
                let why = format!("`{trigger}` stands still already: its source has lost its place");
                return Err(IntakeError::Standing(why));
            }
            (Turn::Resume(None), Standing::Active | Standing::Paused) => Standing::Active,
            (Turn::Resume(None), Standing::Gap { why }) => {
                let why = format!(
                    "the source of `{trigger}` has lost its place ({why}): say where to go on, \
                     `--from beginning` or `--from now`"
                );
                return Err(IntakeError::Standing(why));
            }
            (Turn::Resume(Some(_)), Standing::Active) => {
                let why = format!("`{trigger}` is reading: pause it before it goes on elsewhere");
                return Err(IntakeError::Standing(why));
            }
            (Turn::Resume(Some(to)), Standing::Paused | Standing::Gap { .. }) => {
                let from = self.memory.cursors.get(&place).cloned().unwrap_or_default();
                self.move_to(
                    batch,
                    &flow,
                    &trigger,
                    from,
                    to,
                    "a person let it go on elsewhere",
                )?;
                Standing::Active
            }
            (Turn::Halt { from, why }, _) => {
                self.expect_at(&place, &from)?;
                tracing::error!(
                    flow,
                    trigger,
                    why,
                    "the source has lost its place; the feed stands still"
                );
                Standing::Gap { why: bounded(&why) }
            }
            (Turn::Skip { from, to, why }, _) => {
                tracing::error!(flow, trigger, why, "the source has lost its place");
                self.move_to(batch, &flow, &trigger, from, to, &why)?;
                return Ok(now);
            }
        };
        if next != now {
            batch.changes.push(Change::Standing {
                flow,
                trigger,
                standing: next.clone(),
                at: self.clock.now(),
            });
            match &next {
                Standing::Active => drop(self.memory.standings.remove(&place)),
                Standing::Paused | Standing::Gap { .. } => {
                    drop(self.memory.standings.insert(place, next.clone()));
                }
            }
            batch.served_changed = true;
        }
        Ok(next)
    }

    /// Moves a position, and tells of it in the log.
    fn move_to(
        &mut self,
        batch: &mut Batch,
        flow: &str,
        trigger: &str,
        from: Value,
        to: Value,
        why: &str,
    ) -> Result<(), IntakeError> {
        let place = (flow.to_owned(), trigger.to_owned());
        self.expect_at(&place, &from)?;
        batch.changes.push(Change::Note {
            about: format!("feed/{flow}/{trigger}"),
            text: bounded(why),
        });
        self.memory.cursors.insert(place, to.clone());
        batch.changes.push(Change::Cursor {
            flow: flow.to_owned(),
            feed: trigger.to_owned(),
            from,
            to,
        });
        Ok(())
    }

    /// A position moves only from where it stands.
    pub(super) fn expect_at(&self, place: &(String, String), from: &Value) -> Result<(), IntakeError> {
        let stands = self.memory.cursors.get(place).unwrap_or(&Value::Null);
        if stands == from || planted(Bug::PositionNotCompared) {
            Ok(())
        } else {
            Err(IntakeError::Moved(place.1.clone()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::fixture::{FLOW, Owner, TRIGGER, read};
    use serde_json::json;

    /// After a turn, how the feed stands, or a part of what is said against it.
    async fn check(owner: &Owner, turn: Turn, expected: Result<Standing, &str>) {
        let said = owner.handle.turn(FLOW, TRIGGER, turn.clone()).await;
        match (&said, &expected) {
            (Ok(standing), Ok(expected)) => assert_eq!(standing, expected, "{turn:?}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{turn:?}: {error}"),
            _ => panic!("{turn:?}: {said:?}"),
        }
    }

    #[tokio::test]
    async fn a_feed_stands_as_it_was_told_until_it_is_told_otherwise() {
        let mut owner = Owner::new().await;
        owner
            .handle
            .feed(read(Value::Null, json!(1), &["a"]))
            .await
            .unwrap();
        let halt = |from: Value| Turn::Halt {
            from,
            why: "compacted".into(),
        };
        let gap = Standing::Gap {
            why: "compacted".into(),
        };
        let skip = Turn::Skip {
            from: json!(1),
            to: json!(5),
            why: "compacted".into(),
        };
        check(&owner, Turn::Pause, Ok(Standing::Paused)).await;
        owner = owner.restart().await;
        check(&owner, Turn::Pause, Ok(Standing::Paused)).await;
        check(&owner, Turn::Resume(None), Ok(Standing::Active)).await;
        check(&owner, Turn::Resume(Some(json!(9))), Err("pause it")).await;
        check(&owner, skip, Ok(Standing::Active)).await;
        check(&owner, halt(json!(1)), Err("has moved")).await;
        check(&owner, halt(json!(5)), Ok(gap.clone())).await;
        owner = owner.restart().await;
        check(&owner, Turn::Pause, Err("lost its place")).await;
        check(&owner, Turn::Resume(None), Err("--from beginning")).await;
        check(&owner, Turn::Resume(Some(Value::Null)), Ok(Standing::Active)).await;
        owner = owner.restart().await;
        assert_eq!(owner.store.cursor(FLOW, TRIGGER).await.unwrap(), Value::Null);
        owner
            .handle
            .feed(read(Value::Null, json!(1), &["a", "b"]))
            .await
            .unwrap();
        let fired = owner.handle.turn(FLOW, "fired", Turn::Pause).await.unwrap_err();
        assert!(fired.to_string().contains("no source"), "{fired}");
        let nobody = owner.handle.turn(FLOW, "nobody", Turn::Pause).await.unwrap_err();
        assert!(matches!(nobody, IntakeError::Unknown(_)), "{nobody}");
        owner.end().await;
    }
}
