//! What a written type comes to: structural, without names, its bounds checked.

use super::constant::{constant, constant_fits};
use super::show::show;
use crate::lower::type_weight;
use crate::resolve::with_article;
use crate::unit::Unit;
use flow_lang::ast::{self, DeclKind, Ident, ListLength, TypeExpr, TypeKind};
use flow_lang::plan::{Field, INT_MAX, Length, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The most parts of a declared type with all that it contains.
const PARTS_MAX: usize = 10_000;
/// The most declared types inside each other.
const DEPTH_MAX: usize = 64;

/// How far a declared type has come.
#[derive(Clone, Debug)]
pub(crate) enum Progress {
    /// It is being looked at: meeting it again is a ring.
    Open,
    /// What it came to; nothing if it has an error, which is already reported.
    Done(Option<Type>),
}

impl Unit<'_> {
    /// What a written type comes to; nothing if it has an error, which is then reported.
    pub(crate) fn resolve_type(&mut self, written: &TypeExpr) -> Option<Type> {
        let ty = match &written.kind {
            TypeKind::Name(name) => return self.named_type(name, written.span),
            TypeKind::Bool => Type::Bool,
            TypeKind::Int(None) => Type::Int {
                min: -INT_MAX,
                max: INT_MAX,
            },
            TypeKind::Int(Some((min, max))) => {
                self.check_bounds(written.span, *min as f64, *max as f64)?;
                // Beyond these a JSON reader may round; the narrower range is what can be kept.
                Type::Int {
                    min: (*min).max(-INT_MAX),
                    max: (*max).min(INT_MAX),
                }
            }
            TypeKind::Float(None) => Type::Float { min: None, max: None },
            TypeKind::Float(Some((min, max))) => {
                self.check_bounds(written.span, *min, *max)?;
                Type::Float {
                    min: Some(*min),
                    max: Some(*max),
                }
            }
            TypeKind::Text(max) => Type::Text { max: *max },
            TypeKind::Bytes(max) => Type::Bytes { max: *max },
            TypeKind::Json(max) => Type::Json { max: *max },
            TypeKind::Time => Type::Time,
            TypeKind::Duration => Type::Duration,
            TypeKind::Blob { mime, max } => Type::Blob {
                mime: mime.clone(),
                max: *max,
            },
            TypeKind::List(item, length) => Type::List {
                item: Box::new(self.resolve_type(item)?),
                length: match length {
                    ListLength::Any => Length::Any,
                    ListLength::Exactly(count) => Length::Exactly(*count),
                    ListLength::AtMost(count) => Length::AtMost(*count),
                },
            },
            TypeKind::Optional(inner) => match self.resolve_type(inner)? {
                already @ Type::Optional(_) => already,
                inner => Type::Optional(Box::new(inner)),
            },
            TypeKind::Private(inner) => return self.private_type(inner, written.span),
            TypeKind::Record(fields) => return self.record_type(fields),
            TypeKind::Union(words) => {
                let mut known = BTreeSet::new();
                let mut seen: Vec<String> = Vec::new();
                for word in words {
                    match !known.insert(&word.name) {
                        true => self.report.add(Finding::new(
                            Code::NamesDuplicate,
                            word.span,
                            format!("`\"{}\"` stands twice in this type", word.name),
                        )),
                        false => seen.push(word.name.clone()),
                    }
                }
                Type::Union(seen)
            }
            TypeKind::Dataset(row) => {
                Type::Dataset(Box::new(self.resolve_clear_record(row, "a row of a dataset")?))
            }
            TypeKind::Model(input, output) => {
                let input = self.resolve_clear_record(input, "the input of a model");
                let output = self.resolve_clear_record(output, "the output of a model");
                Type::Model {
                    input: Box::new(input?),
                    output: Box::new(output?),
                }
            }
        };
        Some(ty)
    }

    fn too_large(&mut self, name: &str, span: Span) -> Option<Type> {
        let message =
            format!("type `{name}` has more than {PARTS_MAX} parts, or lies more than {DEPTH_MAX} deep");
        self.refuse(Finding::new(Code::SyntaxNesting, span, message).help("keep large parts in a blob"))
    }

    /// Works out a declared type, once.
    pub(crate) fn declare_type(&mut self, name: &str, written: &TypeExpr) {
        if self.types.contains_key(name) {
            return;
        }
        if self.open_types >= DEPTH_MAX {
            let ty = self.too_large(name, written.span);
            self.types.insert(name.to_owned(), Progress::Done(ty));
            return;
        }
        self.types.insert(name.to_owned(), Progress::Open);
        self.open_types += 1;
        let ty = self.resolve_type(written);
        self.open_types -= 1;
        let ty = match ty {
            Some(ty) if type_weight(&ty) > PARTS_MAX => self.too_large(name, written.span),
            ty => ty,
        };
        if let TypeKind::Record(fields) = &written.kind {
            for field in fields {
                self.marks
                    .set(format!("type/{name}/{}", field.name.name), field.name.span);
            }
        }
        self.types.insert(name.to_owned(), Progress::Done(ty));
    }

    /// A type that must be a record; `what` is the part of the declaration that it stands for.
    pub(crate) fn resolve_record(&mut self, written: &TypeExpr, what: &str) -> Option<Type> {
        let ty = self.resolve_type(written)?;
        if ty.fields().is_none() {
            self.report.add(
                Finding::new(
                    Code::TypesMismatch,
                    written.span,
                    format!("{what} is a record, not `{}`", show(&ty)),
                )
                .help(format!(
                    "write `{{ value: {} }}`, with a name of your own",
                    show(&ty)
                )),
            );
            return None;
        }
        Some(ty)
    }

    /// A record type of these fields.
    pub(crate) fn record_type(&mut self, fields: &[ast::Field]) -> Option<Type> {
        let mut seen: BTreeMap<&str, &Ident> = BTreeMap::new();
        let mut resolved = BTreeMap::new();
        let mut broken = false;
        for field in fields {
            if let Some(first) = seen.insert(&field.name.name, &field.name) {
                self.report.add(
                    Finding::new(
                        Code::NamesDuplicate,
                        field.name.span,
                        format!("field `{}` is declared twice", field.name.name),
                    )
                    .also(first.span, "declared first here")
                    .help("give one of them another name"),
                );
                continue;
            }
            match self.field(field) {
                Some(done) => {
                    resolved.insert(field.name.name.clone(), done);
                }
                None => broken = true,
            }
        }
        (!broken).then_some(Type::Record(resolved))
    }

    fn field(&mut self, field: &ast::Field) -> Option<Field> {
        let ty = self.resolve_type(&field.ty)?;
        let Some(written) = &field.default else {
            return Some(Field { ty, default: None });
        };
        let (value, given) = constant(written)
            .map_err(|finding| self.report.add(*finding))
            .ok()?;
        if !constant_fits(&value, &given, &ty) {
            self.report.add(Finding::new(
                Code::TypesMismatch,
                written.span,
                format!(
                    "the default of `{}` is `{}`, expected `{}`",
                    field.name.name,
                    show(&given),
                    show(&ty)
                ),
            ));
            return None;
        }
        Some(Field {
            ty,
            default: Some(value),
        })
    }

    fn named_type(&mut self, name: &str, span: Span) -> Option<Type> {
        if let Some(progress) = self.types.get(name).cloned() {
            self.scope.find(name);
            return match progress {
                Progress::Done(ty) => ty,
                Progress::Open => {
                    self.report.add(
                        Finding::new(Code::GraphCycle, span, format!("type `{name}` contains itself"))
                            .help("a value has a finite size: keep the parts in a list of another type"),
                    );
                    None
                }
            };
        }
        let ident = Ident {
            name: name.to_owned(),
            span,
        };
        let written = match self.scope.get(name) {
            Some(decl) if alias(&decl.kind).is_none() => {
                self.scope.find(name);
                let keyword = decl.kind.keyword();
                let finding = Finding::new(
                    Code::TypesMismatch,
                    span,
                    format!("`{name}` is {}, not a type", with_article(keyword)),
                );
                self.report.add(finding.also(decl.name.span, "declared here"));
                return None;
            }
            _ => self.scope.expect(&ident, "type", alias, &mut self.report)?,
        };
        self.declare_type(name, written);
        match self.types.get(name) {
            Some(Progress::Done(ty)) => ty.clone(),
            Some(Progress::Open) | None => None,
        }
    }

    fn check_bounds(&mut self, span: Span, min: f64, max: f64) -> Option<()> {
        if min > max {
            self.report.add(
                Finding::new(
                    Code::SyntaxLiteral,
                    span,
                    format!("the range {min}..{max} holds nothing"),
                )
                .help(format!("write `{max}..{min}`")),
            );
            return None;
        }
        Some(())
    }
}

fn alias(kind: &DeclKind) -> Option<&TypeExpr> {
    if let DeclKind::Type(ty) = kind {
        Some(ty)
    } else {
        None
    }
}
