//! What one fault leads to, against what happens without it.

use super::fault::{Fault, Spot};
use super::play::Played;
use crate::store::StatusKind;
use flow_lang::plan::{Effects, Op, Plan};
use serde::Serialize;
use std::collections::BTreeMap;

/// What one fault leads to, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadsTo {
    /// Everything ends as without it.
    Nothing,
    /// It ends as without it, after another try.
    Retried,
    /// A step fails, and the flow has an answer to that.
    Caught,
    /// Other runs end, or end otherwise, without one that fails.
    Otherwise,
    /// A run fails: a dead letter.
    DeadLetter,
    /// A run waits for a person who says what became of a step.
    Unknown,
    /// A promise of the daemon does not hold.
    Broken,
}

impl LeadsTo {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            LeadsTo::Nothing => "as without it",
            LeadsTo::Retried => "retried, then as without it",
            LeadsTo::Caught => "fails and is caught",
            LeadsTo::Otherwise => "ends otherwise",
            LeadsTo::DeadLetter => "dead letter",
            LeadsTo::Unknown => "unknown: waits for a person",
            LeadsTo::Broken => "A PROMISE IS BROKEN",
        }
    }

    /// What a fault has led to.
    pub(super) fn of(plain: &Played, played: &Played) -> LeadsTo {
        let unknown = |played: &Played| played.runs.iter().filter(|run| !run.unknown.is_empty()).count();
        let failed = |played: &Played| played.runs.iter().map(|run| run.failed.len()).sum::<usize>();
        let ends = |played: &Played| {
            let mut ends: BTreeMap<(String, &str), u64> = BTreeMap::new();
            for run in &played.runs {
                *ends.entry((run.rule.clone(), run.status.word())).or_default() += 1;
            }
            ends
        };
        let sent = |played: &Played| played.sent.values().sum::<u64>();
        if !played.broken.is_empty() {
            LeadsTo::Broken
        } else if unknown(played) > unknown(plain) {
            LeadsTo::Unknown
        } else if played.count(StatusKind::Failed) > plain.count(StatusKind::Failed) {
            LeadsTo::DeadLetter
        } else if failed(played) > failed(plain) {
            LeadsTo::Caught
        } else if ends(played) != ends(plain) || played.rows != plain.rows || played.live != plain.live {
            LeadsTo::Otherwise
        } else if sent(played) > sent(plain) {
            LeadsTo::Retried
        } else {
            LeadsTo::Nothing
        }
    }
}

/// Steps whose code has run to its end more often than without the fault, and that promise nothing of repeats.
pub(super) fn twice(plan: &Plan, fault: &Fault, plain: &Played, played: &Played) -> Vec<String> {
    let more = played.done.iter().filter(|(spot, times)| {
        let before = plain.done.get(*spot).copied().unwrap_or(0);
        **times > before.max(1) && promises_nothing(plan, spot)
    });
    let shown = |spot: &Spot| match spot.rule == fault.spot.rule {
        true => spot.step.clone(),
        false => format!("{}/{}", spot.rule, spot.step),
    };
    more.map(|(spot, _)| shown(spot)).collect()
}

fn promises_nothing(plan: &Plan, spot: &Spot) -> bool {
    let Some(rule) = plan.rules.get(&spot.rule) else {
        return false;
    };
    // A step of a round is named after the step of the body.
    let named = |name: &str| spot.step == name || spot.step.starts_with(&format!("{name}."));
    let step = rule.graph.steps.iter().rev().find(|step| named(&step.name));
    match step.map(|step| &step.op) {
        Some(Op::Invoke { action, .. }) => {
            plan.actions
                .get(action)
                .is_some_and(|action| match action.effects {
                    Effects::AtLeastOnce | Effects::Once => true,
                    Effects::Pure | Effects::Idempotent => false,
                })
        }
        _ => false,
    }
}
