//! A clock as a feed. Each slot is one event, named by its instant; what becomes of slots that were missed while
//! nobody looked is the trigger's to say.

mod slots;

use super::{Again, Feed, FeedError, GapPolicy, Reading, Start};
use crate::clock::{Clock, rfc3339};
use crate::worker::Item;
use flow_engine::Millis;
use flow_lang::plan::Missed;
use jiff::Timestamp;
use serde_json::{Value, json};
use slots::Slots;
use std::sync::Arc;

/// A slot that is looked at so much later was missed.
const LATE_MAX_MS: Millis = 60_000;
/// The most missed slots that are made up for, the newest; the log tells of those that are passed over.
const MISSED_MAX: usize = 1_000;

/// A schedule. Its position is the last slot that was decided, with the schedule that it belongs to: another
/// schedule begins when it is deployed, and none of its slots before that were missed.
pub(super) struct Cron {
    slots: Slots,
    of: String,
    missed: Missed,
    clock: Arc<dyn Clock>,
}

impl Cron {
    pub(super) fn open(
        schedule: &str,
        timezone: &str,
        missed: Missed,
        clock: Arc<dyn Clock>,
    ) -> Result<Cron, FeedError> {
        Ok(Cron {
            slots: Slots::new(schedule, timezone).map_err(FeedError::failed)?,
            of: format!("{schedule} {timezone}"),
            missed,
            clock,
        })
    }

    /// The last slot that was decided.
    fn decided(&self, from: &Value) -> Option<Millis> {
        match from.get("of") {
            Some(of) => from["at"].as_u64().filter(|_| *of == self.of),
            // A number is the slot itself, whatever the schedule: a person may give one.
            None => from.as_u64(),
        }
    }

    fn position_at(&self, at: Millis) -> Value {
        json!({ "at": at, "of": self.of })
    }

    /// The newest slots in `(after, until]`, at most so many, in order.
    fn newest(&self, after: Millis, until: Millis, most: usize) -> Vec<Millis> {
        let (Some(after), Some(until)) = (stamp(after), stamp(until)) else {
            return Vec::new();
        };
        let slots = self.slots.newest(after, until, most);
        let millis = |slot: Timestamp| Millis::try_from(slot.as_millisecond()).ok();
        slots.into_iter().filter_map(millis).collect()
    }

    /// Missed slots that are made up for, and the last that was missed.
    fn missed(&self, after: Millis, until: Millis) -> Result<(Vec<Millis>, Option<Millis>), FeedError> {
        let most = match self.missed {
            Missed::Skip | Missed::Latest => 1,
            Missed::All => MISSED_MAX + 1,
        };
        let mut slots = self.newest(after, until, most);
        let last = slots.last().copied();
        match self.missed {
            Missed::Skip => slots.clear(),
            // A slot that is due is later than all that were missed.
            Missed::Latest if !self.newest(until, self.clock.now(), 1).is_empty() => slots.clear(),
            Missed::Latest => {}
            Missed::All if slots.len() > MISSED_MAX => {
                return Err(FeedError::Gap(format!(
                    "more than {MISSED_MAX} slots were missed, and it is made up for the newest {MISSED_MAX}"
                )));
            }
            Missed::All => {}
        }
        Ok((slots, last))
    }
}

fn stamp(at: Millis) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(at).ok()?).ok()
}

#[async_trait::async_trait]
impl Feed for Cron {
    async fn read(&mut self, from: &Value, max: usize) -> Result<Reading, FeedError> {
        let now = self.clock.now();
        let Some(last) = self.decided(from) else {
            // A schedule begins when it is deployed: what was due before that is nobody's.
            return Ok(Reading {
                to: self.position_at(now),
                ..Reading::nothing(from)
            });
        };
        let late = now.saturating_sub(LATE_MAX_MS).max(last);
        let (mut slots, missed) = self.missed(last, late)?;
        let due = usize::try_from(LATE_MAX_MS / 1_000).expect("a minute");
        slots.extend(self.newest(late, now, due));
        let Some(newest) = slots.last().copied().or(missed) else {
            return Ok(Reading::nothing(from));
        };
        let more = slots.len() > max;
        slots.truncate(max);
        let to = if more { slots.last().copied() } else { None };
        let item = |slot: &Millis| Item {
            key: slot.to_string(),
            payload: json!({ "at": rfc3339(*slot) }),
        };
        Ok(Reading {
            items: slots.iter().map(item).collect(),
            to: self.position_at(to.unwrap_or(newest)),
            more,
            ..Reading::nothing(from)
        })
    }

    async fn again(&mut self, _key: &str) -> Result<Again, FeedError> {
        // A slot is past and done; it always fits.
        Ok(Again::Gone)
    }

    /// A schedule that makes up for what it missed begins before the slots that it may make up for.
    async fn position(&mut self, at: Start) -> Result<Value, FeedError> {
        let now = self.clock.now();
        let at = match (at, self.missed) {
            (Start::Now, _) | (Start::Beginning, Missed::Skip | Missed::Latest) => now,
            (Start::Beginning, Missed::All) => {
                let late = now.saturating_sub(LATE_MAX_MS);
                let oldest = self.newest(0, late, MISSED_MAX).first().copied();
                oldest.map_or(now, |oldest| oldest.saturating_sub(1))
            }
        };
        Ok(self.position_at(at))
    }

    fn on_gap(&self) -> GapPolicy {
        GapPolicy::Rescan
    }
}

#[cfg(test)]
mod tests;
