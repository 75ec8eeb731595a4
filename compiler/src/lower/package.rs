//! Packages: collections of outside things, configured by the environment.

use crate::types::show::show;
use crate::unit::Unit;
use flow_lang::ast::{self, Ident};
use flow_lang::catalog::{self, PackageKind};
use flow_lang::plan::{Package, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::suggest::nearest;
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn lower(unit: &mut Unit<'_>, name: &Ident, package: &ast::Package) {
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
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding.help(format!("there is {}", known.join(", "))),
            });
        return;
    };
    let Some(item) = item else { return };
    if !has_its_blobs(unit, package, kind, &item) {
        return;
    }
    let config = config(unit, name, kind, &item);
    let lowered = Package {
        kind: written.name.clone(),
        item,
        config,
    };
    unit.plan.packages.insert(name.name.clone(), lowered);
}

fn has_its_blobs(unit: &mut Unit<'_>, package: &ast::Package, kind: &PackageKind, item: &Type) -> bool {
    let fields = item.fields().into_iter().flat_map(BTreeMap::values);
    let blobs = fields.filter(|field| is_blob(&field.ty)).count();
    if blobs == kind.item.blobs {
        return true;
    }
    unit.report.add(
        Finding::new(
            Code::TypesMismatch,
            package.item.span,
            format!(
                "an item of `{}` has exactly {} blob field, this one has {blobs}: `{}`",
                package.kind.name,
                kind.item.blobs,
                show(item)
            ),
        )
        .help("the content of a file is its blob; the other fields are read from its path"),
    );
    false
}

fn config(unit: &mut Unit<'_>, name: &Ident, kind: &PackageKind, item: &Type) -> BTreeMap<String, Value> {
    let mut config = unit.env.packages.get(&name.name).cloned().unwrap_or_default();
    let place = format!("`packages.{}`", name.name);
    let refuse = |message: String| Finding::new(Code::TypesProperty, name.span, message);
    for (word, value) in &config {
        match kind.config.get(word) {
            None => {
                let near = nearest(word, kind.config.keys().map(String::as_str));
                let finding = refuse(format!(
                    "{place} in flow.toml sets `{word}`, which it does not have"
                ));
                unit.report.add(match near {
                    Some(near) => finding.help(format!("did you mean `{near}`?")),
                    None => finding.help("remove it"),
                });
            }
            Some(setting) => {
                if let Err(misfit) = setting.ty.check(value) {
                    unit.report.add(refuse(format!(
                        "`{word}` under {place} in flow.toml: {}",
                        misfit.why
                    )));
                }
            }
        }
    }
    for (word, setting) in &kind.config {
        if setting.binds_item {
            unbound(unit, name, config.get(word), word, item);
        }
        let Some(default) = &setting.default_in_dev else {
            continue;
        };
        if !config.contains_key(word) {
            match unit.plan.env.as_str() {
                "dev" => {
                    config.insert(word.clone(), default.replace("{name}", &name.name).into());
                }
                env => unit.report.add(
                    refuse(format!("{place} has no `{word}` in the environment `{env}`")).help(format!(
                        "write `packages.{}.{word}` under `[env.{env}]` in flow.toml",
                        name.name
                    )),
                ),
            }
        }
    }
    config
}

/// Says which fields of an item the pattern does not bind, and which of its places are no fields.
fn unbound(unit: &mut Unit<'_>, name: &Ident, pattern: Option<&Value>, word: &str, item: &Type) {
    let pattern = pattern.and_then(Value::as_str).unwrap_or_default();
    let places: Vec<&str> = pattern
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(place, _)| place)
        .collect();
    let Some(fields) = item.fields() else { return };
    for place in &places {
        if fields.get(*place).is_none_or(|field| is_blob(&field.ty)) {
            unit.report.add(Finding::new(
                Code::TypesProperty,
                name.span,
                format!(
                    "`{word}` of `packages.{}` in flow.toml binds `{place}`, which is no plain field of its items",
                    name.name
                ),
            ));
        }
    }
    for (field, described) in fields {
        let plain = !is_blob(&described.ty) && !matches!(described.ty, Type::Optional(_));
        if plain && !places.contains(&field.as_str()) {
            let finding = Finding::new(
                Code::TypesProperty,
                name.span,
                format!(
                    "nothing says where `{field}` of an item of `{}` comes from",
                    name.name
                ),
            );
            unit.report.add(
                finding
                    .help(format!(
                        "write `packages.{}.{word} = \"{{{field}}}/*\"` under the environment in flow.toml",
                        name.name
                    ))
                    .warning(),
            );
        }
    }
}

fn is_blob(ty: &Type) -> bool {
    matches!(ty.present(), Type::Blob { .. })
}
