//! Which type fits where. The type of a literal is the smallest that holds it (`12` is `int<12..12>`), so one
//! rule serves literals, ranges and bounds alike.

use crate::types::show::show;
use flow_lang::plan::{Length, Type};

/// Why a value of one type cannot stand where another is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Misfit {
    /// The fields that lead to the place; empty for the value itself.
    pub(crate) path: Vec<String>,
    /// The type there; nothing if a required field is not given.
    pub(crate) got: Option<Type>,
    /// The type asked for there.
    pub(crate) want: Type,
}

impl Misfit {
    /// The place, in the user's words; `whole` says what the value itself is.
    pub(crate) fn place(&self, whole: &str) -> String {
        match self.path.is_empty() {
            true => whole.to_owned(),
            false => format!("field `{}` of {whole}", self.path.join(".")),
        }
    }

    /// The fact, in the user's words; `whole` says what the value itself is.
    pub(crate) fn message(&self, whole: &str) -> String {
        let place = self.place(whole);
        match &self.got {
            Some(got) => format!("{place} is `{}`, expected `{}`", show(got), show(&self.want)),
            None => format!("{place} is missing, expected `{}`", show(&self.want)),
        }
    }
}

/// The first place at which `got` does not fit into `want`; nothing if it does.
pub(crate) fn misfit(got: &Type, want: &Type) -> Option<Misfit> {
    match (got, want) {
        (_, Type::Optional(want)) => misfit(got.present(), want.present()),
        (Type::Private(got), Type::Private(want)) => misfit(got, want),
        // What is not private yet becomes so.
        (got, Type::Private(want)) => misfit(got, want),
        (Type::Record(given), Type::Record(asked)) => asked.iter().find_map(|(name, field)| {
            let inner = match given.get(name) {
                Some(given) => misfit(&given.ty, &field.ty),
                None if matches!(field.ty, Type::Optional(_)) => None,
                None => Some(Misfit {
                    path: Vec::new(),
                    got: None,
                    want: field.ty.clone(),
                }),
            };
            inner.map(|mut inner| {
                inner.path.insert(0, name.clone());
                inner
            })
        }),
        _ if holds(got, want) => None,
        _ => Some(Misfit {
            path: Vec::new(),
            got: Some(got.clone()),
            want: want.clone(),
        }),
    }
}

/// Whether a value that fits must be cut to the fields that `want` declares.
pub(crate) fn needs_projection(got: &Type, want: &Type) -> bool {
    // A sealed part is cut when it is opened.
    match (got.present().opened(), want.present().opened()) {
        (Type::Record(given), Type::Record(asked)) => given.iter().any(|(name, field)| {
            asked
                .get(name)
                .is_none_or(|asked| needs_projection(&field.ty, &asked.ty))
        }),
        (Type::List { item: given, .. }, Type::List { item: asked, .. }) => needs_projection(given, asked),
        _ => false,
    }
}

fn holds(got: &Type, want: &Type) -> bool {
    match (got, want) {
        (Type::Bool, Type::Bool) | (Type::Time, Type::Time) | (Type::Duration, Type::Duration) => true,
        (Type::Int { min, max }, Type::Int { min: low, max: high }) => low <= min && max <= high,
        (Type::Int { min, max }, Type::Float { min: low, max: high }) => {
            within(Some(*min as f64), Some(*max as f64), *low, *high)
        }
        (Type::Float { min, max }, Type::Float { min: low, max: high }) => within(*min, *max, *low, *high),
        (Type::Union(words), Type::Text { max }) => {
            words.iter().all(|word| at_most(Some(word.len() as u64), *max))
        }
        (Type::Union(words), Type::Union(allowed)) => words.iter().all(|word| allowed.contains(word)),
        (Type::Text { max: got }, Type::Text { max: want })
        | (Type::Bytes { max: got }, Type::Bytes { max: want })
        | (Type::Json { max: got }, Type::Json { max: want }) => at_most(*got, *want),
        (
            Type::Blob { mime, max },
            Type::Blob {
                mime: asked,
                max: most,
            },
        ) => mime == asked && max <= most,
        (
            Type::List { item, length },
            Type::List {
                item: asked,
                length: allowed,
            },
        ) => {
            (misfit(item, asked).is_none() || *length == Length::Exactly(0)) && fits_length(*length, *allowed)
        }
        // Rows and predictions travel as they are: nothing can be cut from them on the way.
        (Type::Dataset(row), Type::Dataset(asked)) => {
            misfit(row, asked).is_none() && !needs_projection(row, asked)
        }
        (
            Type::Model { input, output },
            Type::Model {
                input: asked,
                output: answer,
            },
        ) => {
            misfit(asked, input).is_none()
                && !needs_projection(asked, input)
                && misfit(output, answer).is_none()
                && !needs_projection(output, answer)
        }
        _ => false,
    }
}

fn fits_length(got: Length, want: Length) -> bool {
    match (got, want) {
        (_, Length::Any) => true,
        (Length::Exactly(got), Length::Exactly(want)) => got == want,
        (Length::Exactly(got) | Length::AtMost(got), Length::AtMost(want)) => got <= want,
        (Length::Any, Length::Exactly(_) | Length::AtMost(_)) | (Length::AtMost(_), Length::Exactly(_)) => {
            false
        }
    }
}

fn within(min: Option<f64>, max: Option<f64>, low: Option<f64>, high: Option<f64>) -> bool {
    low.is_none_or(|low| min.is_some_and(|min| low <= min))
        && high.is_none_or(|high| max.is_some_and(|max| max <= high))
}

fn at_most(got: Option<u64>, want: Option<u64>) -> bool {
    want.is_none_or(|want| got.is_some_and(|got| got <= want))
}

/// The literal, if the type is that of exactly one.
pub(crate) fn single(ty: &Type) -> Option<String> {
    match ty {
        Type::Int { min, max } if min == max => Some(min.to_string()),
        Type::Float {
            min: Some(min),
            max: Some(max),
        } if min == max => Some(min.to_string()),
        Type::Union(words) if words.len() == 1 => Some(format!("\"{}\"", words[0])),
        _ => None,
    }
}
