//! Holds a value against its declared type. Every value that crosses a boundary passes here, so that what the
//! compiler proves from types is what happens.

mod reference;
mod time;

pub(super) use reference::DIGEST_CHARS;
pub(super) use time::TIME_BYTES_MAX;

use super::private::{SEALED, holds_sealed, is_sealed};
use super::show::number;
use super::{Field, INT_MAX, Length, Misfit, Type, text_size};
use crate::units;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A text of the user is quoted up to so many characters in a message.
const QUOTED_CHARS_MAX: usize = 40;

impl Type {
    /// Checks a value. An optional field may be left out or be `null`; a field with a default may be left out
    /// only before [`Type::fill`]; fields that a record does not declare are refused. A private part may be
    /// sealed, and is then taken at its word; no message shows one that is not.
    ///
    /// # Errors
    /// The first place at which the value does not fit.
    pub fn check(&self, value: &Value) -> Result<(), Misfit> {
        check(self, value, &mut Vec::new())
    }

    /// Checks a value that comes from outside: as [`Type::check`], and nothing in it may be sealed. Only the daemon
    /// seals; what others have seen sealed, they may not have opened.
    ///
    /// # Errors
    /// As for [`Type::check`].
    pub fn admit(&self, value: &Value) -> Result<(), Misfit> {
        if holds_sealed(value) {
            let why = format!("`{SEALED}` is what the daemon makes of private data, and nobody else");
            return Err(misfit(&[], why));
        }
        self.check(value)
    }
}

/// One step on the way to a value.
enum At<'a> {
    Field(&'a str),
    Item(usize),
}

fn check<'a>(ty: &'a Type, value: &'a Value, path: &mut Vec<At<'a>>) -> Result<(), Misfit> {
    let fits = |fits: bool| {
        if fits {
            Ok(())
        } else {
            Err(expected(&wanted(ty), value))
        }
    };
    let checked = match ty {
        Type::Optional(_) if value.is_null() => return Ok(()),
        Type::Optional(inner) => return check(inner, value, path),
        Type::Private(_) if is_sealed(value) => return Ok(()),
        Type::Private(inner) => check(inner, value, &mut Vec::new()).map_err(|_| {
            let wanted = wanted(inner);
            format!("expected {wanted}, and what was given privately does not fit")
        }),
        Type::List { item, length } => return list(item, *length, value, path),
        Type::Record(fields) => return record(fields, value, path),
        Type::Bool => fits(value.is_boolean()),
        Type::Int { min, max } => fits(
            value
                .as_i64()
                .is_some_and(|n| (*min..=*max).contains(&n) && (-INT_MAX..=INT_MAX).contains(&n)),
        ),
        Type::Float { min, max } => fits(value.as_f64().is_some_and(|n| {
            n.is_finite() && min.is_none_or(|min| n >= min) && max.is_none_or(|max| n <= max)
        })),
        Type::Duration => fits(value.as_i64().is_some_and(|n| (0..=INT_MAX).contains(&n))),
        Type::Time => fits(value.as_str().is_some_and(time::is_utc)),
        Type::Union(texts) => fits(
            value
                .as_str()
                .is_some_and(|text| texts.iter().any(|each| each == text)),
        ),
        Type::Text { max } => match value.as_str() {
            Some(given) => text(given).and_then(|()| bounded(given.len() as u64, *max, ty)),
            None => fits(false),
        },
        Type::Bytes { max } => match value.as_str().and_then(|text| STANDARD.decode(text).ok()) {
            Some(bytes) => bounded(bytes.len() as u64, *max, ty),
            None => fits(false),
        },
        Type::Json { max } => bounded(text_size(value), *max, ty),
        Type::Blob { mime, max } => reference::blob(mime, *max, value, ty),
        Type::Dataset(_) => reference::dataset(value, ty),
        Type::Model { .. } => reference::model(value, ty),
    };
    checked.map_err(|why| misfit(path, why))
}

fn list<'a>(item: &'a Type, length: Length, value: &'a Value, path: &mut Vec<At<'a>>) -> Result<(), Misfit> {
    let count = |items: &[Value]| items.len() as u64;
    let (fits, wanted) = match (length, value.as_array()) {
        (Length::Any, items) => (items.is_some(), "a list".to_owned()),
        (Length::Exactly(n), items) => (
            items.is_some_and(|items| count(items) == n),
            format!("a list of {n} items"),
        ),
        (Length::AtMost(n), items) => (
            items.is_some_and(|items| count(items) <= n),
            format!("a list of at most {n} items"),
        ),
    };
    if !fits {
        return Err(misfit(path, expected(&wanted, value)));
    }
    for (ix, each) in value.as_array().into_iter().flatten().enumerate() {
        path.push(At::Item(ix));
        check(item, each, path)?;
        path.pop();
    }
    Ok(())
}

