//! The arguments of a call: exactly the fields that the callee declares, whatever more the caller has.

use super::give::missing_field;
use super::graph::Body;
use super::value::{Value, optional, part_of, unasked_field};
use crate::types::fit::misfit;
use crate::types::show::show;
use flow_lang::ast::{self, BinaryOp, ExprKind, Ident};
use flow_lang::plan::{Expr, Field, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What is called.
pub(super) struct Callee<'c> {
    pub(super) name: &'c str,
    /// Its input record.
    pub(super) input: &'c Type,
    /// Values laid under the arguments, over the defaults of the fields.
    pub(super) params: &'c BTreeMap<String, Json>,
    /// The whole call.
    pub(super) span: Span,
}

/// The record that is laid as arguments, if any.
pub(super) type Base<'e> = Option<(&'e ast::Expr, Option<Value>)>;
/// A named argument.
pub(super) type Named<'e> = (&'e Ident, &'e ast::Expr, Option<Value>);

/// What the callee is given.
pub(super) struct Given {
    /// A record.
    pub(super) expr: Expr,
    /// A required field may be absent: then the call is not made.
    pub(super) may_be_absent: bool,
}

impl Body<'_, '_> {
    /// The arguments of a call, defaults filled in.
    pub(super) fn arguments(
        &mut self,
        callee: &Callee<'_>,
        base: Base<'_>,
        named: Vec<Named<'_>>,
    ) -> Option<Given> {
        let asked = callee.input.fields()?;
        let mut named = self.by_name(asked, named)?;
        let base = match base {
            Some((written, value)) => Some((written, self.record_of(callee, written, value?)?)),
            None => None,
        };
        if let Some((written, value)) = &base {
            self.check_literal_fields(written, asked)?;
            self.check_asked(callee, written, value, &named)?;
        }
        if let (Some((_, value)), true) = (&base, named.is_empty())
            && !matches!(value.expr, Expr::Record(_))
            && asked.keys().all(|name| has_field(value, name))
            && misfit(value.ty.present(), callee.input).is_none()
        {
            return Some(Given {
                expr: Expr::Project(Box::new(value.expr.clone()), callee.input.clone()),
                may_be_absent: matches!(value.ty, Type::Optional(_)),
            });
        }
        let mut given = Given {
            expr: Expr::Record(BTreeMap::new()),
            may_be_absent: false,
        };
        let mut out = BTreeMap::new();
        let mut broken = false;
        for (name, field) in asked {
            let fallback = callee.params.get(name).or(field.default.as_ref());
            let value = match (named.remove(name), &base) {
                (Some((written, value)), _) => Some((written.clone(), value)),
                (None, Some((written, value))) => part(written, value, name),
                (None, None) => None,
            };
            let expr = match (value, fallback) {
                (Some((written, value)), _) => {
                    self.argument(&written, value, name, &field.ty, fallback, &mut given)
                }
                (None, Some(fallback)) => Some(Expr::Literal(fallback.clone())),
                (None, None) if matches!(field.ty, Type::Optional(_)) => continue,
                (None, None) => {
                    let place = format!("`{}`", callee.name);
                    self.refuse(missing_field(callee.span, &place, name, &field.ty))
                }
            };
            match expr {
                Some(expr) => {
                    out.insert(name.clone(), expr);
                }
                None => broken = true,
            }
        }
        given.expr = Expr::Record(out);
        (!broken).then_some(given)
    }

    /// One argument. An absent value for a required field takes the fallback, else the call is not made.
    fn argument(
        &mut self,
        written: &ast::Expr,
        value: Value,
        name: &str,
        want: &Type,
        fallback: Option<&Json>,
        given: &mut Given,
    ) -> Option<Expr> {
        let what = format!("`{name}`");
        match (&value.ty, want) {
            (Type::Optional(inner), want) if !matches!(want, Type::Optional(_)) => {
                let present = Value {
                    ty: inner.present().clone(),
                    expr: value.expr,
                };
                let expr = self.give(written, present, want, &what)?;
                match fallback {
                    Some(fallback) => {
                        let fallback = Box::new(Expr::Literal(fallback.clone()));
                        Some(Expr::Binary(BinaryOp::Default, Box::new(expr), fallback))
                    }
                    None => {
                        given.may_be_absent = true;
                        Some(expr)
                    }
                }
            }
            _ => self.give(written, value, want, &what),
        }
    }

    fn by_name<'e>(
        &mut self,
        asked: &BTreeMap<String, Field>,
        named: Vec<Named<'e>>,
    ) -> Option<BTreeMap<String, (&'e ast::Expr, Value)>> {
        let mut by_name = BTreeMap::new();
        let mut broken = false;
        for (name, written, value) in named {
            if !asked.contains_key(&name.name) {
                broken = true;
                self.unit.report.add(unasked_field(
                    &self.unit.scope,
                    name,
                    asked.keys().map(String::as_str),
                ));
            }
            match value {
                Some(value) => {
                    if by_name.insert(name.name.clone(), (written, value)).is_some() {
                        broken = true;
                        let message = format!("`{}` is given twice", name.name);
                        self.unit.report.add(
                            Finding::new(Code::NamesDuplicate, name.span, message).help("keep one of them"),
                        );
                    }
                }
                None => broken = true,
            }
        }
        (!broken).then_some(by_name)
    }

    fn record_of(&mut self, callee: &Callee<'_>, written: &ast::Expr, value: Value) -> Option<Value> {
        if value.ty.present().fields().is_some() {
            return Some(value);
        }
        let finding = Finding::new(
            Code::TypesMismatch,
            written.span,
            format!(
                "`{}` is called with a record, not with `{}`",
                callee.name,
                show(&value.ty)
            ),
        );
        let first = callee.input.fields().and_then(|fields| fields.keys().next());
        self.refuse(match first {
            Some(field) => finding.help(format!("write `{}({{ {field}: … }})`", callee.name)),
            None => finding.help(format!("write `{}()`", callee.name)),
        })
    }

    fn check_literal_fields(&mut self, written: &ast::Expr, asked: &BTreeMap<String, Field>) -> Option<()> {
        let ExprKind::Record(fields) = &written.kind else {
            return Some(());
        };
        let unknown: Vec<_> = fields
            .iter()
            .filter(|(name, _)| !asked.contains_key(&name.name))
            .collect();
        for (name, _) in &unknown {
            self.unit.report.add(unasked_field(
                &self.unit.scope,
                name,
                asked.keys().map(String::as_str),
            ));
        }
        unknown.is_empty().then_some(())
    }
}

fn has_field(value: &Value, name: &str) -> bool {
    value
        .ty
        .present()
        .fields()
        .is_some_and(|fields| fields.contains_key(name))
}

/// A field of the record that is laid as arguments, with the text that it was written as.
fn part(written: &ast::Expr, value: &Value, name: &str) -> Option<(ast::Expr, Value)> {
    let field = value.ty.present().fields()?.get(name)?;
    let text = match &written.kind {
        ExprKind::Record(fields) => fields
            .iter()
            .find(|(field, _)| field.name == name)
            .map(|(_, text)| text),
        _ => None,
    };
    let expr = part_of(&value.expr, name, &field.ty);
    let ty = match &value.ty {
        Type::Optional(_) => optional(field.ty.clone()),
        _ => field.ty.clone(),
    };
    Some((text.unwrap_or(written).clone(), Value { expr, ty }))
}
