//! Events: what a rule waits for, and what it is told.

use super::catch::error_type;
use super::name::no_member;
use crate::resolve::with_article;
use crate::unit::Unit;
use flow_lang::ast::{Decl, DeclKind, EventExpr, ExprKind, Ident, Job, Literal};
use flow_lang::plan::{Field, INT_MAX, On, Type};
use flow_lang::report::{Code, Finding};
use std::collections::BTreeMap;

/// The word before `.deployed` that means this flow.
const FLOW: &str = "flow";
/// All that a rule can wait for.
const WAITS: &str = "a rule waits for a trigger, `DATASET.grew(rows: …)`, `TRAIN.published`, `MODEL.deployed`, \
                     `RULE.failed` or `flow.deployed`";
/// The bytes of a run's id.
const RUN_ID_LEN: u64 = 36;

/// The event and what it carries.
pub(super) fn lower(unit: &mut Unit<'_>, written: &EventExpr) -> Option<(On, Type)> {
    let of = &written.of;
    let event = written.event.as_ref().map(|event| event.name.as_str());
    if of.name == FLOW && unit.scope.get(FLOW).is_none() {
        return flow_event(unit, written, event);
    }
    let Some(decl) = unit.scope.find(&of.name) else {
        let finding = unit.scope.unknown(of, "trigger or dataset", std::iter::empty())?;
        return unit.refuse(finding);
    };
    match (&decl.kind, &written.event) {
        (DeclKind::Trigger(_), None) => {
            no_settings(unit, written, &[])?;
            let payload = unit.plan.triggers.get(&of.name)?.payload.clone();
            let trigger = of.name.clone();
            Some((On::Trigger { trigger }, payload))
        }
        (kind, None) => {
            let finding = Finding::new(
                Code::TypesMismatch,
                of.span,
                format!("`{}` is {}, not an event", of.name, with_article(kind.keyword())),
            )
            .also(decl.name.span, "declared here");
            unit.refuse(finding.help(match offered(decl) {
                Some(events) => format!("write `{events}`"),
                None => WAITS.to_owned(),
            }))
        }
        (kind, Some(event)) => match (kind, event.name.as_str()) {
            (DeclKind::Dataset(_), "grew") => grew(unit, written),
            (DeclKind::Job(Job { train: true, .. }), "published") => published(unit, written),
            (DeclKind::Model(_) | DeclKind::Import(_), "deployed") => deployed(unit, written),
            (DeclKind::Rule(_), "failed") => failed(unit, written),
            _ => no_event(unit, decl, event),
        },
    }
}

fn flow_event(unit: &mut Unit<'_>, written: &EventExpr, event: Option<&str>) -> Option<(On, Type)> {
    if event == Some("deployed") {
        no_settings(unit, written, &[])?;
        return Some((On::FlowDeployed, Type::nothing()));
    }
    let finding = Finding::new(Code::NamesUnknown, written.span, "a flow has no such event")
        .help("write `flow.deployed`");
    unit.refuse(match &written.event {
        Some(member) => finding.edit(member.span, "deployed"),
        None => finding,
    })
}

fn grew(unit: &mut Unit<'_>, written: &EventExpr) -> Option<(On, Type)> {
    no_settings(unit, written, &["rows"])?;
    let dataset = written.of.name.clone();
    let Some(setting) = written.settings.iter().find(|arg| arg.name.is_some()) else {
        return unit.refuse(
            Finding::new(
                Code::TypesProperty,
                written.span,
                format!("`{dataset}.grew` has no `rows`"),
            )
            .help(format!("write `{dataset}.grew(rows: 100)`")),
        );
    };
    let rows = match &setting.value.kind {
        ExprKind::Literal(Literal::Int(rows)) => u64::try_from(*rows).ok().filter(|rows| *rows > 0),
        _ => None,
    };
    let Some(rows) = rows else {
        return unit.refuse(
            Finding::new(
                Code::TypesProperty,
                setting.value.span,
                "`rows` is a whole number of at least one",
            )
            .help(format!("write `{dataset}.grew(rows: 100)`")),
        );
    };
    Some((On::Grew { dataset, rows }, record([("rows", count(0))])))
}

