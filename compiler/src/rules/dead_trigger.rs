//! `graph/dead-trigger`: a trigger that no rule waits for. What comes in through it is dropped.

use super::Subject;
use flow_lang::plan::{On, Op, Source};
use flow_lang::report::{Code, Finding, Report};
use flow_lang::span::Span;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn dead_trigger(subject: &Subject<'_>, report: &mut Report) {
    let plan = subject.plan;
    let heard: BTreeSet<&String> = plan
        .rules
        .values()
        .flat_map(|rule| &rule.on)
        .filter_map(|on| match on {
            On::Trigger { trigger } => Some(trigger),
            On::Grew { .. }
            | On::FlowDeployed
            | On::Published { .. }
            | On::Deployed { .. }
            | On::Failed { .. } => None,
        })
        .collect();
    let emits = emits(subject);
    for (name, trigger) in plan.triggers.iter().filter(|(name, _)| !heard.contains(name)) {
        let lost = match &trigger.source {
            Some(Source::Package { package, feed, .. }) => {
                format!(", so what `{package}.{feed}` brings is dropped")
            }
            Some(Source::Cron { .. }) => ", so its clock starts nothing".to_owned(),
            None if emits.contains_key(name.as_str()) => ", so what is emitted to it is dropped".to_owned(),
            None => String::new(),
        };
        let finding = Finding::new(
            Code::GraphDeadTrigger,
            subject.span(&format!("trigger/{name}")),
            format!("no rule waits for `{name}`{lost}"),
        );
        let emits = emits.get(name.as_str()).into_iter().flatten();
        let finding = emits.fold(finding, |finding, span| finding.also(*span, "emitted here"));
        report.add(finding.help(format!(
            "write a rule on it, `rule on_{name}: on {name} {{ … }}`, or remove it"
        )));
    }
}

/// Where triggers are emitted to.
fn emits<'a>(subject: &Subject<'a>) -> BTreeMap<&'a str, Vec<Span>> {
    let mut emits: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for (kind, name, graph) in subject.graphs() {
        for step in &graph.steps {
            if let Op::Emit { trigger, .. } = &step.op {
                let span = subject.span(&format!("{kind}/{name}/steps/{}", step.name));
                emits.entry(trigger).or_default().push(span);
            }
        }
    }
    emits
}
