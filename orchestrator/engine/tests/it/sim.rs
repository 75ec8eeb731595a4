//! Random plans in a random world that loses answers, repeats them, lets time pass and stops the daemon.
//!
//! A failure names its seed; the same seed gives the same plan, world and log.

mod plans;
mod seen;
mod world;

use flow_engine::{Event, GraphRef, Run, step};
use seen::Seen;
use serde_json::json;
use world::World;

const SEEDS: u64 = 3_000;

/// SplitMix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % end
    }

    /// True so many times in a hundred.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

#[test]
fn every_run_ends_and_keeps_its_promises() {
    let mut seen = Seen::default();
    for seed in 0..SEEDS {
        let plan = plans::random(&mut Dice(seed));
        let mut world = World::new(&plan, seed);
        world.live(&mut seen);

        let mut again = World::new(&plan, seed);
        again.live(&mut Seen::default());
        assert_eq!(world.log, again.log, "seed {seed}: the same seed, another log");

        let mut run = Run::new(&plan, GraphRef::Rule("r".into()), json!({}));
        for (now, event) in &world.log {
            run = step(&plan, run, event.clone(), *now).0;
        }
        let (live, replayed) = (json!(world.run).to_string(), json!(run).to_string());
        assert_eq!(live, replayed, "seed {seed}: replay differs");

        for event in [
            Event::Start,
            Event::Tick,
            Event::Restarted,
            Event::Cancel { why: "late".into() },
        ] {
            let (after, effects) = step(&plan, run.clone(), event, Run::due(&run).unwrap_or(1 << 50));
            assert_eq!(
                (after, effects),
                (run.clone(), vec![]),
                "seed {seed}: a run that is over moved"
            );
        }
    }
    seen.check();
}

/// Answers to earlier sendings are common here, and rare in the life of a whole daemon.
#[cfg(feature = "mutants")]
#[test]
fn a_planted_bug_lets_a_stale_answer_count_and_is_found() {
    use flow_engine::mutants::{Bug, plant};
    let is_found = |seed: &u64| {
        let lived = std::panic::catch_unwind(|| {
            let plan = plans::random(&mut Dice(*seed));
            World::new(&plan, *seed).live(&mut Seen::default());
        });
        lived.is_err()
    };
    plant(Some(Bug::TokenNotCompared));
    let found = (0..SEEDS).find(is_found);
    plant(None);
    assert!(found.is_some(), "not found within {SEEDS} seeds");
}