/// `fit.published(version)`: `{ version, model }`.
fn published(unit: &mut Unit<'_>, written: &EventExpr) -> Option<(On, Type)> {
    no_settings(unit, written, &[])?;
    let train = written.of.name.clone();
    let model = unit.plan.jobs.get(&train)?.output.clone();
    let carries = record([("version", count(1)), ("model", model)]);
    Some((On::Published { train }, carries))
}

/// `digits.deployed(version)`: `{ version, previous?, model }`.
fn deployed(unit: &mut Unit<'_>, written: &EventExpr) -> Option<(On, Type)> {
    no_settings(unit, written, &[])?;
    let model = written.of.name.clone();
    let asked = unit.plan.asked(&model)?;
    let version = Type::Model {
        input: Box::new(asked.input.clone()),
        output: Box::new(asked.output.clone()),
    };
    let previous = Type::Optional(Box::new(count(1)));
    let carries = record([("version", count(1)), ("previous", previous), ("model", version)]);
    Some((On::Deployed { model }, carries))
}

/// `retrain.failed(run)`: `{ run, error }`.
fn failed(unit: &mut Unit<'_>, written: &EventExpr) -> Option<(On, Type)> {
    no_settings(unit, written, &[])?;
    let rule = written.of.name.clone();
    let id = Type::Text {
        max: Some(RUN_ID_LEN),
    };
    Some((
        On::Failed { rule },
        record([("run", id), ("error", error_type())]),
    ))
}

fn no_event(unit: &mut Unit<'_>, decl: &Decl, event: &Ident) -> Option<(On, Type)> {
    unit.refuse(match offered(decl) {
        Some(events) => no_member(decl, event).help(format!("its event is `{events}`")),
        None => no_member(decl, event).help(WAITS),
    })
}

/// How an event of the declaration is written.
fn offered(decl: &Decl) -> Option<String> {
    let name = &decl.name.name;
    match &decl.kind {
        DeclKind::Trigger(_) => Some(format!("{name}(event)")),
        DeclKind::Dataset(_) => Some(format!("{name}.grew(rows: 100)")),
        DeclKind::Job(Job { train: true, .. }) => Some(format!("{name}.published(version)")),
        DeclKind::Model(_) | DeclKind::Import(_) => Some(format!("{name}.deployed(version)")),
        DeclKind::Rule(_) => Some(format!("{name}.failed(run)")),
        DeclKind::Type(_)
        | DeclKind::Secret
        | DeclKind::Package(_)
        | DeclKind::Action(_)
        | DeclKind::Composition(_)
        | DeclKind::Prepare(_)
        | DeclKind::Job(_)
        | DeclKind::Infer(_)
        | DeclKind::Feedback(_) => None,
    }
}

fn count(min: i64) -> Type {
    Type::Int { min, max: INT_MAX }
}

fn record<const N: usize>(fields: [(&str, Type); N]) -> Type {
    let fields = fields.map(|(name, ty)| (name.to_owned(), Field { ty, default: None }));
    Type::Record(BTreeMap::from(fields))
}

/// Refuses settings that the event does not have.
fn no_settings(unit: &mut Unit<'_>, written: &EventExpr, known: &[&str]) -> Option<()> {
    let names = written.settings.iter().filter_map(|arg| arg.name.as_ref());
    let unknown: Vec<_> = names
        .filter(|name| !known.contains(&name.name.as_str()))
        .collect();
    for name in &unknown {
        let message = format!("this event has no setting `{}`", name.name);
        let finding = Finding::new(Code::TypesProperty, name.span, message);
        unit.report.add(match known.first() {
            Some(known) => finding.help(format!("it has `{known}`")),
            None => finding.help("remove it"),
        });
    }
    unknown.is_empty().then_some(())
}
