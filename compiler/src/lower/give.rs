//! Handing a value to a place that asks for a type: it must fit, and is cut to what the place declares.

use super::graph::Body;
use super::value::{Value, unasked_field};
use crate::types::constant::constant_fits;
use crate::types::fit::{Misfit, misfit, needs_projection, single};
use crate::types::join::join;
use crate::types::private::is_private;
use crate::types::settings::meant_with;
use crate::types::show::show;
use crate::types::signature::other_model;
use flow_lang::ast::{self, ExprKind};
use flow_lang::plan::{Expr, Field, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use flow_lang::suggest::nearest;
use flow_lang::units::duration_unit;
use std::collections::BTreeMap;

impl Body<'_, '_> {
    /// What the plan computes for a value at a place of type `want`; `what` names the place in messages.
    pub(super) fn give(
        &mut self,
        written: &ast::Expr,
        value: Value,
        want: &Type,
        what: &str,
    ) -> Option<Expr> {
        match (&written.kind, value, want.present().opened()) {
            (
                ExprKind::Record(fields),
                Value {
                    expr: Expr::Record(exprs),
                    ty,
                },
                Type::Record(asked),
            ) => {
                let given = ty.fields().cloned().unwrap_or_default();
                self.give_record(written, fields, (exprs, given), asked, what)
            }
            (_, value, _) => self.give_whole(written.span, value, want, what),
        }
    }

    fn give_record(
        &mut self,
        written: &ast::Expr,
        fields: &[(ast::Ident, ast::Expr)],
        (mut exprs, given): (BTreeMap<String, Expr>, BTreeMap<String, Field>),
        asked: &BTreeMap<String, Field>,
        what: &str,
    ) -> Option<Expr> {
        let mut out = BTreeMap::new();
        let mut broken = false;
        for (name, written) in fields {
            let (Some(field), Some(expr), Some(given)) = (
                asked.get(&name.name),
                exprs.remove(&name.name),
                given.get(&name.name),
            ) else {
                broken = true;
                let known = asked.keys().map(String::as_str);
                self.unit.report.add(unasked_field(&self.unit.scope, name, known));
                continue;
            };
            let value = Value {
                expr,
                ty: given.ty.clone(),
            };
            match self.give(written, value, &field.ty, &format!("`{}`", name.name)) {
                Some(expr) => {
                    out.insert(name.name.clone(), expr);
                }
                None => broken = true,
            }
        }
        for (name, field) in asked.iter().filter(|(name, _)| !given.contains_key(*name)) {
            match (&field.default, &field.ty) {
                (Some(default), _) => {
                    out.insert(name.clone(), Expr::Literal(default.clone()));
                }
                (None, Type::Optional(_)) => {}
                (None, ty) => {
                    broken = true;
                    // A misspelt field is one mistake, and is already told.
                    let misspelt = fields
                        .iter()
                        .any(|(written, _)| nearest(&written.name, [name.as_str()]).is_some());
                    if !misspelt {
                        self.unit.report.add(missing_field(written.span, what, name, ty));
                    }
                }
            }
        }
        (!broken).then_some(Expr::Record(out))
    }

    fn give_whole(&mut self, span: Span, value: Value, want: &Type, what: &str) -> Option<Expr> {
        if let Expr::Literal(literal) = &value.expr
            && constant_fits(literal, &value.ty, want)
        {
            return Some(value.expr);
        }
        if let Some(misfit) = misfit(&value.ty, want) {
            return self.refuse(mismatch(span, &value, &misfit, what));
        }
        if needs_projection(&value.ty, want) {
            return Some(Expr::Project(Box::new(value.expr), want.present().clone()));
        }
        Some(value.expr)
    }
}

/// The finding about a required field that is not given.
pub(super) fn missing_field(span: Span, what: &str, name: &str, ty: &Type) -> Finding {
    Finding::new(
        Code::TypesMissingField,
        span,
        format!("field `{name}` of {what} is missing"),
    )
    .help(format!("add `{name}`, which is `{}`", show(ty)))
}

fn mismatch(span: Span, value: &Value, misfit: &Misfit, what: &str) -> Finding {
    if let (Expr::Literal(literal), Type::Duration) = (&value.expr, misfit.want.present().opened())
        && literal.is_number()
    {
        let message = format!("{what} is a duration and `{literal}` has no unit");
        let number = literal.to_string();
        return meant_with(
            Finding::new(Code::TypesUnit, span, message),
            &number,
            duration_unit(&number),
        );
    }
    let other = misfit
        .got
        .as_ref()
        .and_then(|got| other_model(span, &misfit.place(what), "is asked for here", got, &misfit.want));
    if let Some(finding) = other {
        return finding
            .help("let what asks for it declare the signature of this model, or give it another model");
    }
    let code = match misfit.got {
        Some(_) => Code::TypesMismatch,
        None => Code::TypesMissingField,
    };
    let finding = Finding::new(code, span, misfit.message(what));
    match &misfit.got {
        Some(got) if is_private(got) => finding.help(
            "what is private goes only where it is declared private; what is not asked for does not travel",
        ),
        Some(got @ Type::Optional(_)) if self::misfit(got.present(), &misfit.want).is_none() => {
            finding.help("it may be absent: say what holds then with `??`")
        }
        // Of lists of another length none does.
        Some(Type::List { .. }) => finding,
        Some(got) if single(got).is_none() && join(got, &misfit.want).is_some() => finding
            .help("not all of its values fit: bound it where it comes from, or allow more where it goes"),
        None => {
            let (name, ty) = (misfit.path.last().map_or("", String::as_str), show(&misfit.want));
            finding.help(format!(
                "write the record out, `{{ … }}`, with `{name}`, which is `{ty}`"
            ))
        }
        Some(_) => finding,
    }
}
