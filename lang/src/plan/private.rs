//! Private parts of values: where a type says `private`, and how such a part looks while it is sealed.
//!
//! Between its intake and the function that asks for it a private part is `{ "$sealed": "<base64>" }`. Nothing that
//! works on plans and runs can read it: it is handed on whole.

use super::Type;
use serde_json::Value;

/// The one field of a part that is sealed.
pub const SEALED: &str = "$sealed";

/// Bytes that a sealed part has beside what it seals, before base64: a nonce of 24 and a tag of 16.
pub const SEAL_BYTES: u64 = 40;

/// Whether a value is sealed.
pub fn is_sealed(value: &Value) -> bool {
    sealed(value).is_some()
}

/// Whether a value is or holds something that is sealed, at any depth.
pub fn holds_sealed(value: &Value) -> bool {
    is_sealed(value)
        || match value {
            Value::Object(record) => record.values().any(holds_sealed),
            Value::Array(items) => items.iter().any(holds_sealed),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
}

/// The base64 of a sealed value.
pub fn sealed(value: &Value) -> Option<&str> {
    let record = value.as_object().filter(|record| record.len() == 1)?;
    record.get(SEALED)?.as_str()
}

/// How many bytes more the JSON of a value has than it would have with nothing in it sealed: limits count what a
/// function is given, and a seal is not.
pub fn seal_size(value: &Value) -> u64 {
    if let Some(text) = sealed(value) {
        let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count() as u64;
        let bytes = (text.len() as u64 / 4 * 3).saturating_sub(padding);
        let clear = bytes.saturating_sub(SEAL_BYTES);
        let around = "{\"\":\"\"}".len() + SEALED.len();
        return (text.len() as u64 + around as u64).saturating_sub(clear);
    }
    match value {
        Value::Object(record) => record.values().map(seal_size).sum(),
        Value::Array(items) => items.iter().map(seal_size).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

impl Type {
    /// The type without `private` at its head.
    pub fn opened(&self) -> &Type {
        match self {
            Type::Private(inner) => inner,
            other => other,
        }
    }

    /// The names that lead to the first private part; nothing if there is none. Empty for the type itself.
    pub fn private_part(&self) -> Option<Vec<&str>> {
        if let Type::Private(_) = self {
            return Some(Vec::new());
        }
        self.parts().into_iter().find_map(|(name, part)| {
            let mut path = part.private_part()?;
            path.splice(0..0, name);
            Some(path)
        })
    }

    /// Whether any part is private.
    pub fn holds_private(&self) -> bool {
        self.private_part().is_some()
    }

    /// Whether a value of the type says more in the clear than which of its private parts are there.
    pub fn holds_public(&self) -> bool {
        match self {
            Type::Private(_) => false,
            Type::List { item: inner, .. } | Type::Optional(inner) => inner.holds_public(),
            Type::Record(fields) => fields.values().any(|field| field.ty.holds_public()),
            Type::Bool
            | Type::Int { .. }
            | Type::Float { .. }
            | Type::Text { .. }
            | Type::Bytes { .. }
            | Type::Json { .. }
            | Type::Time
            | Type::Duration
            | Type::Blob { .. }
            | Type::Dataset(_)
            | Type::Model { .. }
            | Type::Union(_) => true,
        }
    }

    /// The first part that travels as a reference to something that is kept in the clear.
    pub fn reference(&self) -> Option<&Type> {
        if let Type::Blob { .. } | Type::Dataset(_) | Type::Model { .. } = self {
            return Some(self);
        }
        self.parts().into_iter().find_map(|(_, part)| part.reference())
    }

    /// Changes each private part of `value` that is there: `change` is given its type without `private`.
    ///
    /// # Errors
    /// The first that `change` makes.
    pub fn each_private<E>(
        &self,
        value: &mut Value,
        change: &mut impl FnMut(&Type, &mut Value) -> Result<(), E>,
    ) -> Result<(), E> {
        match (self, value) {
            (Type::Optional(_), Value::Null) => Ok(()),
            (Type::Optional(inner), value) => inner.each_private(value, change),
            (Type::Private(inner), value) => change(inner, value),
            (Type::List { item, .. }, Value::Array(items)) => items
                .iter_mut()
                .try_for_each(|value| item.each_private(value, change)),
            (Type::Record(fields), Value::Object(record)) => {
                fields
                    .iter()
                    .try_for_each(|(name, field)| match record.get_mut(name) {
                        Some(value) => field.ty.each_private(value, change),
                        None => Ok(()),
                    })
            }
            (
                Type::Bool
                | Type::Int { .. }
                | Type::Float { .. }
                | Type::Text { .. }
                | Type::Bytes { .. }
                | Type::Json { .. }
                | Type::Time
                | Type::Duration
                | Type::Blob { .. }
                | Type::List { .. }
                | Type::Record(_)
                | Type::Union(_)
                | Type::Dataset(_)
                | Type::Model { .. },
                _,
            ) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Field, Length};
    use serde_json::json;

    fn record(fields: &[(&str, Type)]) -> Type {
        let field = |(name, ty): &(&str, Type)| {
            let (ty, default) = (ty.clone(), None);
            ((*name).to_owned(), Field { ty, default })
        };
        Type::Record(fields.iter().map(field).collect())
    }

    fn private(ty: Type) -> Type {
        Type::Private(Box::new(ty))
    }

    fn person() -> Type {
        let text = private(Type::Text { max: Some(4) });
        record(&[
            ("age", Type::Int { min: 0, max: 150 }),
            ("name", Type::Optional(Box::new(text.clone()))),
            (
                "notes",
                Type::List {
                    item: Box::new(record(&[("note", text)])),
                    length: Length::Any,
                },
            ),
        ])
    }

    #[test]
    fn every_private_part_that_is_there_is_found_and_nothing_else() {
        let mut value = json!({ "age": 7, "name": null, "notes": [{ "note": "a" }, { "note": "b" }] });
        let mut seen = Vec::new();
        let walked = person().each_private(&mut value, &mut |ty, value| {
            seen.push((ty.show(), value.take()));
            Ok::<(), ()>(())
        });
        assert_eq!(walked, Ok(()));
        let found = |text: &str| ("text<4B>".to_owned(), json!(text));
        assert_eq!(seen, [found("a"), found("b")]);
        assert_eq!(person().private_part(), Some(vec!["name"]));
    }

    #[test]
    fn a_sealed_part_fits_whatever_is_in_it_and_only_where_a_type_says_private() {
        let sealed = json!({ SEALED: "AAAA" });
        assert_eq!(
            person().check(&json!({ "age": 1, "name": sealed, "notes": [] })),
            Ok(())
        );
        let misfit = person().check(&json!({ "age": sealed, "notes": [] }));
        assert_eq!(misfit.map_err(|misfit| misfit.path), Err("age".to_owned()));
    }

    #[test]
    fn a_message_about_a_private_part_does_not_show_it() {
        let value = json!({ "age": 1, "notes": [{ "note": "canary" }] });
        let misfit = person().check(&value).expect_err("the note is too long");
        assert_eq!(
            misfit.to_string(),
            "notes[0].note: expected text of at most 4B, and what was given privately does not fit"
        );
        let whole = private(record(&[("a", Type::Bool)])).check(&json!({ "canary": 1 }));
        let message = whole.expect_err("there is no such field").to_string();
        assert!(!message.contains("canary"), "{message}");
    }

    #[test]
    fn a_seal_does_not_count() {
        // 40 bytes of seal and 7 of JSON are 64 characters of base64.
        let text = "A".repeat(63) + "=";
        assert_eq!(text.len() / 4 * 3 - 1, 47);
        let value = json!({ "a": { SEALED: text }, "b": 1 });
        let clear = json!({ "a": "canar", "b": 1 });
        let size = value.to_string().len() as u64 - seal_size(&value);
        assert_eq!(size, clear.to_string().len() as u64);
    }
}
