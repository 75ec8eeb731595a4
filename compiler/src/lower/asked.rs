//! What a model is asked with, where a whole record is handed to it.

use super::args::Callee;
use super::graph::Body;
use super::value::{Value, part_of};
use crate::types::constant::constant_fits;
use crate::types::fit::misfit;
use crate::types::private::is_private;
use crate::types::show::show;
use crate::types::signature::other_record;
use flow_lang::ast::{self, ExprKind};
use flow_lang::plan::{Expr, Type};
use std::collections::BTreeMap;

impl Body<'_, '_> {
    /// Refuses a record that is not what the model takes, with all that it lacks in one finding. What is written out in
    /// the call is looked at field by field, and what is private like everywhere.
    pub(super) fn check_asked(
        &mut self,
        callee: &Callee<'_>,
        written: &ast::Expr,
        value: &Value,
        named: &BTreeMap<String, (&ast::Expr, Value)>,
    ) -> Option<()> {
        let given = value.ty.present().fields()?;
        if self.unit.plan.asked(callee.name).is_none() || matches!(written.kind, ExprKind::Record(_)) {
            return Some(());
        }
        let mut lacks = vec![];
        for (name, field) in callee.input.fields()? {
            let optional = matches!(field.ty, Type::Optional(_));
            let Some(part) = given.get(name).filter(|_| !named.contains_key(name)) else {
                let filled = named.contains_key(name) || callee.params.contains_key(name);
                if !filled && !optional && field.default.is_none() {
                    lacks.push(format!("has no `{name}: {}`", show(&field.ty)));
                }
                continue;
            };
            // A value that may be absent only keeps the call from being made.
            let ty = if optional { &part.ty } else { part.ty.present() };
            let Some(misfit) = misfit(ty, &field.ty) else {
                continue;
            };
            if misfit.got.as_ref().is_some_and(is_private) {
                return Some(());
            }
            match part_of(&value.expr, name, &part.ty) {
                Expr::Literal(constant) if constant_fits(&constant, ty, &field.ty) => {}
                _ => lacks.push(format!(
                    "has `{name}` as `{}`, not as `{}`",
                    show(ty),
                    show(&field.ty)
                )),
            }
        }
        let Some(finding) = other_record(written.span, callee.name, &lacks) else {
            return Some(());
        };
        let finding = match self.unit.scope.get(callee.name) {
            Some(decl) => finding.also(decl.name.span, "declared here"),
            None => finding,
        };
        let first = callee.input.fields().and_then(|fields| fields.keys().next());
        let example = first.map_or_else(String::new, |first| {
            format!(": `{}({{ {first}: … }})`", callee.name)
        });
        self.refuse(finding.help(format!(
            "hand it what it takes{example}, or declare the two alike"
        )))
    }
}
