//! One platform's file.

use super::Limit;
use crate::units;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a platform takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name in `flow.toml`: `openwhisk`.
    pub name: String,
    /// Its name for people: `Apache OpenWhisk`.
    pub title: String,
    /// What it does about the `network` of a function.
    pub network: Network,
    /// Its limits.
    pub limits: BTreeMap<Limit, Entry>,
}

/// What a platform does about the `network` of a function.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Whether a function reaches only what it names.
    pub enforced: Enforced,
    /// Where that stands.
    pub source: String,
    /// When it was read there: `2026-08`.
    pub date: String,
}

/// Whether a promise is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enforced {
    /// The machine decides: it has to be tried there.
    ByMachine,
    /// Never.
    No,
}

/// One limit of a platform as shipped.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The least, if there is one.
    pub min: Option<u64>,
    /// The most.
    pub max: u64,
    /// What the figures count.
    pub unit: Unit,
    /// The figure counts the bytes of base64 text, of which three bytes of content make four.
    #[serde(default)]
    pub base64: bool,
    /// What the code asks to be installed is a part of it, since the platform installs nothing.
    #[serde(default)]
    pub with_packages: bool,
    /// Where the figure stands.
    pub source: String,
    /// When it was read there: `2026-08`.
    pub date: String,
    /// Whether an operator of the platform can raise it.
    pub raised_by_operator: bool,
    /// What to write instead.
    pub repair: String,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Milliseconds.
    Ms,
    /// Bytes.
    Bytes,
    /// How many there are.
    Count,
}

impl Unit {
    /// A figure as people write it: `5m`, `1MiB`.
    pub fn show(self, figure: u64) -> String {
        match self {
            Unit::Ms => units::duration(figure),
            Unit::Bytes => units::size(figure),
            Unit::Count => figure.to_string(),
        }
    }

    /// Its name where figures are data.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Ms => "ms",
            Unit::Bytes => "bytes",
            Unit::Count => "count",
        }
    }
}

impl Entry {
    /// What `bytes` of content count against this limit.
    pub fn counted(&self, bytes: u64) -> u64 {
        if self.base64 {
            bytes.div_ceil(3).saturating_mul(4)
        } else {
            bytes
        }
    }
}

/// A limit as it holds in one environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The least, if there is one.
    pub min: Option<u64>,
    /// The most.
    pub max: u64,
    /// Whether the environment states the maximum itself.
    pub stated: bool,
    /// The platform's row.
    pub entry: &'static Entry,
}

impl Profile {
    /// A limit as shipped.
    pub fn get(&self, limit: Limit) -> Option<&Entry> {
        self.limits.get(&limit)
    }

    /// A limit under what an environment states itself: a maximum by [`Limit::name`], in bytes or milliseconds.
    pub fn effective(&'static self, stated: &BTreeMap<String, u64>, limit: Limit) -> Option<Effective> {
        let entry = self.get(limit)?;
        let stated = stated.get(limit.name()).copied();
        Some(Effective {
            min: entry.min,
            max: stated.unwrap_or(entry.max),
            stated: stated.is_some(),
            entry,
        })
    }
}
