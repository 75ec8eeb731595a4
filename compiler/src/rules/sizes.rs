//! Sizes of values and types, and which part of a type decides them.

use flow_lang::plan::{Length, Type};
use flow_lang::units;

/// The field of a record, or of the records of a list, that has the most bytes, with them.
pub(super) fn largest(ty: &Type) -> Option<(&str, u64)> {
    let record = match ty {
        Type::List { item, .. } => item,
        other => other,
    };
    let bounds = record
        .fields()?
        .iter()
        .filter_map(|(name, field)| Some((name.as_str(), field.ty.bound()?)));
    bounds.max_by_key(|(_, bound)| *bound)
}

/// What a part of something has, as a clause: "`image` alone 2MiB".
pub(super) fn alone(part: &str, bytes: u64) -> String {
    format!("`{part}` alone {}", units::size(bytes))
}

/// The first part of a type that has no bound, and a clause about it: "`message` is `text`".
pub(super) fn unbounded(ty: &Type) -> Option<(String, &Type)> {
    let mut path = String::new();
    let part = descend(ty, &mut path)?;
    let clause = match path.is_empty() {
        true => format!("they are `{}`", part.show()),
        false => format!("`{path}` is `{}`", part.show()),
    };
    Some((clause, part))
}

fn descend<'a>(ty: &'a Type, path: &mut String) -> Option<&'a Type> {
    if ty.bound().is_some() {
        return None;
    }
    match ty {
        Type::Record(fields) => fields.iter().find_map(|(name, field)| {
            let length = path.len();
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(name);
            let found = descend(&field.ty, path);
            if found.is_none() {
                path.truncate(length);
            }
            found
        }),
        Type::Optional(inner) | Type::Private(inner) => descend(inner, path),
        Type::List { item, length } if !matches!(length, Length::Any) => {
            path.push_str("[]");
            descend(item, path)
        }
        leaf => Some(leaf),
    }
}
