//! Expressions: what the plan computes, with its type.

use super::graph::Body;
use crate::resolve::Scope;
use crate::types::constant;
use crate::types::join::{join, texts};
use crate::types::private::{is_private, opaque};
use crate::types::show::show;
use flow_lang::ast::{self, ExprKind, Ident};
use flow_lang::plan::{Expr, Field, Length, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// How many fields of a record a message names.
const FIELDS_NAMED_MAX: usize = 20;

/// What an expression comes to.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// What the plan computes.
    pub(super) expr: Expr,
    /// Its type.
    pub(super) ty: Type,
}

impl Value {
    /// The value of what answers nothing.
    pub(super) fn nothing() -> Value {
        Value {
            expr: Expr::Record(BTreeMap::new()),
            ty: Type::nothing(),
        }
    }
}

impl Body<'_, '_> {
    /// Lowers an expression whose value is used; nothing if it has an error, which is then reported. `called`
    /// is the name of the `let` that it stands in: its outermost step has that name.
    pub(super) fn value(&mut self, written: &ast::Expr, called: Option<&str>) -> Option<Value> {
        match &written.kind {
            ExprKind::Literal(literal) => match constant::literal(literal) {
                Ok((value, ty)) => Some(Value {
                    expr: Expr::Literal(value),
                    ty,
                }),
                Err(what) => self.refuse(Finding::new(
                    Code::TypesMismatch,
                    written.span,
                    format!("{what} is not a value: it can stand in properties only"),
                )),
            },
            ExprKind::Name(name) => self.named(name, written.span),
            ExprKind::Field(of, field) => self.field(of, field, written.span, called),
            ExprKind::Record(fields) => self.record(fields),
            ExprKind::List(items) => self.list(items, written.span),
            ExprKind::Call(callee, args) => self.call(callee, args, None, written.span, called),
            ExprKind::Pipe(left, right) => {
                let piped = (left.as_ref(), self.value(left, None));
                match &right.kind {
                    ExprKind::Call(callee, args) => {
                        self.call(callee, args, Some(piped), written.span, called)
                    }
                    _ => self.call(right, &[], Some(piped), written.span, called),
                }
            }
            ExprKind::Unary(op, of) => self.unary(*op, of),
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, written.span),
            ExprKind::Catch { .. } | ExprKind::When { .. } | ExprKind::Each { .. } => {
                self.outcome(written, called, true)
            }
            ExprKind::Append { row, dataset } => self.append(row, dataset, written.span, called),
            ExprKind::Deploy { candidate, model } => self.deploy(candidate, model, written.span, called),
            ExprKind::Emit { trigger, args } => self.emit(trigger, args, written.span, called),
            ExprKind::Sleep(time) => self.sleep(time, written.span, called),
            ExprKind::Wait(awaited) => self.wait(awaited, written.span, called),
            ExprKind::After { body, names } => self.after(names, |graph| graph.value(body, called)),
        }
    }

    fn record(&mut self, fields: &[(Ident, ast::Expr)]) -> Option<Value> {
        let mut exprs = BTreeMap::new();
        let mut types = BTreeMap::new();
        let mut broken = false;
        for (name, written) in fields {
            let value = self.value(written, None);
            if exprs.contains_key(&name.name) {
                broken = true;
                self.unit.report.add(
                    Finding::new(
                        Code::NamesDuplicate,
                        name.span,
                        format!("field `{}` stands twice in this record", name.name),
                    )
                    .help("keep one of them"),
                );
                continue;
            }
            match value {
                Some(Value { expr, ty }) => {
                    exprs.insert(name.name.clone(), expr);
                    types.insert(name.name.clone(), Field { ty, default: None });
                }
                None => broken = true,
            }
        }
        (!broken).then_some(Value {
            expr: Expr::Record(exprs),
            ty: Type::Record(types),
        })
    }

    fn list(&mut self, items: &[ast::Expr], span: Span) -> Option<Value> {
        let values: Vec<_> = items.iter().map(|item| self.value(item, None)).collect();
        let values: Vec<Value> = values.into_iter().collect::<Option<_>>()?;
        let mut exprs = Vec::new();
        let all_texts = texts(values.iter().map(|value| &value.ty));
        let mut joined: Option<Type> = None;
        for value in values {
            joined = match joined {
                _ if all_texts.is_some() => None,
                None => Some(value.ty),
                Some(before) => match join(&before, &value.ty) {
                    Some(ty) => Some(ty),
                    None => {
                        let message = format!(
                            "the items of a list have one type, but here stand `{}` and `{}`",
                            show(&before),
                            show(&value.ty)
                        );
                        return self.refuse(Finding::new(Code::TypesMismatch, span, message));
                    }
                },
            };
            exprs.push(value.expr);
        }
        let length = Length::Exactly(exprs.len() as u64);
        Some(Value {
            expr: Expr::List(exprs),
            ty: Type::List {
                item: Box::new(all_texts.or(joined).unwrap_or(Type::Bool)),
                length,
            },
        })
    }

    fn field(&mut self, of: &ast::Expr, field: &Ident, span: Span, called: Option<&str>) -> Option<Value> {
        if let ExprKind::Name(name) = &of.kind
            && let Some(declared) = self.declaration(name)
        {
            return self.member(declared, field, span, called);
        }
        if let ExprKind::Name(name) = &of.kind
            && let Some(part) = self.use_part(name, &field.name)
        {
            self.check_growth(of.span)?;
            return Some(part);
        }
        let value = self.value(of, None)?;
        if is_private(&value.ty) {
            return self.refuse(opaque(field.span, &value.ty, &format!("`.{}`", field.name)));
        }
        let found = value.ty.fields().or_else(|| value.ty.present().fields());
        let Some(fields) = found else {
            return self.refuse(Finding::new(
                Code::TypesUnknownField,
                field.span,
                format!("`{}` has no fields, so no `{}`", show(&value.ty), field.name),
            ));
        };
        let Some(described) = fields.get(&field.name) else {
            let finding = unknown_field(&self.unit.scope, field, fields.keys().map(String::as_str));
            return self.refuse(finding);
        };
        let ty = match &value.ty {
            Type::Optional(_) => optional(described.ty.clone()),
            _ => described.ty.clone(),
        };
        Some(Value {
            expr: part_of(&value.expr, &field.name, &described.ty),
            ty,
        })
    }
}

