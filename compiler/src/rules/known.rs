//! What is known of a value before anything runs: in which bounds a number lies, which texts it may be.
//!
//! What is known holds for every value that can be there. It may be less than what is true, never more.

mod eval;
mod narrow;
mod reads;
mod words;

pub(super) use eval::Scope;
pub(super) use reads::reads_input;
pub(super) use words::why_never;

use flow_lang::plan::Type;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The most texts that are told apart; of more nothing is known.
const TEXTS_MAX: usize = 64;

/// What is known of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Known {
    /// It may be absent.
    pub(super) absent: bool,
    /// What it is when it is there.
    pub(super) there: There,
}

/// What a value is when it is there.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum There {
    /// It never is.
    Never,
    /// Nothing is known.
    Anything,
    /// A number, both ends included.
    Number(f64, f64),
    /// One of these texts.
    Texts(BTreeSet<String>),
    /// A `bool`.
    Bool(Truth),
    /// A record; of a field that is not here nothing is known.
    Record(BTreeMap<String, Known>),
}

/// What a condition may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Truth {
    pub(super) yes: bool,
    pub(super) no: bool,
}

impl Truth {
    pub(super) const OPEN: Truth = Truth { yes: true, no: true };

    /// Whether it may come to this.
    pub(super) fn may(self, is: bool) -> bool {
        if is { self.yes } else { self.no }
    }

    pub(super) fn not(self) -> Truth {
        Truth {
            yes: self.no,
            no: self.yes,
        }
    }

    pub(super) fn and(self, other: Truth) -> Truth {
        Truth {
            yes: self.yes && other.yes,
            no: self.no || other.no,
        }
    }

    pub(super) fn or(self, other: Truth) -> Truth {
        self.not().and(other.not()).not()
    }
}

impl Known {
    pub(super) const ANYTHING: Known = Known {
        absent: true,
        there: There::Anything,
    };

    pub(super) fn there(there: There) -> Known {
        Known { absent: false, there }
    }

    /// What the type alone says: every value is held against it when it comes in.
    pub(super) fn of_type(ty: &Type) -> Known {
        Known::there(match ty {
            Type::Bool => There::Bool(Truth::OPEN),
            Type::Int { min, max } => There::Number(*min as f64, *max as f64),
            Type::Float { min, max } => {
                There::Number(min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY))
            }
            Type::Duration => There::Number(0.0, f64::INFINITY),
            Type::Union(texts) => There::texts(texts.iter().cloned().collect()),
            Type::Record(fields) => There::Record(
                fields
                    .iter()
                    .map(|(name, field)| (name.clone(), Known::of_type(&field.ty)))
                    .collect(),
            ),
            Type::Optional(inner) => {
                return Known {
                    absent: true,
                    ..Known::of_type(inner)
                };
            }
            Type::Text { .. }
            | Type::Bytes { .. }
            | Type::Json { .. }
            | Type::Time
            | Type::Blob { .. }
            | Type::List { .. }
            | Type::Private(_)
            | Type::Dataset(_)
            | Type::Model { .. } => There::Anything,
        })
    }

    /// A constant.
    pub(super) fn of_value(value: &Value) -> Known {
        Known::there(match value {
            Value::Null => {
                return Known {
                    absent: true,
                    there: There::Never,
                };
            }
            Value::Bool(is) => There::Bool(Truth { yes: *is, no: !*is }),
            Value::Number(number) => match number.as_f64() {
                Some(number) => There::Number(number, number),
                None => There::Anything,
            },
            Value::String(text) => There::Texts(BTreeSet::from([text.clone()])),
            Value::Object(fields) => There::Record(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone(), Known::of_value(value)))
                    .collect(),
            ),
            Value::Array(_) => There::Anything,
        })
    }

    /// What is known of a value that is one of two.
    pub(super) fn or(self, other: Known) -> Known {
        Known {
            absent: self.absent || other.absent,
            there: self.there.or(other.there),
        }
    }

    /// A field of it; absent of an absent value.
    pub(super) fn field(&self, name: &str) -> Known {
        match &self.there {
            There::Record(fields) => match fields.get(name) {
                Some(known) => Known {
                    absent: self.absent || known.absent,
                    there: known.there.clone(),
                },
                None => Known::ANYTHING,
            },
            There::Never => self.clone(),
            There::Anything | There::Number(..) | There::Texts(_) | There::Bool(_) => Known::ANYTHING,
        }
    }

    /// What a condition with this value may come to.
    pub(super) fn truth(&self) -> Truth {
        match self.there {
            There::Bool(truth) if !self.absent => truth,
            There::Bool(_)
            | There::Never
            | There::Anything
            | There::Number(..)
            | There::Texts(_)
            | There::Record(_) => Truth::OPEN,
        }
    }

    /// Whether no value at all is like this: what it is said of never happens.
    pub(super) fn is_impossible(&self) -> bool {
        !self.absent
            && match &self.there {
                There::Never => true,
                There::Anything => false,
                There::Number(min, max) => min > max,
                There::Texts(texts) => texts.is_empty(),
                There::Bool(truth) => !truth.yes && !truth.no,
                There::Record(fields) => fields.values().any(Known::is_impossible),
            }
    }
}

impl There {
    fn texts(texts: BTreeSet<String>) -> There {
        match texts.len() {
            ..=TEXTS_MAX => There::Texts(texts),
            _ => There::Anything,
        }
    }

    fn or(self, other: There) -> There {
        match (self, other) {
            (There::Never, there) | (there, There::Never) => there,
            (There::Number(a, b), There::Number(c, d)) => There::Number(a.min(c), b.max(d)),
            (There::Texts(mut one), There::Texts(two)) => {
                one.extend(two);
                There::texts(one)
            }
            (There::Bool(one), There::Bool(two)) => There::Bool(Truth {
                yes: one.yes || two.yes,
                no: one.no || two.no,
            }),
            (There::Record(one), There::Record(mut two)) => {
                let both = one.into_iter().filter_map(|(name, known)| {
                    let other = two.remove(&name)?;
                    Some((name, known.or(other)))
                });
                There::Record(both.collect())
            }
            (
                There::Anything | There::Number(..) | There::Texts(_) | There::Bool(_) | There::Record(_),
                There::Anything | There::Number(..) | There::Texts(_) | There::Bool(_) | There::Record(_),
            ) => There::Anything,
        }
    }
}
