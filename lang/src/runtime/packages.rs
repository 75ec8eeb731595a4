//! What code asks to be installed: whether it asks at all, under what name a machine remembers it, and how much room
//! it takes where it has to be packed along.

use super::Runtime;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;

/// The lists of a `package.json` from which something is installed.
const LISTS: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];

/// What a zip spends on one file beside its content and twice its name: two headers.
const ZIP_BYTES_PER_FILE: u64 = 76;

/// What a zip spends at its end.
pub const ZIP_BYTES: u64 = 22;

/// The file in an environment that is complete, which holds [`Installed`] as JSON. INVARIANT: written last.
pub const NOTE: &str = "flow-complete";

/// What has been installed, as the environment itself says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// See [`asked`].
    pub asks: String,
    /// The bytes that its files add to a zip of the code, each stored as it is.
    pub zip: u64,
}

/// Whether anything has to be installed for code that comes with `requirements`, the text of its `requirements.txt`
/// or `package.json`.
///
/// # Errors
/// When that is a `package.json` and no JSON.
pub fn asks(runtime: Runtime, requirements: &str) -> Result<bool, serde_json::Error> {
    match runtime {
        Runtime::Node { .. } => {
            let manifest: Value = serde_json::from_str(requirements)?;
            let list = |list: &&str| manifest[*list].as_object();
            Ok(LISTS.iter().filter_map(list).any(|packages| !packages.is_empty()))
        }
        Runtime::Python { .. } => {
            let mut lines = requirements.lines().map(str::trim);
            Ok(lines.any(|line| !line.is_empty() && !line.starts_with('#')))
        }
    }
}

/// Names what is asked for, whatever version of the language it is installed for: BLAKE3, in hexadecimal.
pub fn asked(runtime: Runtime, requirements: &str, lock: Option<&str>) -> String {
    let language = match runtime {
        Runtime::Python { .. } => "python",
        Runtime::Node { .. } => "nodejs",
    };
    let mut hasher = blake3::Hasher::new();
    // Lengths, so that no end of one text is the beginning of the next.
    let lock_len = lock.map(str::len);
    hasher.update(format!("{language}\0{}\0{lock_len:?}\0", requirements.len()).as_bytes());
    hasher.update(requirements.as_bytes());
    hasher.update(lock.unwrap_or_default().as_bytes());
    hasher.finalize().to_hex().to_string()
}

/// The bytes that a file adds to a zip, stored as it is, under a path of so many bytes.
pub fn zipped(path: usize, size: u64) -> u64 {
    size + 2 * path as u64 + ZIP_BYTES_PER_FILE
}

/// Where environments are cached: `FLOW_CACHE`, else `flow` in the user's cache directory; nothing if the process has
/// no user. `set` looks up a variable that is not empty.
pub fn cache(set: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    set("FLOW_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("flow")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/flow")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_empty_lists_ask_for_nothing() {
        let (python, node) = (Runtime::Python { minor: None }, Runtime::Node { major: None });
        for (runtime, text, expected) in [
            (python, "# nothing\n\n  # yet\n", false),
            (python, "# one\nnumpy\n", true),
            (node, r#"{"name": "x"}"#, false),
            (
                node,
                r#"{"dependencies": {}, "devDependencies": {"a": "1"}}"#,
                false,
            ),
            (node, r#"{"dependencies": {"a": "1"}}"#, true),
            (node, r#"{"peerDependencies": {"a": "1"}}"#, true),
        ] {
            assert_eq!(asks(runtime, text).ok(), Some(expected), "{text}");
        }
        assert!(asks(node, "{").is_err());
    }

    #[test]
    fn what_is_asked_has_one_name_in_all_versions_of_a_language() {
        let python = |minor| asked(Runtime::Python { minor }, "numpy", None);
        assert_eq!(python(None), python(Some(11)));
        let node = |text, lock| asked(Runtime::Node { major: None }, text, lock);
        let names = [
            python(None),
            node("numpy", None),
            node("num", Some("py")),
            node("numpy", Some("")),
        ];
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
    }
}
