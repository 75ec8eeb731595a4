//! Values of `flow.toml` that must be more than a text.

use crate::project::can_name_a_flow;
use flow_lang::catalog;
use flow_lang::plan::Type;
use flow_lang::units;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// The configuration of a package: words that some kind of package in the catalogue knows.
pub(super) struct Package(pub(super) BTreeMap<String, Value>);

impl<'de> Deserialize<'de> for Package {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Package, D::Error> {
        let mut config = BTreeMap::<String, Value>::deserialize(from)?;
        let known: BTreeMap<_, _> = catalog::packages()
            .values()
            .flat_map(|kind| &kind.config)
            .collect();
        for (key, value) in &mut config {
            let Some(setting) = known.get(key) else {
                let names: Vec<_> = known.keys().map(|name| name.as_str()).collect();
                return Err(D::Error::custom(format!(
                    "unknown field `{key}`, expected one of `{}`",
                    names.join("`, `")
                )));
            };
            if setting.secret {
                value
                    .as_str()
                    .map_or(Err(NO_PLACE), place)
                    .map_err(D::Error::custom)?;
                continue;
            }
            // As in the language, a duration carries its unit.
            if setting.ty == Type::Duration {
                let ms = value.as_str().and_then(units::read_duration);
                let why = || D::Error::custom(format!("`{key}` is a duration: write `\"10s\"`"));
                *value = ms.ok_or_else(why)?.into();
            }
            if let Err(misfit) = setting.ty.check(value) {
                return Err(D::Error::custom(format!("`{key}` does not fit: {}", misfit.why)));
            }
        }
        Ok(Package(config))
    }
}

/// `env:VARIABLE`.
pub(super) struct Secret(pub(super) String);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
        let text = String::deserialize(from)?;
        place(&text).map_err(D::Error::custom)?;
        Ok(Secret(text))
    }
}

/// Users of the machine.
pub(super) struct Members(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Members, D::Error> {
        let members = Vec::<String>::deserialize(from)?;
        let names_none =
            |name: &&String| name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control());
        if let Some(name) = members.iter().find(names_none) {
            return Err(D::Error::custom(format!("{name:?} is no name of a user")));
        }
        match members.is_empty() {
            true => Err(D::Error::custom(
                "a group has at least one member: write `[\"ana\"]`",
            )),
            false => Ok(Members(members)),
        }
    }
}

/// Where a secret is found, whatever else was written there: a value would end up in an error message.
const NO_PLACE: &str = "a secret is read from the environment: write `env:VARIABLE`";

fn place(text: &str) -> Result<(), &'static str> {
    match text.strip_prefix("env:") {
        Some(name) if !name.is_empty() => Ok(()),
        _ => Err(NO_PLACE),
    }
}

pub(super) fn flow_name<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(from)?;
    if can_name_a_flow(&name) {
        return Ok(Some(name));
    }
    Err(D::Error::custom(format!(
        "`{name}` cannot name a flow: letters, digits and `_`, a letter first"
    )))
}

pub(super) fn patterns<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    let patterns = Vec::<String>::deserialize(from)?;
    let below = |pattern: &String| {
        let mut parts = Path::new(pattern).components();
        !pattern.contains("**") && parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
    };
    match patterns.iter().find(|pattern| !below(pattern)) {
        None => Ok(Some(patterns)),
        Some(pattern) => Err(D::Error::custom(format!(
            "`{pattern}` is no path below this folder in which `*` stands for a part of a name"
        ))),
    }
}

pub(super) fn jobs<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let platform = String::deserialize(from)?;
    if platform == super::process() {
        return Ok(platform);
    }
    Err(D::Error::custom(format!(
        "jobs cannot run on `{platform}`; `process` is known"
    )))
}

pub(super) fn artifacts_url<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    with_scheme("artifacts", "file:", from)
}

pub(super) fn database_url<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    with_scheme("database", "sqlite:", from)
}

fn with_scheme<'de, D: Deserializer<'de>>(key: &str, scheme: &str, from: D) -> Result<String, D::Error> {
    let url = String::deserialize(from)?;
    if url.len() > scheme.len() && url.starts_with(scheme) {
        return Ok(url);
    }
    Err(D::Error::custom(format!(
        "`{key}` cannot be `{url}`; `{scheme}PATH` is known"
    )))
}
