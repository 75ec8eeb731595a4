//! `graph/unreachable`: what can never run, since its event never comes or its condition never holds.
//!
//! What is inside something that never runs is not told again.

mod arms;
mod events;

use super::Subject;
use super::known::{Known, Scope, why_never};
use flow_lang::plan::Rule;
use flow_lang::report::{Code, Finding, Report};

pub(super) fn unreachable(subject: &Subject<'_>, report: &mut Report) {
    let possible = events::Possible::of(subject);
    let mut arms = arms::Arms::default();
    for (kind, name, graph) in subject.graphs() {
        let rule = subject.plan.rules.get(name).filter(|_| kind == "rule");
        let starts = rule.is_none_or(|rule| {
            possible.check(subject, name, rule, report) && check_filter(subject, name, rule, report)
        });
        let filter = rule.and_then(|rule| rule.filter.as_ref());
        arms.look(subject, &format!("{kind}/{name}"), graph, filter, starts);
    }
    arms.tell(report);
}

/// Whether the condition of a rule may hold.
fn check_filter(subject: &Subject<'_>, name: &str, rule: &Rule, report: &mut Report) -> bool {
    let Some(filter) = &rule.filter else { return true };
    let input = Known::of_type(&rule.graph.input);
    let scope = Scope::new(input.clone(), &[]);
    let mut narrowed = input;
    narrowed.narrow(filter, true);
    if scope.truth(filter).yes && !narrowed.is_impossible() {
        return true;
    }
    let why = why_never(&scope, filter, true).map(|why| format!(": {why}"));
    let message = format!(
        "`{name}` never runs, since its condition holds for no event{}",
        why.unwrap_or_default()
    );
    let span = subject.span(&format!("rule/{name}/if"));
    report.add(
        Finding::new(Code::GraphUnreachable, span, message)
            .help("let the condition ask for what the event can hold, or remove the rule"),
    );
    false
}
