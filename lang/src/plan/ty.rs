//! Resolved types: structural, without names.

use serde::{Deserialize, Serialize};

use serde_json::Value;
use std::collections::BTreeMap;

/// The largest magnitude of an `int`: integers up to here are exact in every JSON reader.
pub const INT_MAX: i64 = 1 << 53;

/// The most bytes of the address of a callback.
pub const URL_MAX: u64 = 1024;

/// A type. Bounds are inclusive; `None` is unbounded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Type {
    /// `true`, `false`.
    Bool,
    /// A whole number.
    Int {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A finite number.
    Float {
        /// The least.
        min: Option<f64>,
        /// The greatest.
        max: Option<f64>,
    },
    /// Text without control characters other than tab, newline and return.
    Text {
        /// The most bytes of UTF-8.
        max: Option<u64>,
    },
    /// Base64 text.
    Bytes {
        /// The most bytes before encoding.
        max: Option<u64>,
    },
    /// Any JSON.
    Json {
        /// The most bytes of canonical JSON.
        max: Option<u64>,
    },
    /// RFC 3339 text in UTC.
    Time,
    /// Milliseconds.
    Duration,
    /// A blob reference.
    Blob {
        /// The media type.
        mime: String,
        /// The most bytes.
        max: u64,
    },
    /// A list.
    List {
        /// The type of an item.
        item: Box<Type>,
        /// How many.
        length: Length,
    },
    /// A value that may be absent.
    Optional(Box<Type>),
    /// A value that is sealed between its intake and the function that asks for it. INVARIANT: neither absent, nor
    /// private once more inside, nor with a reference in it.
    Private(Box<Type>),
    /// A record.
    Record(BTreeMap<String, Field>),
    /// One of these texts.
    Union(Vec<String>),
    /// A dataset reference.
    Dataset(Box<Type>),
    /// A model reference.
    Model {
        /// What a prediction is asked with.
        input: Box<Type>,
        /// What it answers.
        output: Box<Type>,
    },
}

/// How many items a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    /// Any number.
    Any,
    /// So many.
    Exactly(u64),
    /// At most so many.
    AtMost(u64),
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// The value when a call gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
}

impl Type {
    /// The record without fields: the output of an action that answers nothing.
    pub fn nothing() -> Type {
        Type::Record(BTreeMap::new())
    }

    /// What a callback is: a record of its address, which is private since who knows it may answer.
    pub fn callback() -> Type {
        let url = Type::Private(Box::new(Type::Text { max: Some(URL_MAX) }));
        let field = Field {
            ty: url,
            default: None,
        };
        Type::Record(BTreeMap::from([("url".to_owned(), field)]))
    }

    /// The fields of a record; nothing for any other type.
    pub fn fields(&self) -> Option<&BTreeMap<String, Field>> {
        match self {
            Type::Record(fields) => Some(fields),
            _ => None,
        }
    }

    /// The types right inside it, those of fields with their names; of a reference, what it refers to.
    pub fn parts(&self) -> Vec<(Option<&str>, &Type)> {
        match self {
            Type::List { item: inner, .. }
            | Type::Optional(inner)
            | Type::Private(inner)
            | Type::Dataset(inner) => vec![(None, inner)],
            Type::Record(fields) => {
                let fields = fields.iter();
                fields
                    .map(|(name, field)| (Some(name.as_str()), &field.ty))
                    .collect()
            }
            Type::Model { input, output } => vec![(None, input), (None, output)],
            Type::Bool
            | Type::Int { .. }
            | Type::Float { .. }
            | Type::Text { .. }
            | Type::Bytes { .. }
            | Type::Json { .. }
            | Type::Time
            | Type::Duration
            | Type::Blob { .. }
            | Type::Union(_) => Vec::new(),
        }
    }

    /// The type without `?`.
    pub fn present(&self) -> &Type {
        match self {
            Type::Optional(inner) => inner.present(),
            other => other,
        }
    }
}
