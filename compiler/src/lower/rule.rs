//! Rules: on an event, run a graph.

use super::event;
use super::graph::{Body, Scale};
use super::value::Value;
use crate::types::properties::RULE;
use crate::types::settings::Settings;
use crate::unit::Unit;
use flow_lang::ast::{self, Expr as Written, Ident};
use flow_lang::plan::{Expr, Graph, Op, Overlap, Rule, Type};
use flow_lang::report::{Code, Finding};

/// Events of one rule that may wait while a run is open.
const QUEUE_MAX: u32 = 1_000;

pub(super) fn lower<'a>(unit: &mut Unit<'a>, name: &'a Ident, rule: &'a ast::Rule) {
    let key = format!("rule/{}", name.name);
    let settings = unit.settings(&RULE, &key, name, &rule.properties);
    let mut on = Vec::new();
    let mut carried = Vec::new();
    for (at, written) in rule.on.iter().enumerate() {
        unit.marks.set(format!("{key}/on/{at}"), written.span);
        match event::lower(unit, written) {
            Some((event, ty)) => {
                on.push(event);
                carried.push(ty);
            }
            None => continue,
        }
    }
    let all_known = on.len() == rule.on.len();
    let (binding, input) = binding(unit, rule, &carried, all_known);
    let event = input.clone().map(|ty| Value {
        expr: Expr::Input,
        ty,
    });
    if let Some(written) = &rule.filter {
        unit.marks.set(format!("{key}/if"), written.span);
    }
    let filter = rule
        .filter
        .as_ref()
        .map(|written| filter(unit, written, &binding, event.clone()));
    let mut body = Body::new(unit, Some(key), Scale::Run);
    if let Some(name) = &binding {
        body.check_free(name);
        body.bind(&name.name, event, None);
    }
    body.body(&rule.body, None);
    if let Some(handler) = &rule.on_failure {
        body.on_failure(handler);
    }
    let graph = body.finish(input.unwrap_or_else(Type::nothing), None);
    check_overlap(unit, name, rule, &graph);
    let lowered = Rule {
        on,
        filter: filter.flatten(),
        deadline_ms: settings.number("deadline"),
        rate: settings.rate("rate"),
        overlap: overlap(&settings),
        queue_max: QUEUE_MAX,
        graph,
    };
    unit.plan.rules.insert(name.name.clone(), lowered);
}

/// The name of the event and its type. All events of an `or` bind one name of one type, or none binds.
fn binding(
    unit: &mut Unit<'_>,
    rule: &ast::Rule,
    carried: &[Type],
    all_known: bool,
) -> (Option<Ident>, Option<Type>) {
    let binding = rule.on.iter().find_map(|event| event.binding.clone());
    if let Some(name) = &binding
        && let Some(odd) = rule
            .on
            .iter()
            .find(|event| event.binding.as_ref().map(|other| &other.name) != Some(&name.name))
    {
        unit.report.add(
            Finding::new(
                Code::TypesMismatch,
                odd.span,
                format!("this event is not bound to `{}` as the other is", name.name),
            )
            .also(name.span, "bound here")
            .help("bind all events of an `or` to one name, or none"),
        );
        return (binding, None);
    }
    if !all_known {
        return (binding, None);
    }
    let same = carried.windows(2).all(|pair| pair[0] == pair[1]);
    if !same && let Some(name) = &binding {
        unit.report.add(
            Finding::new(
                Code::TypesMismatch,
                name.span,
                format!("`{}` has another type in each of these events", name.name),
            )
            .help("write a rule for each, or bind no name"),
        );
        return (binding, None);
    }
    let input = carried.first().filter(|_| same).cloned();
    (binding, Some(input.unwrap_or_else(Type::nothing)))
}

/// The condition on the event; it computes and calls nothing.
fn filter(
    unit: &mut Unit<'_>,
    written: &Written,
    binding: &Option<Ident>,
    event: Option<Value>,
) -> Option<Expr> {
    let mut body = Body::new(unit, None, Scale::Run);
    if let Some(name) = binding {
        body.bind(&name.name, event, None);
    }
    let cond = body.condition(written, "the condition of a rule");
    match body.steps.is_empty() {
        true => cond,
        false => unit.refuse(
            Finding::new(
                Code::TypesNotCallable,
                written.span,
                "the condition of a rule looks at its event only and calls nothing",
            )
            .help("decide with a `when` in the body"),
        ),
    }
}

fn overlap(settings: &Settings<'_>) -> Overlap {
    match settings.word("overlap") {
        Some("skip") => Overlap::Skip,
        Some("cancel") => Overlap::Cancel,
        Some("parallel") => Overlap::Parallel,
        _ => Overlap::Queue,
    }
}

/// Two trainings or deploys at once are seldom meant, so it must be said.
fn check_overlap(unit: &mut Unit<'_>, name: &Ident, rule: &ast::Rule, graph: &Graph) {
    let written = rule
        .properties
        .iter()
        .any(|property| property.name.name == "overlap");
    let heavy = graph.steps.iter().find_map(|step| match &step.op {
        Op::Deploy { .. } => Some("deploys"),
        Op::Launch { job, .. } => {
            let trains = unit.plan.jobs.get(job).map(|job| &job.output);
            matches!(trains, Some(Type::Model { .. })).then_some("trains")
        }
        _ => None,
    });
    if let (false, Some(heavy)) = (written, heavy) {
        // What it does already when nothing is said.
        let (place, text) = match rule.properties.first() {
            Some(first) => (first.name.span, "overlap: queue, "),
            None => (rule.body.span, "with { overlap: queue } "),
        };
        unit.report.add(
            Finding::new(
                Code::TypesProperty,
                name.span,
                format!("`{}` {heavy} and has no `overlap`", name.name),
            )
            .help("say what an event does while a run is open: `with { overlap: queue }`, or skip, cancel, parallel")
            .edit(place.before(), text),
        );
    }
}
