//! Types. The grammar knows that a name may take something in `<>`; which name takes what is told here.

use super::builder::{Builder, Pair, children};
use super::decl::required;
use crate::ast::{Field, Ident, ListLength, Literal, TypeExpr, TypeKind};
use crate::report::{Code, Finding};
use crate::span::Span;
use flow_grammar::Rule;

/// The types of the language: their names cannot be declared.
const BUILT_IN: [&str; 11] = [
    "bool", "int", "float", "text", "bytes", "json", "time", "duration", "blob", "dataset", "model",
];

pub(super) fn is_built_in(name: &str) -> bool {
    BUILT_IN.contains(&name)
}

impl Builder<'_> {
    pub(super) fn type_expr(&mut self, pair: Pair<'_>) -> TypeExpr {
        let span = self.span(&pair);
        if !self.enter(1, span) {
            return placeholder(span);
        }
        let mut private = false;
        let mut ty = placeholder(span);
        let mut marks = 0;
        for part in children(pair) {
            match part.as_rule() {
                Rule::kw_private => private = true,
                Rule::optional => {
                    marks += 1;
                    if marks == 2 {
                        let span = self.span(&part);
                        let message = "a second `?` adds nothing";
                        self.add(
                            Finding::new(Code::SyntaxUnexpected, span, message)
                                .help("remove it")
                                .edit(span, ""),
                        );
                    } else if marks == 1 {
                        ty = TypeExpr {
                            span: ty.span.to(self.span(&part)),
                            kind: TypeKind::Optional(Box::new(ty)),
                        };
                    }
                }
                _ => ty = self.bare_type(part),
            }
        }
        self.leave(1);
        if private {
            ty = TypeExpr {
                span,
                kind: TypeKind::Private(Box::new(ty)),
            };
        }
        ty
    }

    /// A type without `private` and `?`.
    pub(super) fn bare_type(&mut self, pair: Pair<'_>) -> TypeExpr {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::union => TypeKind::Union(children(pair).map(|text| self.text_ident(&text)).collect()),
            Rule::list_type => self.list_type(pair),
            Rule::record_type => TypeKind::Record(self.fields(pair)),
            _ => self.named_type(pair),
        };
        TypeExpr { span, kind }
    }

    pub(super) fn fields(&mut self, pair: Pair<'_>) -> Vec<Field> {
        children(pair)
            .map(|field| {
                let doc = self.doc(field.as_span().start() + self.offset);
                let mut parts = children(field);
                let name = self.ident(&required(parts.next()));
                self.check_length(&name);
                let ty = self.type_expr(required(parts.next()));
                let default = parts.next().map(|value| self.expr(value, true));
                Field {
                    doc,
                    name,
                    ty,
                    default,
                }
            })
            .collect()
    }

    fn list_type(&mut self, pair: Pair<'_>) -> TypeKind {
        let mut parts = children(pair);
        let item = self.type_expr(required(parts.next()));
        let length = match parts.next() {
            None => ListLength::Any,
            Some(bound) if bound.as_rule() == Rule::at_most_items => {
                let number = self.only(bound);
                ListLength::AtMost(self.count(&number))
            }
            Some(number) => ListLength::Exactly(self.count(&number)),
        };
        TypeKind::List(Box::new(item), length)
    }

    fn count(&mut self, number: &Pair<'_>) -> u64 {
        let value = self.number(number);
        match value {
            Literal::Int(count) if count >= 0 => count.unsigned_abs(),
            _ => {
                let message = format!("`{}` is no number of items", number.as_str());
                let help = "a length is a whole number: `[T; 64]`";
                self.add(Finding::new(Code::SyntaxLiteral, self.span(number), message).help(help));
                0
            }
        }
    }

    fn named_type(&mut self, pair: Pair<'_>) -> TypeKind {
        let mut parts = children(pair);
        let name = self.ident(&required(parts.next()));
        let args: Option<Vec<Pair<'_>>> = parts.next().map(|args| children(args).collect());
        let args = args.as_deref();
        match (name.name.as_str(), args) {
            ("bool", None) => TypeKind::Bool,
            ("time", None) => TypeKind::Time,
            ("duration", None) => TypeKind::Duration,
            ("int", None) => TypeKind::Int(None),
            ("float", None) => TypeKind::Float(None),
            ("text", None) => TypeKind::Text(None),
            ("bytes", None) => TypeKind::Bytes(None),
            ("json", None) => TypeKind::Json(None),
            ("int", Some([range])) if range.as_rule() == Rule::range => {
                TypeKind::Int(Some(self.int_range(range.clone())))
            }
            ("float", Some([range])) if range.as_rule() == Rule::range => {
                TypeKind::Float(Some(self.float_range(range.clone())))
            }
            ("text", Some([size])) if size.as_rule() == Rule::number => {
                TypeKind::Text(Some(self.bytes(size)))
            }
            ("bytes", Some([size])) if size.as_rule() == Rule::number => {
                TypeKind::Bytes(Some(self.bytes(size)))
            }
            ("json", Some([size])) if size.as_rule() == Rule::number => {
                TypeKind::Json(Some(self.bytes(size)))
            }
            ("blob", Some([mime, size])) if size.as_rule() == Rule::number => match self.mime(mime.clone()) {
                Some(mime) => TypeKind::Blob {
                    mime,
                    max: self.bytes(size),
                },
                None => self.misused(&name),
            },
            ("dataset", Some([row])) if row.as_rule() == Rule::type_expr => {
                TypeKind::Dataset(Box::new(self.type_expr(row.clone())))
            }
            ("model", Some([input, output]))
                if input.as_rule() == Rule::type_expr && output.as_rule() == Rule::type_expr =>
            {
                let input = self.type_expr(input.clone());
                TypeKind::Model(Box::new(input), Box::new(self.type_expr(output.clone())))
            }
            (other, None) if !is_built_in(other) => TypeKind::Name(name.name),
            _ => self.misused(&name),
        }
    }

    /// The media type of a blob: a union of one text.
    fn mime(&mut self, pair: Pair<'_>) -> Option<String> {
        let union = children(pair)
            .next()
            .filter(|part| part.as_rule() == Rule::union)?;
        let mut texts = children(union);
        let text = self.text_ident(&texts.next()?);
        texts.next().is_none().then_some(text.name)
    }

    fn misused(&mut self, name: &Ident) -> TypeKind {
        let (fact, help) = match name.name.as_str() {
            "bool" | "time" | "duration" => ("takes nothing in `<>`", format!("write `{}`", name.name)),
            "int" => ("takes a range", "write `int` or `int<0..9>`".to_owned()),
            "float" => ("takes a range", "write `float` or `float<0..1>`".to_owned()),
            "text" | "bytes" | "json" => (
                "takes its largest size",
                format!("write `{0}` or `{0}<1KiB>`", name.name),
            ),
            "blob" => (
                "takes a media type and its largest size",
                "write `blob<\"image/png\", 1MiB>`".to_owned(),
            ),
            "dataset" => ("takes the type of a row", "write `dataset<Row>`".to_owned()),
            "model" => (
                "takes an input and an output type",
                "write `model<Input, Output>`".to_owned(),
            ),
            _ => ("takes nothing in `<>`", format!("write `{}`", name.name)),
        };
        self.unexpected(name.span, format!("`{}` {fact}", name.name), help);
        TypeKind::Bool
    }
}

fn placeholder(span: Span) -> TypeExpr {
    TypeExpr {
        span,
        kind: TypeKind::Bool,
    }
}
