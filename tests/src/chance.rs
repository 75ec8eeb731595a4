//! Chance with a seed that is told, so that a failure can be looked at again.

use flowd::clock::{Clock, SystemClock};
use std::io::Write;

/// Numbers that look random and come again with the same seed.
pub struct Chance {
    state: u64,
}

impl Chance {
    /// From `FLOW_TEST_SEED`, or new each time. The seed is told, also when the test passes.
    #[expect(clippy::disallowed_methods, reason = "this is how a person chooses the seed")]
    pub fn told(what: &str) -> Chance {
        let given = std::env::var("FLOW_TEST_SEED");
        let given = given.map(|seed| seed.parse().expect("FLOW_TEST_SEED is a number"));
        let state = given.unwrap_or_else(|_| SystemClock.now());
        writeln!(std::io::stderr(), "{what}: FLOW_TEST_SEED={state}").expect("standard error is open");
        Chance { state }
    }

    /// A number below `end`, by SplitMix64.
    pub fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}
