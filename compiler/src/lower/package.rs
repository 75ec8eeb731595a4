//! Packages: collections of outside things with typed configuration, feeds and actions.

mod actions;
mod bound;
mod config;
mod item;

pub(super) use config::own as settings;

use crate::unit::Unit;
use flow_lang::ast::{self, Ident};
use flow_lang::catalog;
use flow_lang::plan::Package;
use flow_lang::report::{Code, Finding};
use flow_lang::suggest::nearest;

pub(super) fn lower<'a>(unit: &mut Unit<'a>, name: &'a Ident, package: &'a ast::Package) {
    let item = unit.resolve_record(&package.item, "an item of a package");
    let written = &package.kind;
    let Some(kind) = catalog::packages().get(written.name.as_str()) else {
        let known: Vec<_> = catalog::packages().keys().copied().collect();
        let finding = Finding::new(
            Code::NamesUnknown,
            written.span,
            format!("there is no kind of package `{}`", written.name),
        );
        unit.report
            .add(match nearest(&written.name, known.iter().copied()) {
                Some(near) => finding.meant(near),
                None => finding.help(format!("there is {}", known.join(", "))),
            });
        return;
    };
    let Some(item) = item else { return };
    if !item::fits(unit, package, kind, &item) {
        return;
    }
    let (config, secrets) = config::all(unit, name, package, kind, &item);
    let lowered = Package {
        kind: written.name.clone(),
        actions: actions::of(kind, &item),
        item,
        config,
        secrets,
    };
    unit.plan.packages.insert(name.name.clone(), lowered);
}
