//! Types as people write them, for messages.

use crate::types::fit::single;
use flow_lang::plan::{INT_MAX, Length, Type};
use flow_lang::units;

/// A type in the language's own words; the type of a literal is shown as the literal.
pub(crate) fn show(ty: &Type) -> String {
    if let Some(literal) = single(ty) {
        return literal;
    }
    let sized = |name: &str, max: &Option<u64>| match max {
        Some(max) => format!("{name}<{}>", units::size(*max)),
        None => name.to_owned(),
    };
    match ty {
        Type::Bool => "bool".into(),
        Type::Int { min, max } if (*min, *max) == (-INT_MAX, INT_MAX) => "int".into(),
        Type::Int { min, max } => format!("int<{min}..{max}>"),
        Type::Float {
            min: Some(min),
            max: Some(max),
        } => format!("float<{min}..{max}>"),
        Type::Float { .. } => "float".into(),
        Type::Text { max } => sized("text", max),
        Type::Bytes { max } => sized("bytes", max),
        Type::Json { max } => sized("json", max),
        Type::Time => "time".into(),
        Type::Duration => "duration".into(),
        Type::Blob { mime, max } => format!("blob<\"{mime}\", {}>", units::size(*max)),
        Type::List { item, length } => match length {
            Length::Any => format!("[{}]", show(item)),
            Length::Exactly(0) => "[]".into(),
            Length::Exactly(count) => format!("[{}; {count}]", show(item)),
            Length::AtMost(count) => format!("[{}; ..{count}]", show(item)),
        },
        Type::Optional(inner) => format!("{}?", show(inner)),
        Type::Private(inner) => format!("private {}", show(inner)),
        Type::Record(fields) if fields.is_empty() => "{}".into(),
        Type::Record(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, field)| format!("{name}: {}", show(&field.ty)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Type::Union(words) => {
            let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
            words.join(" | ")
        }
        Type::Dataset(row) => format!("dataset<{}>", show(row)),
        Type::Model { input, output } => format!("model<{}, {}>", show(input), show(output)),
    }
}
