//! YAML as it is written.

use serde_json::Value;
use std::fmt::Write as _;

/// A value of a manifest.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    /// On one line, as JSON, which YAML includes.
    Leaf(Value),
    /// A key a line.
    Map(Vec<(String, Tree)>),
}

impl Tree {
    pub(super) fn text(text: impl Into<String>) -> Tree {
        Tree::Leaf(Value::String(text.into()))
    }

    pub(super) fn map<const N: usize>(entries: [(&str, Tree); N]) -> Tree {
        Tree::Map(
            entries
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    }

    /// Writes it below a key, `depth` levels in.
    pub(super) fn write(&self, depth: usize, out: &mut String) {
        match self {
            Tree::Leaf(value) => writeln!(out, " {value}").expect("writes to a text"),
            Tree::Map(entries) if entries.is_empty() => out.push_str(" {}\n"),
            Tree::Map(entries) => {
                if depth > 0 {
                    out.push('\n');
                }
                for (key, value) in entries {
                    write!(out, "{}{}:", "  ".repeat(depth), quoted(key)).expect("writes to a text");
                    value.write(depth + 1, out);
                }
            }
        }
    }
}

/// Words that YAML 1.1 takes for a bool.
const WORDS: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "true", "false"];

/// A key, in quotes where it could be read as something else.
fn quoted(key: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && key.chars().all(word);
    match plain && !WORDS.contains(&key.to_lowercase().as_str()) && key != "null" {
        true => key.to_owned(),
        false => Value::String(key.to_owned()).to_string(),
    }
}
