//! `when`: a step that decides, and arms whose steps stand under it.

use super::graph::Body;
use super::value::{Value, optional};
use crate::types::join::join;
use crate::types::show::show;
use flow_lang::ast::{self, Block};
use flow_lang::plan::{Expr, Guard, Op, StepIx, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use serde_json::Value as Json;

impl Body<'_, '_> {
    /// A `when`; its value only if that is `used`.
    pub(super) fn when(
        &mut self,
        written: &ast::Expr,
        then: &Block,
        otherwise: Option<&Block>,
        span: Span,
        called: Option<&str>,
        used: bool,
    ) -> Option<Value> {
        let decided = self.condition(written, "the condition of a `when`");
        let broken = decided.is_none();
        // The arms are looked at even if the condition has an error.
        let cond = decided.unwrap_or(Expr::Literal(Json::Bool(false)));
        self.step(called, "when", Op::When { cond }, Type::Bool, span);
        let step = self.steps.len() - 1;
        self.mark_part(step, "by", written.span);
        let blocks = [("then", Some(then)), ("else", otherwise)];
        for (part, block) in blocks {
            if let Some(block) = block.filter(|block| !block.stmts.is_empty()) {
                self.mark_part(step, part, block.span);
            }
        }
        let yes = self.arm(step, true, then, used);
        let no = otherwise.map(|block| self.arm(step, false, block, used));
        if broken {
            return None;
        }
        if !used {
            return Some(Value::nothing());
        }
        let yes = self.arm_value(yes, then.span)?;
        let no = match (no, otherwise) {
            (Some(no), Some(block)) => self.arm_value(no, block.span)?,
            _ => Value {
                expr: Expr::Literal(Json::Null),
                ty: optional(yes.ty.clone()),
            },
        };
        let ty = self.one_type(&yes.ty, &no.ty, span)?;
        let cond = Box::new(Expr::Step(step));
        Some(Value {
            expr: Expr::If(cond, Box::new(yes.expr), Box::new(no.expr)),
            ty,
        })
    }

    /// A block whose steps run only if `step` comes to `is`.
    pub(super) fn arm(&mut self, step: StepIx, is: bool, block: &Block, used: bool) -> Option<Option<Value>> {
        self.guards.push(Guard { step, is });
        let value = self.block(block, used);
        self.guards.pop();
        value
    }

    /// The value of an arm, which must have one.
    pub(super) fn arm_value(&mut self, arm: Option<Option<Value>>, span: Span) -> Option<Value> {
        match arm {
            Some(value) => value,
            None => self.refuse(
                Finding::new(
                    Code::TypesMismatch,
                    span,
                    "this arm has no value, and its value is used",
                )
                .help("end it with the value as its last line"),
            ),
        }
    }

    /// The one type of two arms.
    pub(super) fn one_type(&mut self, a: &Type, b: &Type, span: Span) -> Option<Type> {
        match join(a, b) {
            Some(ty) => Some(ty),
            None => self.refuse(
                Finding::new(
                    Code::TypesMismatch,
                    span,
                    format!("one arm is `{}` and the other is `{}`", show(a), show(b)),
                )
                .help("end both arms with a value of one type"),
            ),
        }
    }
}
