//! One type for two values that can stand in one place: the arms of a `when`, the sides of `??`.

use flow_lang::plan::{Field, Length, Type};
use std::collections::{BTreeMap, BTreeSet};

/// The smallest type that holds the values of both; nothing if there is none.
pub(crate) fn join(a: &Type, b: &Type) -> Option<Type> {
    let joined = match (a, b) {
        (Type::Optional(a), b) | (b, Type::Optional(a)) => {
            Type::Optional(Box::new(join(a.present(), b.present())?))
        }
        (Type::Private(a), b) | (b, Type::Private(a)) => {
            let joined = join(a, b.opened())?;
            return (!joined.holds_private()).then(|| Type::Private(Box::new(joined)));
        }
        (Type::Int { min, max }, Type::Int { min: low, max: high }) => Type::Int {
            min: *min.min(low),
            max: *max.max(high),
        },
        (Type::Int { .. } | Type::Float { .. }, Type::Int { .. } | Type::Float { .. }) => {
            let ((low, high), (min, max)) = (bounds(a)?, bounds(b)?);
            Type::Float {
                min: low.zip(min).map(|(low, min)| low.min(min)),
                max: high.zip(max).map(|(high, max)| high.max(max)),
            }
        }
        (Type::Union(a), Type::Union(b)) => {
            let known: BTreeSet<_> = a.iter().collect();
            let more = b.iter().filter(|word| !known.contains(word));
            Type::Union(a.iter().chain(more).cloned().collect())
        }
        (Type::Text { max: None }, Type::Union(_)) | (Type::Union(_), Type::Text { max: None }) => {
            Type::Text { max: None }
        }
        (Type::Text { max: Some(max) }, Type::Union(words))
        | (Type::Union(words), Type::Text { max: Some(max) }) => {
            let longest = words.iter().map(|word| word.len() as u64).max().unwrap_or(0);
            Type::Text {
                max: Some(longest.max(*max)),
            }
        }
        (Type::Text { max: a }, Type::Text { max: b }) => Type::Text { max: most(*a, *b) },
        (Type::Bytes { max: a }, Type::Bytes { max: b }) => Type::Bytes { max: most(*a, *b) },
        (Type::Json { max: a }, Type::Json { max: b }) => Type::Json { max: most(*a, *b) },
        (
            Type::Blob { mime, max },
            Type::Blob {
                mime: other,
                max: high,
            },
        ) if mime == other => Type::Blob {
            mime: mime.clone(),
            max: *max.max(high),
        },
        (
            Type::List { item, length },
            Type::List {
                item: other,
                length: count,
            },
        ) => Type::List {
            // An empty list is one of anything.
            item: match (length, count) {
                (_, Length::Exactly(0)) => item.clone(),
                (Length::Exactly(0), _) => other.clone(),
                _ => Box::new(join(item, other)?),
            },
            length: longest(*length, *count),
        },
        (Type::Record(a), Type::Record(b)) => {
            let names: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            let fields: Option<BTreeMap<_, _>> = names
                .into_iter()
                .map(|name| {
                    let ty = match (a.get(name), b.get(name)) {
                        (Some(a), Some(b)) => join(&a.ty, &b.ty)?,
                        // Where one of them does not have it, it is absent.
                        (Some(one), None) | (None, Some(one)) if matches!(one.ty, Type::Optional(_)) => {
                            one.ty.clone()
                        }
                        (Some(_), None) | (None, Some(_) | None) => return None,
                    };
                    Some((name.clone(), Field { ty, default: None }))
                })
                .collect();
            Type::Record(fields?)
        }
        (a, b) if a == b => a.clone(),
        _ => return None,
    };
    Some(joined)
}

/// The type of many texts, each of which is known, in one go; nothing if any is something else.
pub(crate) fn texts<'a>(types: impl Iterator<Item = &'a Type>) -> Option<Type> {
    let mut known = BTreeSet::new();
    let mut words = Vec::new();
    for ty in types {
        let Type::Union(more) = ty else { return None };
        words.extend(more.iter().filter(|word| known.insert(*word)).cloned());
    }
    (!words.is_empty()).then_some(Type::Union(words))
}

/// The least and the greatest of a number; nothing for any other type.
pub(crate) fn bounds(ty: &Type) -> Option<(Option<f64>, Option<f64>)> {
    match ty {
        Type::Int { min, max } => Some((Some(*min as f64), Some(*max as f64))),
        Type::Float { min, max } => Some((*min, *max)),
        _ => None,
    }
}

fn most(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    a.zip(b).map(|(a, b)| a.max(b))
}

fn longest(a: Length, b: Length) -> Length {
    match (a, b) {
        (Length::Any, _) | (_, Length::Any) => Length::Any,
        (Length::Exactly(a), Length::Exactly(b)) if a == b => Length::Exactly(a),
        (Length::Exactly(a) | Length::AtMost(a), Length::Exactly(b) | Length::AtMost(b)) => {
            Length::AtMost(a.max(b))
        }
    }
}
