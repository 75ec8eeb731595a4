//! The longest value of a type.

use crate::plan::{DATASET_REF_BYTES_MAX, INT_MAX, Length, MODEL_REF_BYTES_MAX, Type, text_size};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// A value that has as many bytes as any of its type; nothing if there is none, if there is no longest, or if it is
/// not known which it is.
pub(super) fn longest(ty: &Type) -> Option<Value> {
    match ty {
        Type::Bool => Some(json!(false)),
        Type::Int { min, max } => {
            let (min, max) = ((*min).max(-INT_MAX), (*max).min(INT_MAX));
            let longer = min.to_string().len() > max.to_string().len();
            (min <= max).then(|| json!(if longer { min } else { max }))
        }
        Type::Float { min, max } => float(*min, *max),
        Type::Text { max } => Some(json!("\"".repeat((*max)? as usize))),
        Type::Bytes { max } => Some(json!(STANDARD.encode(vec![0xff; (*max)? as usize]))),
        Type::Json { max } => match (*max)? {
            0 => None,
            1 => Some(json!(7)),
            max => Some(json!("x".repeat(max as usize - 2))),
        },
        Type::Time => Some(json!("2030-01-31T08:00:00.123456789Z")),
        Type::Duration => Some(json!(INT_MAX)),
        Type::Blob { mime, max } => Some(json!({ "$blob": "f".repeat(64), "mime": mime, "size": max })),
        Type::Dataset(_) => {
            let named =
                |name: String| json!({ "$dataset": "0".repeat(64), "name": name, "rows": 1, "size": 1 });
            Some(padded(named, DATASET_REF_BYTES_MAX))
        }
        Type::Model { .. } => {
            let reporting = |reports: String| json!({ "$model": "0".repeat(64), "train": "fit", "version": 1, "size": 1, "reports": reports });
            Some(padded(reporting, MODEL_REF_BYTES_MAX))
        }
        Type::List { item, length } => {
            let (Length::Exactly(count) | Length::AtMost(count)) = length else {
                return None;
            };
            match count {
                0 => Some(json!([])),
                count => Some(Value::from(vec![longest(item)?; *count as usize])),
            }
        }
        Type::Optional(inner) => {
            let present = longest(inner)?;
            Some(if text_size(&present) < 4 {
                Value::Null
            } else {
                present
            })
        }
        Type::Private(inner) => longest(inner),
        Type::Record(fields) => {
            let fields = fields
                .iter()
                .map(|(name, field)| Some((name.clone(), longest(&field.ty)?)));
            Some(Value::Object(fields.collect::<Option<Map<_, _>>>()?))
        }
        Type::Union(texts) => texts.iter().map(|text| json!(text)).max_by_key(text_size),
    }
}

/// Seventeen digits, a point and an exponent of three digits, with a sign if one is allowed.
fn float(min: Option<f64>, max: Option<f64>) -> Option<Value> {
    const LONG: f64 = 2.225_073_858_507_201_4e-308;
    let allowed = |n: &f64| min.is_none_or(|min| *n >= min) && max.is_none_or(|max| *n <= max);
    let signed = min.is_none_or(|min| min < 0.0);
    [-LONG, LONG]
        .into_iter()
        .find(|n| allowed(n) && (n.is_sign_negative() || !signed))
        .map(|n| json!(n))
}

/// What `make` makes of a text that fills it up to `bytes`.
fn padded(make: impl Fn(String) -> Value, bytes: u64) -> Value {
    let empty = text_size(&make(String::new()));
    make("r".repeat((bytes - empty) as usize))
}
