//! Types as people write them, for messages.

use super::{INT_MAX, Length, Type};
use crate::units;

impl Type {
    /// The type as in the language, without defaults: `{ digit: int<0..9>, score: float<0..1> }`.
    pub fn show(&self) -> String {
        let bounded = |name: &str, max: &Option<u64>| match max {
            Some(max) => format!("{name}<{}>", size(*max)),
            None => name.to_owned(),
        };
        match self {
            Type::Bool => "bool".to_owned(),
            Type::Int { min, max } if (*min, *max) == (-INT_MAX, INT_MAX) => "int".to_owned(),
            Type::Int { min, max } => format!("int<{min}..{max}>"),
            Type::Float { min: None, max: None } => "float".to_owned(),
            Type::Float { min, max } => {
                let end = |end: &Option<f64>| end.map(number).unwrap_or_default();
                format!("float<{}..{}>", end(min), end(max))
            }
            Type::Text { max } => bounded("text", max),
            Type::Bytes { max } => bounded("bytes", max),
            Type::Json { max } => bounded("json", max),
            Type::Time => "time".to_owned(),
            Type::Duration => "duration".to_owned(),
            Type::Blob { mime, max } => format!("blob<{mime:?}, {}>", size(*max)),
            Type::List { item, length } => match length {
                Length::Any => format!("[{}]", item.show()),
                Length::Exactly(n) => format!("[{}; {n}]", item.show()),
                Length::AtMost(n) => format!("[{}; ..{n}]", item.show()),
            },
            Type::Optional(inner) => match &**inner {
                Type::Union(_) => format!("({})?", inner.show()),
                Type::Private(of) => format!("private {}", Type::Optional(of.clone()).show()),
                inner => format!("{}?", inner.show()),
            },
            Type::Private(inner) => format!("private {}", inner.show()),
            Type::Record(fields) if fields.is_empty() => "{}".to_owned(),
            Type::Record(fields) => {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(name, field)| format!("{name}: {}", field.ty.show()))
                    .collect();
                format!("{{ {} }}", fields.join(", "))
            }
            Type::Union(texts) => {
                let texts: Vec<_> = texts.iter().map(|text| format!("{text:?}")).collect();
                texts.join(" | ")
            }
            Type::Dataset(row) => format!("dataset<{}>", row.show()),
            Type::Model { input, output } => format!("model<{}, {}>", input.show(), output.show()),
        }
    }
}

/// A size that reads back as the same number of bytes.
fn size(bytes: u64) -> String {
    if bytes.is_multiple_of(1 << 10) || bytes.is_multiple_of(1_000) {
        units::size(bytes)
    } else {
        format!("{bytes}B")
    }
}

/// A number without a needless fraction: `1`, `0.5`, `1e300`.
pub(super) fn number(n: f64) -> String {
    if n == 0.0 || (1e-5..1e16).contains(&n.abs()) {
        format!("{n}")
    } else {
        format!("{n:e}")
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::{Field, INT_MAX, Length, Type};

    #[test]
    fn types_read_as_they_are_written() {
        let field = |ty| Field { ty, default: None };
        let label = Type::Record(
            [
                ("digit".to_owned(), field(Type::Int { min: 0, max: 9 })),
                (
                    "score".to_owned(),
                    field(Type::Float {
                        min: Some(0.0),
                        max: Some(1.0),
                    }),
                ),
            ]
            .into(),
        );
        assert_eq!(label.show(), "{ digit: int<0..9>, score: float<0..1> }");
        let model = Type::Model {
            input: Box::new(Type::nothing()),
            output: Box::new(label),
        };
        assert_eq!(
            model.show(),
            "model<{}, { digit: int<0..9>, score: float<0..1> }>"
        );
        let list = |item, length| Type::List {
            item: Box::new(item),
            length,
        };
        let optional = |ty| Type::Optional(Box::new(ty));
        for (ty, text) in [
            (
                Type::Int {
                    min: -INT_MAX,
                    max: INT_MAX,
                },
                "int",
            ),
            (
                Type::Float {
                    min: Some(1e-9),
                    max: Some(1e300),
                },
                "float<1e-9..1e300>",
            ),
            (Type::Text { max: Some(1024) }, "text<1KiB>"),
            (Type::Text { max: Some(1500) }, "text<1500B>"),
            (Type::Json { max: None }, "json"),
            (
                Type::Blob {
                    mime: "image/png".into(),
                    max: 1 << 20,
                },
                "blob<\"image/png\", 1MiB>",
            ),
            (
                Type::Private(Box::new(Type::Text { max: Some(64) })),
                "private text<64B>",
            ),
            (
                optional(Type::Private(Box::new(Type::Union(vec!["a".into(), "b".into()])))),
                "private (\"a\" | \"b\")?",
            ),
            (list(Type::Bool, Length::AtMost(3)), "[bool; ..3]"),
            (list(optional(Type::Time), Length::Exactly(3)), "[time?; 3]"),
            (
                optional(Type::Union(vec!["a".into(), "b".into()])),
                "(\"a\" | \"b\")?",
            ),
        ] {
            assert_eq!(ty.show(), text);
        }
    }
}
