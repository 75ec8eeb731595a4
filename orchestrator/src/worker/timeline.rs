//! The time that sleeps, back-offs, deadlines and rates go by.
//!
//! It is the wall clock's, but when somebody sets that clock it goes on as if nobody had: a sleep of an hour takes
//! an hour. Where both have gone the same way, it follows the wall clock, so that small corrections are taken
//! over. The next daemon begins with the wall clock again.

use crate::clock::{Clock, Jump};
use flow_engine::Millis;
use std::sync::Arc;

/// What the wall clock may gain or lose between two looks; more is a jump.
const JUMP_MIN_MS: u64 = 5_000;

pub(super) struct Timeline {
    clock: Arc<dyn Clock>,
    /// Time at the last look, and what had passed by then.
    time: Millis,
    passed: Millis,
    /// How far the wall clock is ahead, by its jumps.
    ahead: i64,
}

impl Timeline {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Timeline {
        let (time, passed) = (clock.now(), clock.passed());
        Timeline {
            clock,
            time,
            passed,
            ahead: 0,
        }
    }

    /// Milliseconds since the Unix epoch, without what the wall clock has jumped.
    pub(super) fn now(&self) -> Millis {
        self.time + self.clock.passed().saturating_sub(self.passed)
    }

    /// Compares the two clocks; what has jumped since the last look.
    pub(super) fn look(&mut self) -> Option<Jump> {
        let (now, wall) = (self.now(), self.clock.now());
        let by_ms = wall
            .saturating_sub_signed(self.ahead)
            .checked_signed_diff(now)
            .unwrap_or(0);
        let jumped = by_ms.unsigned_abs() > JUMP_MIN_MS;
        if jumped {
            self.ahead += by_ms;
        }
        self.passed = self.clock.passed();
        self.time = wall.saturating_sub_signed(self.ahead);
        jumped.then_some(Jump { at: wall, by_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::time::Duration;

    /// A wall clock and what has passed.
    struct Two(Mutex<(Millis, Millis)>);

    #[async_trait::async_trait]
    impl Clock for Two {
        fn now(&self) -> Millis {
            self.0.lock().unwrap().0
        }
        fn passed(&self) -> Millis {
            self.0.lock().unwrap().1
        }
        async fn sleep(&self, _: Duration) {}
    }

    #[test]
    fn time_goes_on_when_the_clock_is_set_and_follows_small_corrections() {
        const HOUR: i64 = 3_600_000;
        let clock = Arc::new(Two(Mutex::new((1_000_000_000, 50))));
        let mut timeline = Timeline::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let mut expected = timeline.now();
        assert_eq!(expected, 1_000_000_000);
        // What passes, what the wall clock is set by beside it, and whether that is a jump.
        for (passes, set_by, jumped) in [
            (60_000, 0, false),
            (60_000, HOUR, true),
            (60_000, 0, false),
            (3_600_000, -5 * HOUR, true),
            (60_000, 4_000, false),
            (60_000, -5_001, true),
        ] {
            {
                let mut clock = clock.0.lock().unwrap();
                clock.1 += passes;
                clock.0 = (clock.0 + passes).saturating_add_signed(set_by);
            }
            expected += passes;
            assert_eq!(timeline.now(), expected, "before anybody has looked");
            let jump = timeline.look();
            assert_eq!(jump.map(|jump| jump.by_ms), jumped.then_some(set_by));
            if !jumped {
                expected = expected.saturating_add_signed(set_by);
            }
            assert_eq!(timeline.now(), expected);
        }
    }
}
