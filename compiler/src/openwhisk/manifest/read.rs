//! Reading nodes as what they should be, with a finding where they are something else.

use crate::openwhisk::deployment::Note;
use crate::openwhisk::yaml::{Entry, Kind, Node};
use flow_lang::report::{Code, Finding, Report};
use flow_lang::span::Span;
use flow_lang::suggest::nearest;
use serde_json::Value;

/// Collects what is wrong on the way.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) report: Report,
}

impl Reader {
    pub(super) fn refuse(&mut self, at: Span, fact: &str, help: &str) {
        self.report
            .add(Finding::new(Code::TypesProperty, at, fact).help(help));
    }

    /// The entries of a mapping; none where nothing is said.
    pub(super) fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Vec<&'n Entry> {
        match &node.kind {
            Kind::Map(entries) => entries.iter().collect(),
            Kind::Scalar { .. } if node.is_null() => Vec::new(),
            Kind::Scalar { .. } | Kind::List(_) => {
                self.refuse(
                    node.span,
                    &format!("{what} is not a mapping"),
                    "write `name: …` lines below it",
                );
                Vec::new()
            }
        }
    }

    /// The entries of a mapping whose keys are known.
    pub(super) fn known<'n>(&mut self, node: &'n Node, what: &str, keys: &[&str]) -> Vec<&'n Entry> {
        let mut entries = self.entries(node, what);
        entries.retain(|entry| {
            let known = keys.contains(&entry.key.as_str());
            if !known {
                let help = match nearest(&entry.key, keys.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there is `{}`", keys.join("`, `")),
                };
                let fact = format!("{what} has no key `{}`", entry.key);
                self.refuse(entry.span, &fact, &help);
            }
            known
        });
        entries
    }

    /// A text; a number or a bool is taken as it is written.
    pub(super) fn text(&mut self, entry: &Entry) -> Option<String> {
        let text = entry.value.text().filter(|_| !entry.value.is_null());
        if text.is_none() {
            let fact = format!("`{}` is not a text", entry.key);
            self.refuse(entry.value.span, &fact, &format!("write `{}: text`", entry.key));
        }
        text.map(str::to_owned)
    }

    /// A whole number from 0.
    pub(super) fn number(&mut self, entry: &Entry) -> Option<u64> {
        let number = entry.value.json().as_u64();
        if number.is_none() {
            let fact = format!("`{}` is not a whole number", entry.key);
            self.refuse(
                entry.value.span,
                &fact,
                &format!("write for example `{}: 256`", entry.key),
            );
        }
        number
    }

    pub(super) fn flag(&mut self, entry: &Entry) -> Option<bool> {
        match entry.value.json() {
            Value::Bool(flag) => Some(flag),
            _ => {
                let fact = format!("`{}` is neither `true` nor `false`", entry.key);
                self.refuse(entry.value.span, &fact, &format!("write `{}: true`", entry.key));
                None
            }
        }
    }

    /// Where something is deployed, and as whom: the word of a credential is not repeated.
    pub(super) fn place(&mut self, entry: &Entry) -> Option<Note> {
        let text = self.text(entry)?;
        let what = match entry.key.as_str() {
            "credential" => entry.key.clone(),
            key => format!("{key}: {text}"),
        };
        Some(Note::new(
            what,
            "`flow.toml` says where a flow runs, and `flowd` runs it here",
        ))
    }
}
