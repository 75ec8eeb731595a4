//! Where the events of a trigger come from by themselves.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A feed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// A feed of a package.
    Package {
        /// The package.
        package: String,
        /// The feed's name.
        feed: String,
        /// What this trigger sets over the package's configuration.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        settings: BTreeMap<String, Value>,
    },
    /// A clock.
    Cron {
        /// Five or six fields.
        schedule: String,
        /// The IANA name of the zone whose local time it goes by.
        #[serde(default = "utc", skip_serializing_if = "is_utc")]
        timezone: String,
        /// What becomes of slots that were missed.
        #[serde(default, skip_serializing_if = "Missed::is_default")]
        missed: Missed,
    },
}

fn utc() -> String {
    "UTC".to_owned()
}

fn is_utc(zone: &String) -> bool {
    zone == "UTC"
}

/// What becomes of a clock's slots that nobody looked at in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// Nothing.
    Skip,
    /// The last of them becomes one event, unless a later slot is due already.
    #[default]
    Latest,
    /// Each becomes an event, up to a bound.
    All,
}

impl Missed {
    /// The words for it, as they are written.
    pub const WORDS: [(&'static str, Missed); 3] = [
        ("skip", Missed::Skip),
        ("latest", Missed::Latest),
        ("all", Missed::All),
    ];

    fn is_default(&self) -> bool {
        *self == Missed::default()
    }
}

impl Source {
    /// A clock as people read it: `cron 0 3 * * *`, `cron 0 3 * * * Asia/Taipei`. Nothing for others.
    pub fn clock(&self) -> Option<String> {
        match self {
            Source::Cron {
                schedule, timezone, ..
            } if is_utc(timezone) => Some(format!("cron {schedule}")),
            Source::Cron {
                schedule, timezone, ..
            } => Some(format!("cron {schedule} {timezone}")),
            Source::Package { .. } => None,
        }
    }
}
