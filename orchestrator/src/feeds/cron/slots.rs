//! The slots of a schedule: the instants at which its local times come up in its zone.
//!
//! Between two changes of a zone's clocks, local time goes on evenly, and a slot is a local time that matches.
//! At a change the two readings of cron differ. A schedule that names its times (`30 2 * * *`) means once a day:
//! what comes twice counts the first time, and what is left out counts at the end of the gap. One that goes by
//! the clock (a `*` or a `/` in its hours, minutes or seconds) means every so often: what comes twice counts
//! twice, and what is left out does not count.

use croner::parser::{CronParser, Seconds};
use flow_engine::mutants::{Bug, planted};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// A schedule in a zone.
pub(super) struct Slots {
    schedule: croner::Cron,
    zone: TimeZone,
    names_times: bool,
}

impl Slots {
    /// # Errors
    /// In words, when there is no such schedule or zone.
    pub(super) fn new(schedule: &str, zone: &str) -> Result<Slots, String> {
        let parser = CronParser::builder().seconds(Seconds::Optional).build();
        let parsed = parser.parse(schedule);
        let parsed = parsed.map_err(|error| format!("schedule `{schedule}`: {error}"))?;
        // The machine's own tables come first, since its updates keep them true; where it has none, those in the
        // program serve.
        let zone = TimeZone::get(zone).map_err(|error| format!("time zone `{zone}`: {error}"))?;
        let fields: Vec<_> = schedule.split_whitespace().collect();
        let times = fields.len().saturating_sub(3);
        let names_times = fields.iter().take(times).all(|field| !field.contains(['*', '/']));
        Ok(Slots {
            schedule: parsed,
            zone,
            names_times,
        })
    }

    /// The newest slots in `(after, until]`, at most so many, in order.
    pub(super) fn newest(&self, after: Timestamp, until: Timestamp, most: usize) -> Vec<Timestamp> {
        let mut slots = Vec::new();
        let mut at = Some(until);
        while let Some(slot) = at.and_then(|at| self.last(at)).filter(|slot| *slot > after)
            && slots.len() < most
        {
            slots.push(slot);
            at = slot.checked_sub(SECOND).ok();
        }
        slots.reverse();
        slots
    }

    /// The last slot at `at` or before.
    pub(super) fn last(&self, at: Timestamp) -> Option<Timestamp> {
        let mut end = at;
        loop {
            let offset = self.zone.to_offset(end);
            let found = self.before(offset.to_datetime(end), true)?;
            let change = self
                .zone
                .preceding(end.checked_add(SECOND).ok()?)
                .map(|change| change.timestamp())
                .find(|change| *change <= end);
            let Some(change) = change else {
                return offset.to_timestamp(found).ok();
            };
            let earlier = change.checked_sub(SECOND).ok()?;
            // Local time at the change as the clocks show it then, and as they would have without it.
            let (is, was) = (
                offset.to_datetime(change),
                self.zone.to_offset(earlier).to_datetime(change),
            );
            let first = match self.names_times && !planted(Bug::SlotTwice) {
                true => is.max(was),
                false => is,
            };
            if found >= first {
                return offset.to_timestamp(found).ok();
            }
            let counts = self.names_times && !planted(Bug::SlotLost);
            if counts && self.before(is, false).is_some_and(|left_out| left_out >= was) {
                return Some(change);
            }
            end = earlier;
        }
    }

    fn before(&self, local: DateTime, inclusive: bool) -> Option<DateTime> {
        self.schedule.find_previous_occurrence(&local, inclusive).ok()
    }
}

#[cfg(test)]
mod tests;
