//! A clock as a feed. Each slot is one event, named by its instant; slots missed while nobody was looking
//! become one event, the latest.

use super::{Again, Feed, FeedError, Reading, Start};
use crate::clock::{Clock, rfc3339};
use crate::worker::Item;
use croner::parser::{CronParser, Seconds};
use flow_engine::Millis;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};
use std::sync::Arc;

/// A schedule in UTC. Its position is the last slot in milliseconds since the epoch.
pub(super) struct Cron {
    schedule: croner::Cron,
    clock: Arc<dyn Clock>,
}

impl Cron {
    pub(super) fn open(schedule: &str, clock: Arc<dyn Clock>) -> Result<Cron, FeedError> {
        let parser = CronParser::builder().seconds(Seconds::Optional).build();
        let schedule = parser
            .parse(schedule)
            .map_err(|error| FeedError::failed(format!("schedule `{schedule}`: {error}")))?;
        Ok(Cron { schedule, clock })
    }

    /// The last slot in `(from, now]`.
    fn latest(&self, from: Millis, now: Millis) -> Option<Millis> {
        let now = zoned(now)?;
        let slot = self.schedule.find_previous_occurrence(&now, true).ok()?;
        let slot = Millis::try_from(slot.timestamp().as_millisecond()).ok()?;
        (slot > from).then_some(slot)
    }
}

fn zoned(at: Millis) -> Option<Zoned> {
    let stamp = Timestamp::from_millisecond(i64::try_from(at).ok()?).ok()?;
    Some(stamp.to_zoned(TimeZone::UTC))
}

#[async_trait::async_trait]
impl Feed for Cron {
    async fn read(&mut self, from: &Value, _max: usize) -> Result<Reading, FeedError> {
        let now = self.clock.now();
        let Some(last) = from.as_u64() else {
            // A schedule begins when it is deployed: what was due before that is nobody's.
            return Ok(Reading {
                to: json!(now),
                ..Reading::nothing(from)
            });
        };
        let Some(slot) = self.latest(last, now) else {
            return Ok(Reading::nothing(from));
        };
        let item = Item {
            key: slot.to_string(),
            payload: json!({ "at": rfc3339(slot) }),
        };
        Ok(Reading {
            items: vec![item],
            to: json!(slot),
            ..Reading::nothing(from)
        })
    }

    async fn again(&mut self, _key: &str) -> Result<Again, FeedError> {
        // A slot is past and done; it always fits.
        Ok(Again::Gone)
    }

    async fn position(&mut self, _at: Start) -> Result<Value, FeedError> {
        Ok(json!(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    #[derive(Default)]
    struct Hand(AtomicU64);

    #[async_trait::async_trait]
    impl Clock for Hand {
        fn now(&self) -> Millis {
            self.0.load(Ordering::SeqCst)
        }
        async fn sleep(&self, _: Duration) {}
    }

    async fn check(schedule: &str, looks: &[(Millis, &[Millis])]) {
        let clock = Arc::new(Hand::default());
        let mut cron = Cron::open(schedule, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        let mut position = Value::Null;
        for (now, slots) in looks {
            clock.0.store(*now, Ordering::SeqCst);
            let reading = cron.read(&position, 10).await.unwrap();
            let keys: Vec<_> = reading.items.iter().map(|item| item.key.clone()).collect();
            assert_eq!(
                keys,
                slots.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "{schedule} at {now}"
            );
            position = reading.to;
        }
    }

    #[tokio::test]
    async fn a_slot_is_one_event_and_missed_ones_are_the_latest() {
        let (hour, day) = (3_600_000, 86_400_000);
        let three = 3 * hour;
        check(
            "0 3 * * *",
            &[
                (hour, &[]),
                (three - 1, &[]),
                (three, &[three]),
                (three + 5, &[]),
                (three + 4 * day + 7, &[three + 4 * day]),
                (three + 4 * day + 8, &[]),
            ],
        )
        .await;
    }
}
