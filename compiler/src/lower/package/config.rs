//! The configuration of a package: what the catalogue sets, under what `flow.toml` sets, under what the
//! declaration sets, under what a trigger sets for itself.

use super::bound::unbound;
use crate::types::constant::{constant, constant_fits};
use crate::types::show::show;
use crate::unit::Unit;
use flow_lang::ast::{self, DeclKind, Ident, Property, PropertyValue};
use flow_lang::catalog::{PackageKind, Setting};
use flow_lang::plan::Type;
use flow_lang::report::{Code, Finding};
use flow_lang::suggest::nearest;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Values by the catalogue's names, and where secret ones are found.
pub(super) type Config = (BTreeMap<String, Value>, BTreeMap<String, String>);

pub(super) fn all(
    unit: &mut Unit<'_>,
    name: &Ident,
    package: &ast::Package,
    kind: &PackageKind,
    item: &Type,
) -> Config {
    let what = format!("a package of the kind `{}`", package.kind.name);
    let words: Vec<_> = kind.config.iter().collect();
    let written = own(unit, &what, &words, &package.properties);
    let (mut config, mut secrets) = stated(unit, name, kind);
    config.extend(written.0);
    secrets.extend(written.1);
    for (word, setting) in &kind.config {
        if setting.binds_item {
            unbound(unit, name, config.get(word), word, item);
        }
        if setting.http
            && let Some(url) = config.get(word).and_then(Value::as_str)
            && let Err((why, help)) = http(url)
        {
            let finding = Finding::new(
                Code::TypesProperty,
                name.span,
                format!("`{word}` of package `{}` {why}", name.name),
            );
            unit.report.add(finding.help(help));
        }
        if config.contains_key(word) || secrets.contains_key(word) {
            continue;
        }
        if let Some(default) = &setting.default {
            config.insert(word.clone(), named(default, name));
        } else if let Some(default) = &setting.default_in_dev {
            match unit.plan.env.as_str() {
                "dev" => drop(config.insert(word.clone(), named(&json!(default), name))),
                env => {
                    let place = format!("`packages.{}`", name.name);
                    let message = format!("{place} has no `{word}` in the environment `{env}`");
                    let finding = Finding::new(Code::TypesProperty, name.span, message);
                    unit.report.add(finding.help(format!(
                        "write `packages.{}.{word}` under `[env.{env}]` in flow.toml",
                        name.name
                    )));
                }
            }
        }
    }
    (config, secrets)
}

/// What is wrong with the address of a server, and what to do. It is not repeated: a password may stand in it.
fn http(url: &str) -> Result<(), (&'static str, &'static str)> {
    let Some(rest) = ["http://", "https://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme))
    else {
        return Err(("is no address of a server", "write `https://HOST`"));
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        let why = "has a user or a password in it, and a plan is no place for one";
        return Err((why, "write them as `username` and `password`, a secret"));
    }
    if host.is_empty() {
        return Err(("names no host", "write `https://HOST`"));
    }
    if rest.contains(['?', '#']) {
        return Err(("goes on after `?` or `#`", "leave that out"));
    }
    Ok(())
}

fn named(default: &Value, name: &Ident) -> Value {
    match default.as_str() {
        Some(text) => text.replace("{name}", &name.name).into(),
        None => default.clone(),
    }
}

/// What `flow.toml` sets.
fn stated(unit: &mut Unit<'_>, name: &Ident, kind: &PackageKind) -> Config {
    let mut config = unit.env.packages.get(&name.name).cloned().unwrap_or_default();
    let mut secrets = BTreeMap::new();
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
                    Some(near) => finding.meant(near),
                    None => finding.help("remove it"),
                });
            }
            Some(setting) if setting.secret => {
                if let Some(from) = value.as_str() {
                    secrets.insert(word.clone(), from.to_owned());
                }
            }
            Some(setting) => {
                if let Err(misfit) = setting.ty.check(value) {
                    let why = misfit.why;
                    unit.report
                        .add(refuse(format!("`{word}` under {place} in flow.toml: {why}")));
                }
            }
        }
    }
    config.retain(|word, _| !secrets.contains_key(word));
    (config, secrets)
}

/// What a declaration sets by itself; `words` are those that it may.
pub(in crate::lower) fn own(
    unit: &mut Unit<'_>,
    what: &str,
    words: &[(&String, &Setting)],
    properties: &[Property],
) -> Config {
    let (mut config, mut secrets) = Config::default();
    let mut written: BTreeMap<&str, &Property> = BTreeMap::new();
    for property in properties {
        let word = &property.name;
        if let Some(first) = written.insert(&word.name, property) {
            let message = format!("`{}` is written twice", word.name);
            let finding = Finding::new(Code::NamesDuplicate, word.span, message);
            unit.report.add(
                finding
                    .also(first.name.span, "written first here")
                    .help("keep one of them"),
            );
            continue;
        }
        let Some((_, setting)) = words.iter().find(|(known, _)| **known == word.name) else {
            let message = format!("{what} has no property `{}`", word.name);
            let finding = Finding::new(Code::TypesProperty, word.span, message);
            let known: Vec<_> = words.iter().map(|(word, _)| word.as_str()).collect();
            unit.report.add(match nearest(&word.name, known.iter().copied()) {
                Some(near) => finding.meant(near),
                None if known.is_empty() => finding.help("remove it"),
                None => finding.help(format!("it has {}", known.join(", "))),
            });
            continue;
        };
        if setting.secret {
            if let Some(place) = secret(unit, property) {
                secrets.insert(word.name.clone(), place);
            }
        } else if let Some(value) = value(unit, property, setting) {
            config.insert(word.name.clone(), value);
        }
    }
    (config, secrets)
}

/// A value never stands in the text: it is a declared secret, by its name.
fn secret(unit: &mut Unit<'_>, property: &Property) -> Option<String> {
    let word = &property.name.name;
    let PropertyValue::Word(name) = &property.value else {
        let finding = Finding::new(
            Code::TypesProperty,
            property.span,
            format!("`{word}` is a secret, and its value does not stand in a flow"),
        );
        return unit.refuse(finding.help(format!(
            "declare one (`secret {word}`) and write its name: `{word}: {word}`"
        )));
    };
    let ident = Ident {
        name: name.clone(),
        span: property.span,
    };
    let is_secret = |kind: &DeclKind| matches!(kind, DeclKind::Secret).then_some(());
    unit.scope.expect(&ident, "secret", is_secret, &mut unit.report)?;
    Some(unit.secret_place(name))
}

fn value(unit: &mut Unit<'_>, property: &Property, setting: &Setting) -> Option<Value> {
    let word = &property.name.name;
    let (value, ty) = match &property.value {
        PropertyValue::Word(text) => (json!(text), Type::Union(vec![text.clone()])),
        PropertyValue::Value(expr) => match constant(expr) {
            Ok(constant) => constant,
            Err(finding) => return unit.refuse(*finding),
        },
        PropertyValue::Range(..) | PropertyValue::RecordType(_) | PropertyValue::Unsupported(_) => {
            let message = format!("`{word}` is `{}`", show(&setting.ty));
            return unit.refuse(Finding::new(Code::TypesProperty, property.span, message));
        }
    };
    if constant_fits(&value, &ty, &setting.ty) {
        return Some(value);
    }
    let message = format!("`{word}` is `{}`, expected `{}`", show(&ty), show(&setting.ty));
    unit.refuse(Finding::new(Code::TypesProperty, property.span, message))
}
