//! Order: `after`, and two deploys of one model, which need one or must exclude each other.

use super::graph::Body;
use flow_lang::ast::Ident;
use flow_lang::plan::{Guard, Op, Step, StepIx};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;

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

    /// Appends commute, so only deploys are looked at.
    pub(super) fn check_order(&mut self, spans: &[Span]) {
        let deploys: Vec<(StepIx, &str)> = self
            .steps
            .iter()
            .enumerate()
            .filter_map(|(ix, step)| match &step.op {
                Op::Deploy { model, .. } => Some((ix, model.as_str())),
                _ => None,
            })
            .collect();
        let mut findings = Vec::new();
        for (at, (second, model)) in deploys.iter().enumerate() {
            let clash = deploys[..at].iter().find(|(first, other)| {
                other == model
                    && !excluded(&self.steps[*first].guards, &self.steps[*second].guards)
                    && !after(&self.steps, *first, *second)
            });
            if let Some((first, _)) = clash {
                findings.push(
                    Finding::new(
                        Code::GraphAmbiguousOrder,
                        spans[*second],
                        format!("`{model}` is deployed twice, and nothing says which comes last"),
                    )
                    .also(spans[*first], "the other deploy")
                    .help(
                        "put them into the two arms of one `when`, or name the first (`let first = deploy …`) \
                         and write `after first` behind the other",
                    ),
                );
            }
        }
        findings
            .into_iter()
            .for_each(|finding| self.unit.report.add(finding));
    }
}

/// Whether the two arms of one `when` keep both from running.
fn excluded(a: &[Guard], b: &[Guard]) -> bool {
    a.iter()
        .any(|a| b.iter().any(|b| a.step == b.step && a.is != b.is))
}

/// Whether `last` depends on `first`, through whatever steps.
fn after(steps: &[Step], first: StepIx, last: StepIx) -> bool {
    let mut seen = vec![false; steps.len()];
    let mut open = vec![last];
    while let Some(ix) = open.pop() {
        if ix == first {
            return true;
        }
        if !std::mem::replace(&mut seen[ix], true) {
            open.extend(&steps[ix].needs);
        }
    }
    false
}
