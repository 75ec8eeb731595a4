//! What stands after `runtime:`, such as `python:3.11` or `nodejs:20`, and which kinds are retired.
//!
//! Which of them a machine has is not known here: `flowd` looks when it prepares a plan.

pub mod packages;

use serde::Deserialize;
use std::fmt;
use std::sync::LazyLock;

/// What runs a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Runtime {
    /// `python:3` is the newest Python 3 that is installed, `python:3.11` exactly that one.
    Python {
        /// What stands after `3.`.
        minor: Option<u32>,
    },
    /// `nodejs:default` is the newest Node that is installed, `nodejs:20` exactly that one.
    Node {
        /// The number of the line, such as 20.
        major: Option<u32>,
    },
}

/// How each runtime can be written, for repairs.
pub const FORMS: &str = "`\"python:3\"` or `\"nodejs:default\"` for the newest one that is installed, `\"python:3.11\"` or \
                         `\"nodejs:20\"` for exactly that one";

impl Runtime {
    /// Reads a name. `None` if it names nothing.
    pub fn parse(name: &str) -> Option<Runtime> {
        match name.split_once(':')? {
            ("python", "3") => Some(Runtime::Python { minor: None }),
            ("python", version) => Some(Runtime::Python {
                minor: Some(number(version.strip_prefix("3.")?)?),
            }),
            ("nodejs", "default") => Some(Runtime::Node { major: None }),
            ("nodejs", version) => Some(Runtime::Node {
                major: Some(number(version)?),
            }),
            _ => None,
        }
    }

    /// When its line of versions came to its end, if it has.
    pub fn retired(self) -> Option<&'static Retired> {
        match self {
            Runtime::Python { .. } | Runtime::Node { major: None } => None,
            Runtime::Node { major: Some(major) } => NODE.retired.iter().find(|kind| kind.major == major),
        }
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Runtime::Python { minor: None } => write!(f, "python:3"),
            Runtime::Python { minor: Some(minor) } => write!(f, "python:3.{minor}"),
            Runtime::Node { major: None } => write!(f, "nodejs:default"),
            Runtime::Node { major: Some(major) } => write!(f, "nodejs:{major}"),
        }
    }
}

/// One or two digits, written as a number is: there is no `nodejs:08`.
fn number(text: &str) -> Option<u32> {
    let digits = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok())?
}

/// A line of versions that nobody maintains any more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retired {
    /// Its number.
    pub major: u32,
    /// The day of its end: `2019-12-31`.
    pub end_of_life: String,
}

/// What is known about the kinds of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kinds {
    retired: Vec<Retired>,
    #[expect(dead_code, reason = "who reads the table wants to know where it is from")]
    source: String,
    #[expect(dead_code, reason = "and when it was read there")]
    date: String,
}

static NODE: LazyLock<Kinds> = LazyLock::new(|| {
    toml::from_str(include_str!("runtime/nodejs.toml"))
        .expect("the table is part of this crate and read by a test")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_one_runtime_or_none() {
        for name in [
            "python:3",
            "python:3.11",
            "python:3.9",
            "nodejs:default",
            "nodejs:8",
            "nodejs:20",
        ] {
            let runtime = Runtime::parse(name).unwrap_or_else(|| panic!("`{name}` is a runtime"));
            assert_eq!(runtime.to_string(), name);
        }
        for name in [
            "python",
            "python:2",
            "python:3.",
            "python:3.x",
            "python:31",
            "python:3.08",
            "python:default",
            "nodejs",
            "nodejs:",
            "nodejs:08",
            "nodejs:20.1",
            "nodejs:100",
            "nodejs:+8",
            "node:20",
            "cobol:1",
            "docker:x",
            "",
        ] {
            assert_eq!(Runtime::parse(name), None, "`{name}`");
        }
    }

    #[test]
    fn retired_kinds_have_the_day_of_their_end() {
        let ended = |name| Some(Runtime::parse(name)?.retired()?.end_of_life.as_str());
        assert_eq!(ended("nodejs:8"), Some("2019-12-31"));
        for maintained in [
            "nodejs:20",
            "nodejs:default",
            "nodejs:99",
            "python:3",
            "python:3.8",
        ] {
            assert_eq!(ended(maintained), None, "{maintained}");
        }
    }
}
