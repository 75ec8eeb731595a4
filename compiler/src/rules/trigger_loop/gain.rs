//! Whether a ring of runs that append rows for each other comes to rest.
//!
//! A run appends `a` rows to a dataset, of which another rule needs `n` for a run: each run of the first causes
//! `a / n` of the second. Of the two arms of a condition the one counts that causes more. Taken together this maps
//! how many runs there are to how many they cause, and the runs that one event causes are finite exactly when the
//! growth of that map is below 1.

use super::effects::{Effect, Event};
use super::ring::{Cuts, Ring};
use super::web::Web;
use flow_lang::plan::{Guard, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// Rounds of the iteration; it stops giving new digits long before.
const ROUNDS_MAX: usize = 1_000;

/// The most sums that are taken for one ring. A ring so large that they do not suffice is not proved to come to rest.
const SUMS_MAX: usize = 50_000_000;

/// What is this near to 1 counts as 1: not proved to come to rest.
const NEAR: f64 = 1e-9;

/// The conditions that something stands under, and what it is worth.
type Worth<'a> = (&'a [Guard], f64);

/// What a run causes: under which conditions, which event, how often.
type Causes<'a> = Vec<(&'a [Guard], usize, f64)>;

/// A ring in numbers.
#[derive(Default)]
struct Map<'a> {
    /// What each run causes.
    runs: Vec<Causes<'a>>,
    /// The runs that each event starts, and the share of one that it is.
    events: Vec<Vec<(usize, f64)>>,
}

/// Whether the runs that one event causes in the ring are finite. It must be known how much each run causes.
pub(super) fn dies_out(web: &Web<'_>, ring: &Ring, cuts: &Cuts) -> bool {
    let place = |of: &BTreeSet<usize>| -> BTreeMap<usize, usize> {
        of.iter().enumerate().map(|(at, each)| (*each, at)).collect()
    };
    let (runs, events) = (place(&ring.runs), place(&ring.events));
    let mut map = Map::default();
    for event in &ring.events {
        let inside = web.events[*event].starts.iter().filter_map(|run| {
            let share = 1.0 / web.runs[*run].by.needs as f64;
            Some((*runs.get(run)?, share))
        });
        map.events.push(inside.collect());
    }
    if map.events.iter().flatten().all(|(_, share)| *share >= 1.0) {
        return false;
    }
    for run in &ring.runs {
        let (rule, _) = &web.rules[web.runs[*run].by.rule];
        let causes = ring.effects(web, *run, cuts).map(|(effect, event)| {
            let effect = web.effect(*run, effect);
            let most = effect.most.map_or(f64::INFINITY, |most| most as f64);
            (effect.guards(rule), events[&event], most)
        });
        map.runs.push(causes.collect());
    }
    map.growth() < 1.0 - NEAR
}

/// The most of one event that one run of a rule causes.
pub(super) fn most(rule: &Rule, effects: &[Effect<'_>], event: Event<'_>) -> f64 {
    let same = effects.iter().filter(|effect| effect.event == event);
    let each = same.map(|effect| {
        (
            effect.guards(rule),
            effect.most.map_or(f64::INFINITY, |most| most as f64),
        )
    });
    greatest(&each.collect::<Vec<_>>(), 0)
}

impl Map<'_> {
    /// An upper bound of its growth, after Collatz and Wielandt. What was there is counted once more in each round,
    /// since the iteration would run in circles on a ring without it.
    fn growth(&self) -> f64 {
        let sums = self
            .runs
            .iter()
            .map(Vec::len)
            .chain(self.events.iter().map(Vec::len))
            .sum::<usize>();
        let mut worth = vec![1.0; self.runs.len()];
        let mut bound = f64::INFINITY;
        for _ in 0..ROUNDS_MAX.min(SUMS_MAX / sums.max(1)) {
            let next: Vec<f64> = self
                .caused(&worth)
                .iter()
                .zip(&worth)
                .map(|(more, now)| more + now)
                .collect();
            let ratios = || next.iter().zip(&worth).map(|(next, now)| next / now - 1.0);
            bound = ratios().fold(0.0, f64::max);
            if bound < 1.0 - NEAR || ratios().fold(f64::INFINITY, f64::min) >= 1.0 {
                break;
            }
            let greatest = next.iter().copied().fold(0.0, f64::max);
            worth = next.into_iter().map(|run| run / greatest).collect();
        }
        bound
    }

    /// The worth of what each run causes at most, given the worth of a run of each.
    fn caused(&self, worth: &[f64]) -> Vec<f64> {
        let sum = |starts: &Vec<(usize, f64)>| starts.iter().map(|(run, share)| share * worth[*run]).sum();
        let events: Vec<f64> = self.events.iter().map(sum).collect();
        let of = |causes: &Causes<'_>| {
            let worth = causes
                .iter()
                .map(|(guards, event, most)| (*guards, most * events[*event]));
            greatest(&worth.collect::<Vec<_>>(), 0)
        };
        self.runs.iter().map(of).collect()
    }
}

/// The greatest sum of what can happen in one run: of the two arms of a condition only one does. The first `depth`
/// conditions of all are the same.
fn greatest(steps: &[Worth<'_>], depth: usize) -> f64 {
    let mut sum = 0.0;
    let mut arms: BTreeMap<usize, [Vec<Worth<'_>>; 2]> = BTreeMap::new();
    for (guards, worth) in steps {
        match guards.get(depth) {
            Some(guard) => arms.entry(guard.step).or_default()[usize::from(guard.is)].push((*guards, *worth)),
            None => sum += worth,
        }
    }
    let decided = arms
        .values()
        .map(|[no, yes]| greatest(no, depth + 1).max(greatest(yes, depth + 1)));
    sum + decided.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::Map;
    use flow_lang::plan::Guard;

    type Cause<'a> = (&'a [Guard], usize, f64, f64);

    /// The growth of a ring of runs, each given by its causes: a guard, a run, how often, and of how many it takes one.
    fn near(runs: &[&[Cause<'_>]], expected: f64) {
        let mut map = Map::default();
        for causes in runs {
            let mut own = vec![];
            for (guards, run, most, needs) in *causes {
                map.events.push(vec![(*run, 1.0 / needs)]);
                own.push((*guards, map.events.len() - 1, *most));
            }
            map.runs.push(own);
        }
        // It stops as soon as it is on one side of 1.
        let found = map.growth();
        assert_eq!(found < 1.0, expected < 1.0, "{found} instead of {expected}");
        assert!(found >= expected - 1e-6, "{found} instead of {expected}");
    }

    #[test]
    fn a_ring_multiplies_what_its_rules_hand_on() {
        let arm = |is| [Guard { step: 0, is }];
        near(&[&[(&[], 0, 1.0, 2.0)]], 0.5);
        near(&[&[(&[], 1, 2.0, 1.0)], &[(&[], 0, 1.0, 8.0)]], 0.5);
        near(&[&[(&[], 1, 2.0, 1.0)], &[(&[], 0, 1.0, 2.0)]], 1.0);
        // Two loops of one half each through one rule make one together, and only one half in two arms.
        near(&[&[(&[], 0, 1.0, 2.0), (&[], 0, 1.0, 2.0)]], 1.0);
        near(&[&[(&arm(true), 0, 1.0, 2.0), (&arm(false), 0, 1.0, 2.0)]], 0.5);
        near(&[&[(&arm(true), 0, 1.0, 2.0), (&arm(true), 0, 1.0, 2.0)]], 1.0);
    }
}
