//! Triggers: where events come in.

use crate::types::settings::not_yet;
use crate::unit::Unit;
use flow_lang::ast::{self, DeclKind, ExprKind, Ident, Literal, PropertyValue};
use flow_lang::catalog::{self, BuiltInFeed, PackageEvent};
use flow_lang::plan::{Field, Source, Trigger, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::suggest::nearest;
use std::collections::BTreeMap;

pub(super) fn lower(unit: &mut Unit<'_>, name: &Ident, trigger: &ast::Trigger) {
    let declared = match &trigger.payload {
        Some(payload) => unit.resolve_record(payload, "an event").map(Some),
        None => Some(None),
    };
    let fed = match &trigger.source {
        Some(source) => feed(unit, name, source).map(Some),
        None => Some(None),
    };
    let (Some(declared), Some(fed)) = (declared, fed) else {
        return;
    };
    let (payload, source) = match (declared, fed) {
        (Some(payload), Some((event, source))) => {
            if payload != event {
                let finding = Finding::new(
                    Code::TypesMismatch,
                    name.span,
                    format!("the events of `{}` have the type of its source", name.name),
                );
                unit.report.add(finding.help("remove the type after its name"));
            }
            (event, Some(source))
        }
        (None, Some((event, source))) => (event, Some(source)),
        (Some(payload), None) => (payload, None),
        (None, None) => (Type::nothing(), None),
    };
    let lowered = Trigger {
        payload,
        source,
        at_most: trigger.at_most.map(|at_most| at_most.rate),
    };
    if let Some(at_most) = trigger.at_most {
        unit.marks
            .set(format!("trigger/{}/at_most", name.name), at_most.span);
    }
    unit.plan.triggers.insert(name.name.clone(), lowered);
}

/// The type of a source's events and the source itself.
fn feed(unit: &mut Unit<'_>, name: &Ident, source: &ast::Source) -> Option<(Type, Source)> {
    let built_in = catalog::feeds().get(source.of.name.as_str());
    match (built_in, &source.feed) {
        (Some(feed), None) if unit.scope.get(&source.of.name).is_none() => cron(unit, name, source, feed),
        _ => package_feed(unit, source),
    }
}

fn package_feed(unit: &mut Unit<'_>, source: &ast::Source) -> Option<(Type, Source)> {
    let of = &source.of;
    let declared = unit.scope.expect(of, "package", package, &mut unit.report)?;
    let kind = catalog::packages().get(declared.kind.name.as_str())?;
    let feeds: Vec<_> = kind.feeds.keys().map(String::as_str).collect();
    let Some(feed) = &source.feed else {
        return unit.refuse(
            Finding::new(
                Code::TypesMismatch,
                of.span,
                format!(
                    "`{}` is a package, and a trigger comes from one of its feeds",
                    of.name
                ),
            )
            .write(format!("{}.{}", of.name, feeds[0])),
        );
    };
    let Some(described) = kind.feeds.get(&feed.name) else {
        let near = nearest(&feed.name, feeds.iter().copied()).unwrap_or(feeds[0]);
        return unit.refuse(
            Finding::new(
                Code::NamesUnknown,
                feed.span,
                format!("`{}` has no feed `{}`", of.name, feed.name),
            )
            .meant(near),
        );
    };
    let may_set = kind
        .config
        .iter()
        .filter(|(word, _)| described.settings.contains(word));
    let what = format!("`{}.{}`", of.name, feed.name);
    // None of these words is secret: a test of the catalogue holds that.
    let (settings, _) =
        super::package::settings(unit, &what, &may_set.collect::<Vec<_>>(), &source.properties);
    let PackageEvent::Item = described.event;
    let item = unit.plan.packages.get(&of.name)?.item.clone();
    let lowered = Source::Package {
        package: of.name.clone(),
        feed: feed.name.clone(),
        settings,
    };
    Some((item, lowered))
}

fn cron(
    unit: &mut Unit<'_>,
    name: &Ident,
    source: &ast::Source,
    feed: &BuiltInFeed,
) -> Option<(Type, Source)> {
    let mut schedule = None;
    for property in &source.properties {
        let word = &property.name;
        let Some(known) = feed.properties.get(&word.name) else {
            if feed.not_yet.contains(&word.name) {
                unit.report.add(not_yet(word));
                continue;
            }
            let near = nearest(&word.name, feed.properties.keys().map(String::as_str));
            let finding = Finding::new(
                Code::TypesProperty,
                word.span,
                format!("`{}` has no property `{}`", source.of.name, word.name),
            );
            unit.report.add(match near {
                Some(near) => finding.meant(near),
                None => finding.help("remove it"),
            });
            continue;
        };
        unit.marks
            .set(format!("trigger/{}/{}", name.name, word.name), property.span);
        let (least, most) = known.words;
        match literal_text(&property.value)
            .filter(|text| (least..=most).contains(&text.split_whitespace().count()))
        {
            Some(text) => schedule = Some(text.to_owned()),
            None => unit.report.add(
                Finding::new(
                    Code::TypesProperty,
                    property.span,
                    format!("`{}` is a text of {least} or {most} words", word.name),
                )
                .help("write for example `\"0 3 * * *\"` (every day at three, UTC)"),
            ),
        }
    }
    if let Some(missing) = feed.properties.keys().find(|known| {
        !source
            .properties
            .iter()
            .any(|property| property.name.name == **known)
    }) {
        let finding = Finding::new(
            Code::TypesProperty,
            source.span,
            format!("`{}` has no `{missing}`", source.of.name),
        );
        unit.report.add(finding.help(format!(
            "write `{} {{ {missing}: \"0 3 * * *\" }}`",
            source.of.name
        )));
    }
    let event: BTreeMap<_, _> = feed
        .event
        .iter()
        .map(|(name, ty)| {
            let field = Field {
                ty: ty.clone(),
                default: None,
            };
            (name.clone(), field)
        })
        .collect();
    let schedule = schedule.unwrap_or_default();
    Some((Type::Record(event), Source::Cron { schedule }))
}

fn package(kind: &DeclKind) -> Option<&ast::Package> {
    if let DeclKind::Package(package) = kind {
        Some(package)
    } else {
        None
    }
}

fn literal_text(value: &PropertyValue) -> Option<&str> {
    match value {
        PropertyValue::Value(expr) => match &expr.kind {
            ExprKind::Literal(Literal::Text(text)) => Some(text),
            _ => None,
        },
        PropertyValue::Range(..)
        | PropertyValue::RecordType(_)
        | PropertyValue::Word(_)
        | PropertyValue::Unsupported(_) => None,
    }
}