/// The finding about a field that a record does not have.
pub(super) fn unknown_field<'a>(
    scope: &Scope<'_>,
    field: &Ident,
    known: impl Iterator<Item = &'a str>,
) -> Finding {
    let known: Vec<_> = known.collect();
    let finding = Finding::new(
        Code::TypesUnknownField,
        field.span,
        format!("there is no field `{}`", field.name),
    );
    match scope.near(&field.name, known.iter().copied()) {
        Some(near) => finding.meant(near),
        None if known.is_empty() => finding.help("the record has no fields"),
        None if known.len() > FIELDS_NAMED_MAX => finding.help(format!(
            "the record has {} and {} more",
            known[..FIELDS_NAMED_MAX].join(", "),
            known.len() - FIELDS_NAMED_MAX
        )),
        None => finding.help(format!("the record has {}", known.join(", "))),
    }
}

/// The finding about a field that is given and not asked for.
pub(super) fn unasked_field<'a>(
    scope: &Scope<'_>,
    field: &Ident,
    asked: impl Iterator<Item = &'a str>,
) -> Finding {
    let finding = unknown_field(scope, field, asked);
    match (&finding.help, finding.edits.is_empty()) {
        (Some(known), true) => {
            let help = format!("leave it out, or declare it: {known}");
            finding.help(help)
        }
        (None, true) | (_, false) => finding,
    }
}

/// A field of a value. Of a record that is written right here it is what is written there.
pub(super) fn part_of(of: &Expr, name: &str, ty: &Type) -> Expr {
    let field = |of: &Expr| Expr::Field(Box::new(of.clone()), name.to_owned());
    match of {
        Expr::Record(exprs) => exprs.get(name).cloned().unwrap_or(Expr::Literal(Json::Null)),
        Expr::Project(of, _) => match ty.present() {
            Type::Record(_) | Type::List { .. } => Expr::Project(Box::new(field(of)), ty.present().clone()),
            _ => field(of),
        },
        of => field(of),
    }
}

/// A type whose value may be absent.
pub(super) fn optional(ty: Type) -> Type {
    match ty {
        Type::Optional(_) => ty,
        other => Type::Optional(Box::new(other)),
    }
}
