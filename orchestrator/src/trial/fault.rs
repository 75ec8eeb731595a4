//! Everything that can go wrong once: each kind of fault at each step.

use super::play::Played;
use crate::sim::Side;
use flow_lang::plan::Plan;
use serde::Serialize;
use std::collections::BTreeSet;

/// A step of a rule, with its round if it has one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Spot {
    /// The rule, route or feedback.
    pub rule: String,
    /// The step.
    pub step: String,
}

/// What goes wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The daemon dies before the end of the step is durable.
    CrashBefore,
    /// It dies after that, and nobody has heard of it.
    CrashAfter,
    /// The first try takes too long.
    Timeout,
    /// The first try fails.
    Failure,
    /// The first try does all that it should, and what is told is a failure.
    DoneButFailed,
    /// Its answer comes twice.
    Duplicate,
    /// It takes nearly as long as it may.
    Slow,
}

impl Kind {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Kind::CrashBefore => "crash before its commit",
            Kind::CrashAfter => "crash after its commit",
            Kind::Timeout => "timeout",
            Kind::Failure => "failure",
            Kind::DoneButFailed => "done, but told as failed",
            Kind::Duplicate => "answered twice",
            Kind::Slow => "slow",
        }
    }
}

/// One fault.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) spot: Spot,
    pub(super) kind: Kind,
    /// The commit that a crash is at.
    pub(super) commit: Option<(Side, u64)>,
}

impl Fault {
    /// All single faults of what was played without any.
    pub(super) fn all(plan: &Plan, plain: &Played) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut known = BTreeSet::new();
        for (spot, commit) in &plain.ends {
            if !known.insert(spot.clone()) {
                continue;
            }
            let mut add = |kind, commit| {
                faults.push(Fault {
                    spot: spot.clone(),
                    kind,
                    commit,
                });
            };
            add(Kind::CrashBefore, Some((Side::Before, *commit)));
            add(Kind::CrashAfter, Some((Side::After, *commit)));
            if plain.sent.contains_key(spot) {
                for kind in [
                    Kind::Timeout,
                    Kind::Failure,
                    Kind::DoneButFailed,
                    Kind::Duplicate,
                    Kind::Slow,
                ] {
                    add(kind, None);
                }
            }
        }
        faults.sort_by_key(|fault| (place(plan, &fault.spot), fault.kind));
        faults
    }
}

/// Where a step stands in its rule.
fn place(plan: &Plan, spot: &Spot) -> (String, usize, String) {
    let first = spot.step.split('.').next().unwrap_or_default();
    let graph = plan.rules.get(&spot.rule).map(|rule| &rule.graph);
    let steps = graph.into_iter().flat_map(|graph| &graph.steps);
    let at = steps
        .enumerate()
        .find(|(_, step)| step.name == spot.step || step.name == first);
    let at = at.map_or(usize::MAX, |(at, _)| at);
    (spot.rule.clone(), at, spot.step.clone())
}
