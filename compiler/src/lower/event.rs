//! Events: what a rule waits for, and what it is told.

use super::name::no_member;
use crate::resolve::with_article;
use crate::types::settings::not_yet;
use crate::unit::Unit;
use flow_lang::ast::{DeclKind, EventExpr, ExprKind, Ident, Job, Literal};
use flow_lang::plan::{Field, INT_MAX, On, Type};
use flow_lang::report::{Code, Finding};
use std::collections::BTreeMap;

/// The word before `.deployed` that means this flow.
const FLOW: &str = "flow";

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
    match (&decl.kind, event) {
        (DeclKind::Trigger(_), None) => {
            no_settings(unit, written, &[])?;
            let payload = unit.plan.triggers.get(&of.name)?.payload.clone();
            let trigger = of.name.clone();
            Some((On::Trigger { trigger }, payload))
        }
        (DeclKind::Dataset(_), Some("grew")) => grew(unit, written),
        (DeclKind::Dataset(_), None) => unit.refuse(
            Finding::new(
                Code::TypesMismatch,
                of.span,
                format!("`{}` is a dataset, not an event", of.name),
            )
            .help(format!("write `{}.grew(rows: 100)`", of.name)),
        ),
        (DeclKind::Model(_), Some("deployed"))
        | (DeclKind::Job(Job { train: true, .. }), Some("published"))
        | (DeclKind::Rule(_), Some("failed")) => {
            let member = written.event.as_ref()?;
            let name = Ident {
                name: format!("{}.{}", of.name, member.name),
                span: written.span,
            };
            unit.refuse(not_yet(&name))
        }
        (_, Some(_)) => {
            let member = written.event.as_ref()?;
            let finding = no_member(decl, member);
            unit.refuse(match &decl.kind {
                DeclKind::Dataset(_) => finding.help(format!("its event is `{}.grew(rows: 100)`", of.name)),
                DeclKind::Trigger(_) => finding.help(format!("write `on {}(event)`", of.name)),
                _ => finding,
            })
        }
        (kind, None) => unit.refuse(
            Finding::new(
                Code::TypesMismatch,
                of.span,
                format!("`{}` is {}, not an event", of.name, with_article(kind.keyword())),
            )
            .also(decl.name.span, "declared here")
            .help("a rule waits for a trigger, `DATASET.grew(rows: …)` or `flow.deployed`"),
        ),
    }
}

fn flow_event(unit: &mut Unit<'_>, written: &EventExpr, event: Option<&str>) -> Option<(On, Type)> {
    if event == Some("deployed") {
        no_settings(unit, written, &[])?;
        return Some((On::FlowDeployed, Type::nothing()));
    }
    unit.refuse(
        Finding::new(Code::NamesUnknown, written.span, "a flow has no such event")
            .help("write `flow.deployed`"),
    )
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
    let field = Field {
        ty: Type::Int { min: 0, max: INT_MAX },
        default: None,
    };
    let carries = Type::Record(BTreeMap::from([("rows".to_owned(), field)]));
    Some((On::Grew { dataset, rows }, carries))
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
