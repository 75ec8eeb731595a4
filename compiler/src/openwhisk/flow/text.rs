//! Values, names and comments as the text of a flow.

use crate::openwhisk::deployment::Note;
use flow_lang::parse::RESERVED;
use flow_lang::plan::{INT_MAX, NAME_MAX};
use serde_json::Value;
use std::fmt::Write as _;

/// The most characters of a foreign text in a comment.
const QUOTED_CHARS_MAX: usize = 160;

/// Whether a text is a word of the language, and can be the name of a field.
pub(super) fn is_word(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.len() <= NAME_MAX
        && text.starts_with(letter)
        && text.chars().all(|c| letter(c) || c.is_ascii_digit())
}

/// Whether a text can name a value.
pub(super) fn can_name(text: &str) -> bool {
    is_word(text) && !RESERVED.contains(&text)
}

/// A text in quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => write!(out, "\\u{{{:X}}}", u32::from(c)).expect("writes to a text"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What must not stand in a source file as it is.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// A value as a literal; nothing for one that no literal says.
pub(super) fn literal(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) if (-INT_MAX..=INT_MAX).contains(&whole) => whole.to_string(),
            Some(_) => return None,
            None if number.is_f64() => number.to_string().replace("e+", "e"),
            None => return None,
        },
        Value::String(text) => {
            let allowed = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
            text.chars().all(allowed).then(|| quoted(text))?
        }
        Value::Array(items) => {
            let alike = items.windows(2).all(|pair| shape(&pair[0]) == shape(&pair[1]));
            let items: Option<Vec<_>> = items.iter().map(literal).collect();
            format!("[{}]", items.filter(|_| alike)?.join(", "))
        }
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let fields: Option<Vec<_>> = fields
                .iter()
                .map(|(name, value)| is_word(name).then(|| Some(format!("{name}: {}", literal(value)?)))?)
                .collect();
            format!("{{ {} }}", fields?.join(", "))
        }
    })
}

/// What the items of a list must have in common.
fn shape(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "text".to_owned(),
        Value::Array(items) => format!("[{}]", items.first().map(shape).unwrap_or_default()),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("{name}:{},", shape(value)))
            .collect(),
    }
}

/// A line with what cannot be seen written out.
pub(super) fn visible(line: &str) -> String {
    let mut out = String::new();
    for c in line.chars() {
        match c {
            '\t' => out.push(c),
            c if is_hidden(c) => write!(out, "\\u{{{:X}}}", u32::from(c)).expect("writes to a text"),
            c => out.push(c),
        }
    }
    out
}

/// A foreign text on one line, without what cannot be seen.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut blank = false;
    for c in text.trim().chars() {
        if c.is_whitespace() || is_hidden(c) {
            blank = true;
            continue;
        }
        if std::mem::take(&mut blank) {
            out.push(' ');
        }
        out.push(c);
    }
    match out.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &out[..at]),
        None => out,
    }
}

/// The comments for what is not imported, a line each.
pub(super) fn notes(notes: &[Note]) -> String {
    let line = |note: &Note| {
        format!(
            "// not imported: {}, because {}\n",
            plain(&note.what),
            plain(&note.because)
        )
    };
    let mut lines: Vec<_> = notes.iter().map(line).collect();
    lines.dedup();
    lines.concat()
}

/// A description as documentation.
pub(super) fn doc(doc: Option<&str>) -> String {
    let lines = doc
        .unwrap_or_default()
        .lines()
        .map(plain)
        .filter(|line| !line.is_empty());
    lines.map(|line| format!("/// {line}\n")).collect()
}