fn record<'a>(
    fields: &'a BTreeMap<String, Field>,
    value: &'a Value,
    path: &mut Vec<At<'a>>,
) -> Result<(), Misfit> {
    let Some(given) = value.as_object() else {
        return Err(misfit(path, expected("a record", value)));
    };
    for (name, field) in fields {
        path.push(At::Field(name));
        match given.get(name) {
            Some(value) => check(&field.ty, value, path)?,
            None if matches!(field.ty, Type::Optional(_)) => {}
            None => {
                return Err(misfit(
                    path,
                    format!("expected {}, but it is missing", wanted(&field.ty)),
                ));
            }
        }
        path.pop();
    }
    match given.keys().find(|name| !fields.contains_key(*name)) {
        Some(extra) => {
            path.push(At::Field(extra));
            let known: Vec<_> = fields.keys().map(|name| format!("`{name}`")).collect();
            let known = match known.is_empty() {
                true => "none".to_owned(),
                false => known.join(", "),
            };
            Err(misfit(
                path,
                format!("there is no such field; the declared ones are {known}"),
            ))
        }
        None => Ok(()),
    }
}

fn text(given: &str) -> Result<(), String> {
    // INVARIANT: without these characters JSON spends at most two bytes on one byte of text, which the bound uses.
    match given
        .chars()
        .find(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
    {
        Some(control) => Err(format!(
            "expected text without control characters, got U+{:04X}",
            u32::from(control)
        )),
        None => Ok(()),
    }
}

fn bounded(size: u64, max: Option<u64>, ty: &Type) -> Result<(), String> {
    if max.is_some_and(|max| size > max) {
        return Err(format!("expected {}, got {}", wanted(ty), units::size(size)));
    }
    Ok(())
}

/// What a type asks for, in the words of a sentence.
fn wanted(ty: &Type) -> String {
    let at_most = |what: &str, max: &Option<u64>| match max {
        Some(max) => format!("{what} of at most {}", units::size(*max)),
        None => what.to_owned(),
    };
    match ty {
        Type::Bool => "`true` or `false`".to_owned(),
        Type::Int { min, max } if (*min, *max) == (-INT_MAX, INT_MAX) => "a whole number".to_owned(),
        Type::Int { min, max } => format!("a whole number from {min} to {max}"),
        Type::Float { min, max } => match (min, max) {
            (Some(min), Some(max)) => format!("a number from {} to {}", number(*min), number(*max)),
            (Some(min), None) => format!("a number from {} up", number(*min)),
            (None, Some(max)) => format!("a number up to {}", number(*max)),
            (None, None) => "a number".to_owned(),
        },
        Type::Text { max } => at_most("text", max),
        Type::Bytes { max } => at_most("base64 text", max),
        Type::Json { max } => at_most("JSON", max),
        Type::Time => "a time in UTC such as `2030-01-31T08:00:00Z`".to_owned(),
        Type::Duration => "milliseconds as a whole number from 0 up".to_owned(),
        Type::Union(texts) => {
            let texts: Vec<_> = texts.iter().map(|text| format!("`{text}`")).collect();
            texts.join(" or ")
        }
        Type::Blob { mime, max } => {
            format!(
                "a reference to a blob of `{mime}` of at most {}",
                units::size(*max)
            )
        }
        Type::Dataset(_) => "a reference to a dataset".to_owned(),
        Type::Model { .. } => "a reference to a model".to_owned(),
        Type::List { .. } => "a list".to_owned(),
        Type::Record(_) => "a record".to_owned(),
        Type::Optional(inner) | Type::Private(inner) => wanted(inner),
    }
}

fn expected(wanted: &str, value: &Value) -> String {
    format!("expected {wanted}, got {}", got(value))
}

fn got(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if text.chars().count() <= QUOTED_CHARS_MAX => format!("{text:?}"),
        Value::String(text) => format!("text of {}", units::size(text.len() as u64)),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(_) => "a record".to_owned(),
    }
}

fn misfit(path: &[At<'_>], why: String) -> Misfit {
    let mut text = String::new();
    for at in path {
        match at {
            At::Field(name) if text.is_empty() => text.push_str(name),
            At::Field(name) => write!(text, ".{name}").expect("a string takes all text"),
            At::Item(ix) if text.is_empty() => write!(text, "value[{ix}]").expect("a string takes all text"),
            At::Item(ix) => write!(text, "[{ix}]").expect("a string takes all text"),
        }
    }
    if text.is_empty() {
        text.push_str("value");
    }
    Misfit { path: text, why }
}

#[cfg(test)]
mod tests;
