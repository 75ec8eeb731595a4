//! Order: `after`, and effects on one thing, which need one or must exclude each other.

mod reach;
mod repair;
mod touch;

pub(super) use repair::Said;

use super::graph::Body;
use crate::resolve::Scope;
use flow_lang::ast::{DeclKind, Ident, Property, PropertyValue};
use flow_lang::plan::{Guard, Op, StepIx};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use reach::Before;
use repair::Waits;
use std::collections::{BTreeMap, BTreeSet};
use touch::{Touch, touches};

/// The most earlier effects on one thing that one is compared with.
const COMPARED_MAX: usize = 64;
/// The most that one is told to wait for.
const WAITS_MAX: usize = 8;
/// The most of them that are looked at for some without an order.
const LOOKED_MAX: usize = 1024;

impl Body<'_, '_> {
    /// Lowers with `lower` what starts only when the steps behind these names have ended.
    pub(super) fn after<T>(&mut self, names: &[Ident], lower: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.after.len();
        for name in names {
            let steps = self.last_steps(name);
            self.after.extend(steps.into_iter().flatten());
        }
        let lowered = lower(self);
        self.after.truncate(before);
        lowered
    }

    /// Tells effects on one thing without an order between them.
    pub(super) fn check_order(&mut self, spans: &[Span]) {
        let mut findings = Vec::new();
        let mut named = BTreeMap::new();
        for group in touches(&self.unit.plan, &self.steps) {
            if self.is_heard_side_by_side(&group) {
                continue;
            }
            if let Some((each, at)) = self.side_by_side(&group) {
                findings.push(self.rounds_clash(spans, each, &group[at]));
                continue;
            }
            let Some(before) = Before::of(&self.steps, &group) else {
                continue;
            };
            for (at, second) in group.iter().enumerate() {
                let earlier = group[..at].iter().enumerate().rev().take(LOOKED_MAX);
                let rivals = earlier.filter(|(_, first)| first.is_rival(second));
                let unordered = rivals.filter(|(first, _)| !before.is_before(*first, second.step));
                let clashes = unordered.take(COMPARED_MAX).filter(|(_, first)| {
                    first.clashes(second)
                        && !excluded(&self.steps[first.step].guards, &self.steps[second.step].guards)
                });
                let clashes: Vec<_> = clashes.map(|(_, first)| first).collect();
                if let Some(first) = clashes.first() {
                    let before: Vec<_> = clashes.iter().rev().map(|first| first.step).collect();
                    let waits = (before.len() <= WAITS_MAX)
                        .then(|| self.ordered(&before, second.step, &mut named))
                        .flatten();
                    findings.push(clash(spans, first, second, waits));
                }
            }
        }
        findings
            .into_iter()
            .for_each(|finding| self.unit.report.add(finding));
    }

    /// Whether these are events whose rules all run side by side, so that it makes no difference which comes first.
    fn is_heard_side_by_side(&self, group: &[Touch<'_>]) -> bool {
        let Some(Op::Emit { trigger, .. }) = group.first().map(|touch| touch.op) else {
            return false;
        };
        let unit = &self.unit;
        let in_turn = unit.heard_in_turn.get_or_init(|| heard_in_turn(&unit.scope));
        !in_turn.contains(trigger)
    }

    /// An `each` whose rounds run side by side and have effects that need an order, and the place of the effect.
    fn side_by_side(&self, group: &[Touch<'_>]) -> Option<(StepIx, usize)> {
        let around = |mut step: StepIx| {
            let mut found = vec![];
            while let Some(each) = self.steps[step].within {
                if let Op::Each { parallel, most, .. } = self.steps[each].op
                    && parallel > 1
                    && most > 1
                {
                    found.push(each);
                }
                step = each;
            }
            found
        };
        for (at, second) in group.iter().enumerate() {
            let each = around(second.step);
            let Some(&outer) = each.last() else { continue };
            let earlier = group[..=at].iter().rev().take(COMPARED_MAX);
            let clash = earlier
                .filter(|first| around(first.step).contains(&outer))
                .any(|first| first.clashes_between_rounds(second, &self.steps, outer));
            if clash {
                return Some((outer, at));
            }
        }
        None
    }

    fn rounds_clash(&self, spans: &[Span], each: StepIx, touch: &Touch<'_>) -> Finding {
        let message = format!(
            "the rounds of `{}` run side by side and {}, and nothing says which comes first",
            self.steps[each].name,
            touch.together()
        );
        let finding = Finding::new(Code::GraphAmbiguousOrder, spans[touch.step], message).help(
            "walk one round after the other: `parallel 1`, or leave `parallel` out; or do this behind the `each`",
        );
        match self.parallels.get(&each) {
            Some(written) => finding.also(*written, "so many at once").edit(*written, "1"),
            None => finding,
        }
    }
}

/// The finding about two effects; `waits` are the names that the second waits for in its repair, with the changes.
fn clash(spans: &[Span], first: &Touch<'_>, second: &Touch<'_>, waits: Option<Waits>) -> Finding {
    let finding = Finding::new(Code::GraphAmbiguousOrder, spans[second.step], first.fact(second))
        .also(spans[first.step], first.other());
    let Some((names, edits)) = waits else {
        return finding.help(
            "put them into the two arms of one `when`, or name the first (`let first = …`) and write `after first` \
             behind the other",
        );
    };
    let written: Vec<_> = names.iter().map(|name| format!("after {name}")).collect();
    let help = format!(
        "name what comes first, `let {} = …`, and write `{}` behind the other; or let a `when` decide between them",
        names.join(" = …` and `let "),
        written.join(" ")
    );
    edits
        .into_iter()
        .fold(finding.help(help), |finding, (span, text)| {
            finding.edit(span, text)
        })
}

/// Whether the two arms of one `when` keep both from running.
fn excluded(a: &[Guard], b: &[Guard]) -> bool {
    a.iter()
        .any(|a| b.iter().any(|b| a.step == b.step && a.is != b.is))
}

/// What rules wait for that take one event after the other.
fn heard_in_turn(scope: &Scope<'_>) -> BTreeSet<String> {
    let parallel = |property: &Property| {
        property.name.name == "overlap"
            && matches!(&property.value, PropertyValue::Word(word) if word == "parallel")
    };
    let mut heard = BTreeSet::new();
    for decl in scope.decls() {
        if let DeclKind::Rule(rule) = &decl.kind
            && !rule.properties.iter().any(parallel)
        {
            heard.extend(rule.on.iter().map(|event| event.of.name.clone()));
        }
    }
    heard
}
