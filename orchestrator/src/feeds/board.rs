//! What the feeds know of themselves right now: not durable, made anew after a start.

use flow_engine::Millis;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The window of the rate.
const RATE_WINDOW_MS: Millis = 60_000;
/// Counts in the window: one for each second is enough.
const RATE_STEP_MS: Millis = 1_000;

/// What each feed knows, by flow and trigger.
#[derive(Debug, Default)]
pub struct Board {
    feeds: Mutex<BTreeMap<(String, String), Seen>>,
}

/// What one feed knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// When it last read without a failure.
    pub read_at: Option<Millis>,
    /// Since when an item is known to wait: one that was read and is not taken in, or one that the source still
    /// has.
    pub waiting_since: Option<Millis>,
    /// How many items the source says it still has.
    pub behind: Option<u64>,
    /// Since when it fails; a good reading ends it.
    pub failing_since: Option<Millis>,
    /// The last failure, and when it was.
    pub last_error: Option<(String, Millis)>,
    /// Events in the last minute: the beginning of a second and how many came in it.
    counts: VecDeque<(Millis, u64)>,
}

impl Seen {
    /// Events in the minute before `now`.
    pub fn rate(&self, now: Millis) -> u64 {
        let in_window = |(at, _): &&(Millis, u64)| at.saturating_add(RATE_WINDOW_MS) > now;
        self.counts.iter().filter(in_window).map(|(_, count)| count).sum()
    }

    fn took(&mut self, now: Millis, count: u64) {
        let second = now - now % RATE_STEP_MS;
        match self.counts.back_mut() {
            Some((at, counted)) if *at == second => *counted += count,
            Some(_) | None => self.counts.push_back((second, count)),
        }
        while self.counts.len() as u64 > RATE_WINDOW_MS / RATE_STEP_MS {
            self.counts.pop_front();
        }
    }
}

impl Board {
    /// What is known of a feed.
    pub fn seen(&self, flow: &str, trigger: &str) -> Seen {
        let place = (flow.to_owned(), trigger.to_owned());
        self.feeds().get(&place).cloned().unwrap_or_default()
    }

    /// It has read `items` and the source still has `behind`; what it has read waits from now on.
    pub(super) fn read(&self, place: &(String, String), now: Millis, items: u64, behind: Option<u64>) {
        self.note(place, |seen| {
            seen.read_at = Some(now);
            seen.behind = behind;
            seen.failing_since = None;
            if items > 0 || behind.is_some_and(|behind| behind > 0) {
                seen.waiting_since.get_or_insert(now);
            } else {
                seen.waiting_since = None;
            }
        });
    }

    /// What it read at `read_at` is taken in; what the source had besides waits since that reading.
    pub(super) fn taken(&self, place: &(String, String), read_at: Millis, now: Millis, items: u64) {
        self.note(place, |seen| {
            let more = seen.behind.is_some_and(|behind| behind > 0);
            seen.waiting_since = more.then_some(read_at);
            seen.took(now, items);
        });
    }

    /// People fired the trigger.
    pub fn fired(&self, flow: &str, trigger: &str, now: Millis) {
        let place = (flow.to_owned(), trigger.to_owned());
        self.note(&place, |seen| seen.took(now, 1));
    }

    /// It failed.
    pub(super) fn failed(&self, place: &(String, String), now: Millis, why: String) {
        self.note(place, |seen| {
            seen.failing_since.get_or_insert(now);
            seen.last_error = Some((why, now));
        });
    }

    /// It stands still: nothing is known of what waits, and it does not fail any more.
    pub(super) fn stands(&self, place: &(String, String)) {
        self.note(place, |seen| {
            seen.failing_since = None;
            seen.waiting_since = None;
            seen.behind = None;
        });
    }

    fn note(&self, place: &(String, String), note: impl FnOnce(&mut Seen)) {
        let mut feeds = self.feeds();
        match feeds.get_mut(place) {
            Some(seen) => note(seen),
            None => note(feeds.entry(place.clone()).or_default()),
        }
    }

    fn feeds(&self) -> MutexGuard<'_, BTreeMap<(String, String), Seen>> {
        // Every note leaves it whole.
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_waits_until_it_is_taken_in_and_a_rate_is_of_a_minute() {
        let board = Board::default();
        let place = ("scans".to_owned(), "scanned".to_owned());
        let seen = || board.seen("scans", "scanned");
        board.read(&place, 1_000, 3, Some(5));
        assert_eq!((seen().waiting_since, seen().behind), (Some(1_000), Some(5)));
        board.taken(&place, 1_000, 4_000, 3);
        assert_eq!(
            seen().waiting_since,
            Some(1_000),
            "five more are known since then"
        );
        board.read(&place, 5_000, 5, Some(0));
        board.taken(&place, 5_000, 5_500, 5);
        assert_eq!(seen().waiting_since, None);
        for (now, expected) in [(5_500, 8), (63_999, 8), (64_500, 5), (70_000, 0)] {
            assert_eq!(seen().rate(now), expected, "{now}");
        }
        board.failed(&place, 6_000, "no answer".into());
        board.failed(&place, 7_000, "no route".into());
        assert_eq!(seen().failing_since, Some(6_000));
        board.read(&place, 8_000, 0, None);
        assert_eq!(seen().failing_since, None);
        assert_eq!(
            seen().last_error,
            Some(("no route".to_owned(), 7_000)),
            "it is still told"
        );
        for second in 0..1_000 {
            board.taken(&place, 0, 100_000 + second * 1_000, 2);
        }
        assert_eq!(seen().rate(1_099_500), 120);
        assert_eq!(seen().counts.len(), 60);
    }
}
