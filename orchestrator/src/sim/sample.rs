//! Some value of a type, where nobody says which.

use super::Dice;
use flow_lang::plan::{BlobRef, DatasetRef, Length, ModelRef, Type};
use serde_json::{Map, Value, json};

/// Numbers without bounds are small, and so are texts and lists: what is made up has to be read.
const SMALL: u64 = 9;
/// The items of a list that may have any number.
const ITEMS: u64 = 3;
/// A moment and a span.
const NOON: &str = "2030-01-31T12:00:00Z";
const MINUTE_MS: u64 = 60_000;

/// A value that fits the type; the same dice make the same one.
pub fn sample(ty: &Type, dice: &mut Dice) -> Value {
    match ty {
        Type::Bool => json!(dice.chance(50)),
        Type::Int { min, max } => {
            let least = (*min).max(0).min(*max);
            let span = max.abs_diff(least).min(SMALL);
            json!(least + i64::try_from(dice.below(span + 1)).expect("the span is small"))
        }
        Type::Float { min, max } => {
            let least = min.unwrap_or(0.0);
            let most = max.unwrap_or(least.max(0.0) + 1.0);
            // Tenths read well, and both ends come up.
            json!(least + (most - least) * (dice.below(11) as f64 / 10.0))
        }
        Type::Text { max } => {
            let length = max.unwrap_or(SMALL).min(SMALL);
            let letters =
                (0..length).map(|_| char::from(b'a' + u8::try_from(dice.below(26)).expect("26 letters")));
            json!(letters.collect::<String>())
        }
        Type::Bytes { .. } => json!(""),
        Type::Json { .. } => json!(dice.below(SMALL)),
        Type::Time => json!(NOON),
        Type::Duration => json!(MINUTE_MS),
        Type::Blob { mime, max } => json!(BlobRef {
            digest: digest(dice),
            mime: mime.clone(),
            size: (*max).min(1),
        }),
        Type::List { item, length } => {
            let items = match length {
                Length::Any => dice.below(ITEMS + 1),
                Length::Exactly(items) => *items,
                Length::AtMost(most) => dice.below((*most).min(ITEMS) + 1),
            };
            (0..items).map(|_| sample(item, dice)).collect()
        }
        Type::Optional(inner) => match dice.chance(80) {
            true => sample(inner, dice),
            false => Value::Null,
        },
        Type::Private(inner) => sample(inner, dice),
        Type::Record(fields) => {
            let fields = fields
                .iter()
                .map(|(name, field)| (name.clone(), sample(&field.ty, dice)));
            Value::Object(
                fields
                    .filter(|(_, value)| !value.is_null())
                    .collect::<Map<_, _>>(),
            )
        }
        Type::Union(texts) => json!(dice.pick(texts)),
        Type::Dataset(_) => json!(DatasetRef {
            digest: digest(dice),
            name: "sampled".to_owned(),
            rows: 1,
            size: 1,
        }),
        Type::Model { .. } => json!(ModelRef {
            digest: digest(dice),
            train: "sampled".to_owned(),
            version: 1,
            size: 1,
            reports: json!({}),
        }),
    }
}

/// A digest of nothing that is there.
pub fn digest(dice: &mut Dice) -> String {
    blake3::hash(&dice.next().to_le_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flow_lang::plan::Field;

    #[test]
    fn what_is_made_up_fits_its_type() {
        let field = |ty| Field { ty, default: None };
        let list = |length| Type::List {
            item: Box::new(Type::Bool),
            length,
        };
        let types = [
            ("a", Type::Int { min: -3, max: -1 }),
            (
                "b",
                Type::Float {
                    min: Some(0.25),
                    max: None,
                },
            ),
            ("c", Type::Text { max: Some(2) }),
            ("d", Type::Bytes { max: Some(0) }),
            ("e", Type::Json { max: Some(1) }),
            ("f", Type::Time),
            ("g", Type::Duration),
            (
                "h",
                Type::Blob {
                    mime: "image/png".into(),
                    max: 9,
                },
            ),
            ("i", list(Length::Exactly(4))),
            ("j", list(Length::AtMost(1))),
            ("k", list(Length::Any)),
            ("l", Type::Optional(Box::new(Type::Bool))),
            ("m", Type::Union(vec!["x".into(), "y".into()])),
            ("n", Type::Dataset(Box::new(Type::Bool))),
            (
                "o",
                Type::Model {
                    input: Box::new(Type::nothing()),
                    output: Box::new(Type::nothing()),
                },
            ),
        ];
        let record = Type::Record(
            types
                .into_iter()
                .map(|(name, ty)| (name.to_owned(), field(ty)))
                .collect(),
        );
        for seed in 0..200 {
            let value = sample(&record, &mut Dice::new(seed));
            assert_eq!(record.check(&value), Ok(()), "{value}");
        }
    }
}
