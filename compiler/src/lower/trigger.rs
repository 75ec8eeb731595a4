//! Triggers: where events come in.

mod clock;

use crate::unit::Unit;
use flow_lang::ast::{self, DeclKind, Ident};
use flow_lang::catalog::{self, PackageEvent};
use flow_lang::plan::{Source, Trigger, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::suggest::nearest;

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
        (Some(feed), None) if unit.scope.get(&source.of.name).is_none() => {
            clock::lower(unit, name, source, feed)
        }
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

fn package(kind: &DeclKind) -> Option<&ast::Package> {
    if let DeclKind::Package(package) = kind {
        Some(package)
    } else {
        None
    }
}
