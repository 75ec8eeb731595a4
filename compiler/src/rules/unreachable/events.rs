//! Events that never come, since nothing in the flow causes them.

use crate::rules::Subject;
use flow_lang::plan::{On, Op, Plan, Rule};
use flow_lang::report::{Code, Finding, Report};
use std::collections::BTreeSet;

/// What the steps of a flow may cause.
#[derive(Default)]
pub(super) struct Possible<'a> {
    launched: BTreeSet<&'a str>,
    deployed: BTreeSet<&'a str>,
    appended: BTreeSet<&'a str>,
}

impl<'a> Possible<'a> {
    pub(super) fn of(subject: &Subject<'a>) -> Possible<'a> {
        let mut possible = Possible::default();
        for (_, _, graph) in subject.graphs() {
            for step in &graph.steps {
                match &step.op {
                    Op::Launch { job, .. } => possible.launched.insert(job),
                    Op::Deploy { model, .. } => possible.deployed.insert(model),
                    Op::Append { dataset, .. } => possible.appended.insert(dataset),
                    Op::Prepare { prepare } => match subject.plan.prepares.get(prepare) {
                        Some(prepare) => possible.appended.insert(&prepare.to),
                        None => continue,
                    },
                    Op::Invoke { .. }
                    | Op::Predict { .. }
                    | Op::Act { .. }
                    | Op::Snapshot { .. }
                    | Op::Split { .. }
                    | Op::Register { .. }
                    | Op::Live { .. }
                    | Op::Emit { .. }
                    | Op::Sleep { .. }
                    | Op::Approval { .. }
                    | Op::Callback
                    | Op::Await { .. }
                    | Op::Failure
                    | Op::When { .. }
                    | Op::Catch { .. }
                    | Op::Each { .. } => continue,
                };
            }
        }
        possible
    }

    /// Tells each event of a rule that never comes; whether any does.
    pub(super) fn check(&self, subject: &Subject<'_>, name: &str, rule: &Rule, report: &mut Report) -> bool {
        let never: Vec<_> = rule.on.iter().map(|on| self.never(subject.plan, on)).collect();
        let starts = never.iter().any(Option::is_none);
        for (at, (event, why, cause)) in never
            .into_iter()
            .enumerate()
            .filter_map(|(at, never)| Some((at, never?)))
        {
            let so = match starts {
                true => String::new(),
                false => format!(", so `{name}` never runs"),
            };
            let span = subject.span(&format!("rule/{name}/on/{at}"));
            let message = format!("`{event}` never comes: {why}{so}");
            report.add(
                Finding::new(Code::GraphUnreachable, span, message)
                    .help(format!("{cause}, or wait for another event")),
            );
        }
        starts
    }

    /// An event that never comes, with the reason and a way out.
    fn never(&self, plan: &Plan, on: &On) -> Option<(String, String, String)> {
        let tell = |event: String, why: String, cause: String| Some((event, why, cause));
        match on {
            // Anybody may fire one without a source; what a source brings is up to the world.
            On::Trigger { .. } | On::FlowDeployed => None,
            On::Grew { dataset, .. } if !self.appended.contains(dataset.as_str()) => tell(
                format!("{dataset}.grew"),
                format!("nothing appends to `{dataset}`"),
                format!("write `append row to {dataset}` in a step"),
            ),
            On::Published { train } if !self.launched.contains(train.as_str()) => tell(
                format!("{train}.published"),
                format!("no step runs `{train}`"),
                format!("call `{train}` in a rule"),
            ),
            // The flow of an imported model deploys it.
            On::Deployed { model }
                if plan.models.contains_key(model) && !self.deployed.contains(model.as_str()) =>
            {
                tell(
                    format!("{model}.deployed"),
                    format!("no step deploys to `{model}`"),
                    format!("deploy a version to `{model}` in a rule"),
                )
            }
            On::Failed { rule } if plan.rules.get(rule).is_some_and(never_fails) => tell(
                format!("{rule}.failed"),
                format!("`{rule}` has no step that could fail"),
                format!("give `{rule}` its steps"),
            ),
            On::Grew { .. } | On::Published { .. } | On::Deployed { .. } | On::Failed { .. } => None,
        }
    }
}

/// Whether nothing at all happens in a run that could go wrong, not even a condition that is computed or a deadline
/// that passes.
fn never_fails(rule: &Rule) -> bool {
    rule.graph.steps.is_empty() && rule.filter.is_none() && rule.deadline_ms.is_none()
}
