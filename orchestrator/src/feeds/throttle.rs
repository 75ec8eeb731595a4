//! `at most 40/s` on a feed.

use super::pump::LOOK_EVERY;
use flow_lang::ast::Rate;

/// `at most 40/s`: room that fills with time, up to what one look may take.
pub(super) struct Throttle {
    rate: Rate,
    /// Room in thousandths of an item times the period, so that no fraction is lost.
    room: u64,
    looked: Option<u64>,
}

impl Throttle {
    pub(super) fn new(rate: Rate) -> Throttle {
        Throttle {
            rate,
            room: 0,
            looked: None,
        }
    }

    /// How many items may pass now.
    pub(super) fn room(&mut self, now: u64) -> u64 {
        let passed = now.saturating_sub(self.looked.replace(now).unwrap_or(now));
        let look = u64::try_from(LOOK_EVERY.as_millis()).expect("a quarter of a second");
        let most = (self.rate.count.saturating_mul(look)).max(self.rate.per_ms);
        self.room = self
            .room
            .saturating_add(passed.saturating_mul(self.rate.count))
            .min(most.saturating_mul(2));
        self.room / self.rate.per_ms.max(1)
    }

    pub(super) fn took(&mut self, count: u64) {
        self.room = self.room.saturating_sub(count.saturating_mul(self.rate.per_ms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttle_lets_the_rate_pass_and_no_more() {
        for (rate, seconds) in [
            (
                Rate {
                    count: 40,
                    per_ms: 1_000,
                },
                10,
            ),
            (
                Rate {
                    count: 3,
                    per_ms: 60_000,
                },
                600,
            ),
        ] {
            let mut throttle = Throttle::new(rate);
            let mut passed = 0;
            for now in (0..=seconds * 1_000).step_by(250) {
                let room = throttle.room(now);
                throttle.took(room);
                passed += room;
            }
            assert_eq!(passed, seconds * 1_000 * rate.count / rate.per_ms);
        }
    }
}
