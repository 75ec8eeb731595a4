//! YAML as a tree that knows where everything stands, with a bound on all that could grow.

mod build;
mod scalar;

use flow_lang::report::{Code, Finding};
use flow_lang::span::{SourceId, Span};
use saphyr_parser::{Marker, Parser};
use serde_json::Value;

/// The most values of a file, each use of an alias counted anew.
const NODES_MAX: usize = 100_000;
/// The deepest value, in lists and mappings around it.
const DEPTH_MAX: usize = 64;

/// A value.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Where it stands.
    pub(super) span: Span,
    /// What it says.
    pub(super) kind: Kind,
}

/// What a value says.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A text; `plain` is one without quotes, which may mean a number, a bool or nothing.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<Node>),
    /// A mapping; no key stands twice.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The key.
    pub(super) key: String,
    /// Where the key stands.
    pub(super) span: Span,
    /// The value.
    pub(super) value: Node,
}

impl Node {
    /// Whether nothing is said: `key:` alone, `~` or `null`.
    pub(super) fn is_null(&self) -> bool {
        self.json() == Value::Null
    }

    /// The value as JSON, plain scalars read as wskdeploy reads them.
    pub(super) fn json(&self) -> Value {
        match &self.kind {
            Kind::Scalar { text, plain: true } => scalar::read(text),
            Kind::Scalar { text, plain: false } => Value::String(text.clone()),
            Kind::List(items) => items.iter().map(Node::json).collect(),
            Kind::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.json()))
                .collect(),
        }
    }

    /// The text of a scalar as it is written, whatever it would mean.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            Kind::List(_) | Kind::Map(_) => None,
        }
    }
}

/// Reads the one document of a file.
///
/// # Errors
/// The first place at which it is no YAML, or is more than is read.
pub(super) fn read(source: SourceId, text: &str) -> Result<Node, Finding> {
    let places = Places::new(source, text);
    let mut builder = build::Builder::default();
    let body = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    for event in Parser::new_from_str(body) {
        let (event, span) = event.map_err(|error| {
            let at = places.at(*error.marker());
            let message = format!("this is not YAML: {}", error.info());
            Finding::new(Code::SyntaxUnexpected, at, message)
        })?;
        builder.take(event, places.span(span))?;
    }
    Ok(builder.finish(source))
}

/// From the parser's characters to the bytes of the file.
struct Places {
    source: SourceId,
    /// The byte at which each character begins, and the end of the text.
    starts: Vec<usize>,
}

impl Places {
    fn new(source: SourceId, text: &str) -> Places {
        let mark = usize::from(text.starts_with('\u{FEFF}'));
        let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        Places {
            source,
            starts: starts.skip(mark).collect(),
        }
    }

    fn byte(&self, mark: Marker) -> usize {
        let last = self.starts.last().copied().unwrap_or_default();
        self.starts.get(mark.index()).copied().unwrap_or(last)
    }

    fn at(&self, mark: Marker) -> Span {
        let start = self.byte(mark);
        Span::new(self.source, start, start)
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        Span::new(self.source, self.byte(span.start), self.byte(span.end))
    }
}

#[cfg(test)]
mod tests;
