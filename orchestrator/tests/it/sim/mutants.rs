//! Planted bugs: each is lived with, seed by seed, until a promise is seen broken. A simulation that lives on with one of
//! them proves nothing.

use super::seen::Seen;
use super::{Cradle, THREADS, runtime};
use flow_engine::Millis;
use flow_engine::mutants::{Bug, plant};
use flowd::worker::Newsroom;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

/// Lives in which a bug has to be found.
const SEEDS_MAX: u64 = 400;
/// In lives without a bug runs have ended by then; looking on for days makes none end that never does.
const PATIENCE_MS: Millis = 12 * 3_600_000;
/// Characters of what is told of a broken promise.
const SAID_MAX: usize = 200;
/// The list only grows.
const BUGS_MIN: usize = 41;
/// Bugs that show themselves in few lives are looked for from here on, so that CI does not live all before; a long run
/// lives them, too.
const RARE: [(Bug, u64); 6] = [
    (Bug::TimerLate, 55),
    (Bug::CancelForgotten, 90),
    (Bug::WaitingForgotten, 95),
    (Bug::OrderBeforeCommit, 110),
    (Bug::CancelStarts, 130),
    (Bug::PositionNotCompared, 235),
];
/// Found by what walks through the years, beside the slots of a schedule: no clock of a feed is simulated.
const OF_SLOTS: [Bug; 2] = [Bug::SlotTwice, Bug::SlotLost];
/// Found by the lives of single runs in the engine's own tests, where answers to earlier sendings are common.
const OF_RUNS: [Bug; 1] = [Bug::TokenNotCompared];

/// The seed that found a bug, and what was said; nothing when none did.
type Hunted = (Bug, Option<(u64, String)>);

#[test]
fn every_planted_bug_is_found() {
    assert!(Bug::ALL.len() >= BUGS_MIN, "{} bugs", Bug::ALL.len());
    let cradle = Cradle::new();
    let left: Vec<Bug> = Bug::ALL
        .iter()
        .copied()
        .filter(|bug| !OF_SLOTS.contains(bug) && !OF_RUNS.contains(bug))
        .collect();
    let (left, found) = (Mutex::new(left), Mutex::new(Vec::new()));
    let work = || {
        while let Some(bug) = { left.lock().unwrap().pop() } {
            let hunted = (bug, hunt(&cradle, bug));
            found.lock().unwrap().push(hunted);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(work);
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort();
    tell(&found);
    let missed: Vec<Bug> = found
        .iter()
        .filter(|(_, by)| by.is_none())
        .map(|(bug, _)| *bug)
        .collect();
    assert!(
        missed.is_empty(),
        "not found within {SEEDS_MAX} lives: {missed:?}"
    );
}

/// Lives with a bug until it is found.
fn hunt(cradle: &Cradle, bug: Bug) -> Option<(u64, String)> {
    let rare = RARE.iter().find(|(rare, _)| *rare == bug && !soaks());
    let first = rare.map_or(0, |(_, seed)| *seed);
    (first..first + SEEDS_MAX).find_map(|seed| {
        // What a life that was given up has left is no part of the next.
        let (runtime, newsroom) = (runtime(), Newsroom::default());
        plant(Some(bug));
        let lived = catch_unwind(AssertUnwindSafe(|| {
            cradle.live_within((&runtime, &newsroom), seed, &mut Seen::default(), PATIENCE_MS)
        }));
        plant(None);
        let said = lived.err()?;
        let said = said.downcast_ref::<String>().cloned().unwrap_or_default();
        let said: Vec<&str> = said
            .lines()
            .take_while(|line| !line.starts_with("seed "))
            .collect();
        Some((seed, said.join(" ").chars().take(SAID_MAX).collect()))
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is how a person asks for the long run"
)]
fn soaks() -> bool {
    std::env::var("FLOW_SOAK").is_ok_and(|soak| soak == "1")
}

/// For whoever reads what CI prints: it is shown when all goes well, too.
fn tell(found: &[Hunted]) {
    let mut text = String::new();
    for (bug, by) in found {
        let (seed, said) = match by {
            Some((seed, said)) => (format!("seed {seed}"), said.as_str()),
            None => ("not found".to_owned(), ""),
        };
        text.push_str(&format!("{bug:?} ({}): {seed}: {said}\n", bug.breaks()));
    }
    std::io::stderr()
        .write_all(text.as_bytes())
        .expect("standard error is open");
}
