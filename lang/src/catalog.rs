//! What the language knows of packages and feeds: their configuration and the shape of their events.
//!
//! It is data, one file a kind, so that a new kind of package is a file here and the code of its feed.

use crate::plan::Type;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A kind of package: what stands before `<T>` in `package inbox = objects<T>`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageKind {
    /// What an item must look like.
    pub item: ItemShape,
    /// It is a folder, which a job can write to.
    #[serde(default)]
    pub folder: bool,
    /// What `flow.toml` may say under `packages.NAME`.
    pub config: BTreeMap<String, Setting>,
    /// The feeds that a trigger can name.
    pub feeds: BTreeMap<String, PackageFeed>,
    /// What a step can do with it.
    #[serde(default)]
    pub actions: BTreeMap<String, PackageAction>,
}

/// What an item of a package must look like; it is always a record.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemShape {
    /// How many of its fields are blobs.
    pub blobs: Blobs,
    /// The field that names an item; it has to be there, as a text.
    pub id: Option<String>,
}

/// How many fields of an item are blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blobs {
    /// Exactly one.
    One,
    /// As many as it likes.
    Any,
}

/// One word of a package's configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// What it may be.
    #[serde(rename = "type")]
    pub ty: Type,
    /// What it is when nothing is said, with `{name}` for the package's name in a text.
    pub default: Option<Value>,
    /// Its value is read from a secret and never stands in a plan.
    #[serde(default)]
    pub secret: bool,
    /// What it is in the environment `dev` when nothing is said, with `{name}` for the package's name.
    /// Other environments must say it themselves.
    pub default_in_dev: Option<String>,
    /// Its `{field}` places bind the fields of an item that are not blobs.
    #[serde(default)]
    pub binds_item: bool,
    /// It is the address of a server, without a user and a password in it.
    #[serde(default)]
    pub http: bool,
}

/// A feed of a package.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageFeed {
    /// What one event carries.
    pub event: PackageEvent,
    /// The words of the package's configuration that a trigger may set for itself.
    #[serde(default)]
    pub settings: Vec<String>,
}

/// What one event of a package's feed carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackageEvent {
    /// One item.
    Item,
}

/// Something that a step can do with a package.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageAction {
    /// What it is given.
    pub input: ActionInput,
    /// What it answers.
    pub output: ActionOutput,
    /// It changes what feeds of the package see.
    #[serde(default)]
    pub writes: bool,
}

/// What an action of a package is given, in terms of the package's item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionInput {
    /// The field that names an item.
    Id,
    /// A whole item.
    Item,
    /// The field that names an item, and any of the others.
    Part,
    /// The field that names an item, and any of its blobs.
    Blobs,
}

/// What an action of a package answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionOutput {
    /// An item, absent if there is none.
    ItemIfAny,
    /// The name of an item and its new revision: `{ id, rev }`.
    Revision,
}

/// A feed that belongs to no package: `cron { schedule: "…" }`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuiltInFeed {
    /// Its properties.
    pub properties: BTreeMap<String, FeedProperty>,
    /// The fields of an event.
    pub event: BTreeMap<String, Type>,
}

/// A property of a built-in feed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedProperty {
    /// What it is.
    pub is: FeedValue,
    /// It has to be given.
    #[serde(default)]
    pub required: bool,
}

/// What a property of a built-in feed may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedValue {
    /// A text of five or six fields, as for cron(5).
    Schedule,
    /// The IANA name of a time zone, as a text.
    Zone,
    /// What becomes of slots that were missed, as a word.
    Missed,
}

static PACKAGES: LazyLock<BTreeMap<&str, PackageKind>> = LazyLock::new(|| {
    BTreeMap::from([
        ("couchdb", read(include_str!("catalog/couchdb.toml"))),
        ("objects", read(include_str!("catalog/objects.toml"))),
    ])
});

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
        for kind in packages().values() {
            for word in kind.feeds.values().flat_map(|feed| &feed.settings) {
                assert!(!kind.config[word].secret, "a trigger sets no secret: `{word}`");
            }
            for setting in kind.config.values() {
                let default = setting.default.as_ref();
                assert!(default.is_none_or(|default| setting.ty.check(default).is_ok()));
            }
        }
        assert_eq!(feeds()["cron"].event["at"], Type::Time);
    }
}
