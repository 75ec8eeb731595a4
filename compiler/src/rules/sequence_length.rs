//! `limits/sequence-length`: a chain of more calls than its platform runs as one sequence.
//!
//! A composition is a sequence wherever it is written out to, and so is the body of a rule: there, one event starts
//! one thing. In a body, the calls that wait for each other are counted along the longest way.

use super::Subject;
use super::uses::Use;
use flow_lang::limits::Limit;
use flow_lang::plan::{Graph, Op, Plan, StepIx};
use flow_lang::report::{Code, Report};
use std::collections::BTreeMap;

pub(super) fn sequence_length(subject: &Subject<'_>, report: &mut Report) {
    let before = report.findings.len();
    subject.hold(Code::LimitsSequenceLength, &compositions(subject), report);
    // A composition that is too long makes the chains too long that it is laid into, and is one mistake.
    if report.findings.len() == before {
        subject.hold(Code::LimitsSequenceLength, &chains(subject), report);
    }
}

pub(super) fn uses(subject: &Subject<'_>) -> Vec<Use> {
    [compositions(subject), chains(subject)].concat()
}

fn compositions(subject: &Subject<'_>) -> Vec<Use> {
    let plan = subject.plan;
    let mut uses = Vec::new();
    let mut known = BTreeMap::new();
    for name in plan.compositions.keys() {
        let key = format!("action/{name}");
        let calls = components(plan, name, &mut known);
        uses.push(of(format!("`{name}`"), key, calls));
    }
    uses
}

fn chains(subject: &Subject<'_>) -> Vec<Use> {
    let mut uses = Vec::new();
    for (kind, name, graph) in subject.graphs() {
        let (calls, last) = longest_chain(graph);
        let key = match last {
            Some(last) => format!("{kind}/{name}/steps/{}", graph.steps[last].name),
            None => format!("{kind}/{name}"),
        };
        uses.push(of(format!("the longest chain of `{name}`"), key, calls));
    }
    uses
}

fn of(what: String, key: String, calls: u64) -> Use {
    Use {
        limit: Limit::SequenceLength,
        fact: format!("{what} is {calls} calls one after the other"),
        of: what,
        key,
        value: Some(calls),
        mostly: None,
    }
}

/// The parts of a composition, with the parts of those that are compositions themselves. What is known is in `known`:
/// one that is named often is counted once.
fn components<'p>(plan: &'p Plan, name: &'p str, known: &mut BTreeMap<&'p str, u64>) -> u64 {
    if let Some(count) = known.get(name) {
        return *count;
    }
    // INVARIANT: a composition that is a part of itself is an error of its own, and has no plan.
    let count = match plan.compositions.get(name) {
        Some(parts) => parts.iter().fold(0u64, |sum, part| {
            sum.saturating_add(components(plan, part, known))
        }),
        None => 1,
    };
    known.insert(name, count);
    count
}

/// The most calls of functions of which each waits for the one before, and the last of them.
fn longest_chain(graph: &Graph) -> (u64, Option<StepIx>) {
    // Up to each step, that step included: those it needs stand before it.
    let mut upto = vec![0; graph.steps.len()];
    let mut longest = (0, None);
    for (ix, step) in graph.steps.iter().enumerate() {
        let guards = step.guards.iter().map(|guard| guard.step);
        let before = step.needs.iter().copied().chain(guards).filter(|need| *need < ix);
        let before = before.map(|need| upto[need]).max().unwrap_or(0);
        upto[ix] = before + u64::from(is_call(&step.op));
        if upto[ix] > longest.0 {
            longest = (upto[ix], Some(ix));
        }
    }
    longest
}

fn is_call(op: &Op) -> bool {
    matches!(op, Op::Invoke { .. } | Op::Predict { .. })
}
