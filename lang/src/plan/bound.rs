//! The most bytes that a value of a type can have: what limits on payloads are proved from.

mod expr;

use super::check::{DIGEST_CHARS, TIME_BYTES_MAX};
use super::{
    BLOB_REF_BYTES_MAX, BlobRef, DATASET_REF_BYTES_MAX, Field, INT_MAX, Length, MODEL_REF_BYTES_MAX, Type,
    text_size,
};
use std::collections::BTreeMap;

/// The longest number that is no integer: `-2.2250738585072014e-308`, of which the sign is one.
const FLOAT_BYTES_MAX: u64 = 24;

/// `null`, `true`.
const WORD_BYTES: u64 = 4;

impl Type {
    /// The most bytes of canonical JSON (without blanks) that a value has which [`Type::check`] accepts;
    /// nothing when there is no bound. Blobs, datasets and models count as references, and what is private counts
    /// as it is when it is opened ([`private::seal_size`](super::private::seal_size)).
    pub fn bound(&self) -> Option<u64> {
        match self {
            Type::Bool => Some(WORD_BYTES + 1),
            Type::Int { min, max } => Some(digits(*min).max(digits(*max))),
            Type::Float { min, .. } => Some(FLOAT_BYTES_MAX - u64::from(min.is_some_and(|min| min >= 0.0))),
            // A quote, a backslash and the three allowed control characters are two bytes each in JSON.
            Type::Text { max } => max.map(|max| max.saturating_mul(2).saturating_add(2)),
            Type::Bytes { max } => max.map(|max| max.div_ceil(3).saturating_mul(4).saturating_add(2)),
            Type::Json { max } => *max,
            Type::Time => Some(TIME_BYTES_MAX + 2),
            Type::Duration => Some(digits(INT_MAX)),
            Type::Blob { mime, max } => Some(blob(mime, *max)),
            Type::Dataset(_) => Some(DATASET_REF_BYTES_MAX),
            Type::Model { .. } => Some(MODEL_REF_BYTES_MAX),
            Type::List { item, length } => list(item, *length),
            Type::Optional(inner) => inner.bound().map(|bound| bound.max(WORD_BYTES)),
            Type::Private(inner) => inner.bound(),
            Type::Record(fields) => record(fields),
            Type::Union(texts) => Some(texts.iter().map(|text| quoted(text)).max().unwrap_or(0)),
        }
    }
}

fn digits(n: i64) -> u64 {
    n.clamp(-INT_MAX, INT_MAX).to_string().len() as u64
}

/// The bytes of a text as JSON.
fn quoted(text: &str) -> u64 {
    text_size(&text)
}

/// The longest reference to a blob of this kind: all of it is known but its digest, and that has a length.
fn blob(mime: &str, max: u64) -> u64 {
    let longest = BlobRef {
        digest: "f".repeat(DIGEST_CHARS),
        mime: mime.to_owned(),
        size: max,
    };
    text_size(&longest).min(BLOB_REF_BYTES_MAX)
}

fn list(item: &Type, length: Length) -> Option<u64> {
    let count = match length {
        Length::Any => return None,
        Length::Exactly(0) | Length::AtMost(0) => return Some(2),
        Length::Exactly(count) | Length::AtMost(count) => count,
    };
    let items = item.bound()?.saturating_mul(count);
    Some(items.saturating_add(count.saturating_sub(1)).saturating_add(2))
}

fn record(fields: &BTreeMap<String, Field>) -> Option<u64> {
    let commas = (fields.len() as u64).saturating_sub(1);
    fields.iter().try_fold(commas + 2, |sum, (name, field)| {
        Some(
            sum.saturating_add(quoted(name) + 1)
                .saturating_add(field.ty.bound()?),
        )
    })
}

#[cfg(test)]
mod tests;
