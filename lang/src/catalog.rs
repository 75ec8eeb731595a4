//! What the language knows of packages and feeds: their configuration and the shape of their events.
//!
//! It is data, one file a kind, so that a new kind of package is a file here and the code of its feed.

use crate::plan::Type;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A kind of package: what stands before `<T>` in `package inbox = objects<T>`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageKind {
    /// What an item must look like.
    pub item: ItemShape,
    /// What `flow.toml` may say under `packages.NAME`.
    pub config: BTreeMap<String, Setting>,
    /// The feeds that a trigger can name.
    pub feeds: BTreeMap<String, PackageFeed>,
}

/// What an item of a package must look like; it is always a record.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemShape {
    /// Exactly so many fields are blobs.
    pub blobs: usize,
}

/// One word of a package's configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// What it may be.
    #[serde(rename = "type")]
    pub ty: Type,
    /// What it is in the environment `dev` when nothing is said, with `{name}` for the package's name.
    /// Other environments must say it themselves.
    pub default_in_dev: Option<String>,
    /// Its `{field}` places bind the fields of an item that are not blobs.
    #[serde(default)]
    pub binds_item: bool,
}

/// A feed of a package.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageFeed {
    /// What one event carries.
    pub event: PackageEvent,
}

/// What one event of a package's feed carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackageEvent {
    /// One item.
    Item,
}

/// A feed that belongs to no package: `cron { schedule: "…" }`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuiltInFeed {
    /// Its properties; all are texts and must be given.
    pub properties: BTreeMap<String, FeedProperty>,
    /// Properties that are known but not enforced yet.
    pub not_yet: Vec<String>,
    /// The fields of an event.
    pub event: BTreeMap<String, Type>,
}

/// A property of a built-in feed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedProperty {
    /// The least and the most words that its text may have.
    pub words: (usize, usize),
}

static PACKAGES: LazyLock<BTreeMap<&str, PackageKind>> =
    LazyLock::new(|| BTreeMap::from([("objects", read(include_str!("catalog/objects.toml")))]));

static FEEDS: LazyLock<BTreeMap<&str, BuiltInFeed>> =
    LazyLock::new(|| BTreeMap::from([("cron", read(include_str!("catalog/cron.toml")))]));

/// All kinds of packages by name.
pub fn packages() -> &'static BTreeMap<&'static str, PackageKind> {
    &PACKAGES
}

/// All built-in feeds by name.
pub fn feeds() -> &'static BTreeMap<&'static str, BuiltInFeed> {
    &FEEDS
}

fn read<T: for<'de> Deserialize<'de>>(text: &str) -> T {
    toml::from_str(text).expect("the catalogue is part of this crate and read by a test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_the_catalogue_reads() {
        assert_eq!(packages()["objects"].feeds["created"].event, PackageEvent::Item);
        assert_eq!(feeds()["cron"].event["at"], Type::Time);
    }
}
