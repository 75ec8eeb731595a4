//! `catch`: what happens instead, when the chain on its left has failed for good.

use super::graph::Body;
use super::value::{Value, optional};
use flow_lang::ast::{self, Block, Ident};
use flow_lang::plan::{Expr, Field, Guard, INT_MAX, Op, StepIx, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use std::collections::BTreeMap;

/// Why a chain can fail, as the arm sees it.
pub(super) const KINDS: &[&str] = &["timeout", "crash", "limit", "type", "refused", "rolled_back"];
/// The most bytes of an error's message.
const MESSAGE_MAX: u64 = 1 << 10;
/// The most bytes of a step's name in an error.
const STEP_MAX: u64 = 128;

impl Body<'_, '_> {
    /// A `catch`; its value only if that is `used`.
    pub(super) fn catch(
        &mut self,
        body: &ast::Expr,
        error: &Ident,
        arm: &Block,
        span: Span,
        called: Option<&str>,
        used: bool,
    ) -> Option<Value> {
        let first = self.steps.len();
        let tried = self.outcome(body, called, used);
        let caught: Vec<StepIx> = (first..self.steps.len())
            .filter(|ix| self.steps[*ix].caught_by.is_none() && self.steps[*ix].within == self.within)
            .collect();
        if caught.is_empty() && tried.is_some() {
            self.refuse::<()>(
                Finding::new(Code::TypesMismatch, body.span, "nothing here can fail")
                    .help("`catch` stands after a call, on the same line"),
            );
        }
        let op = Op::Catch { body: caught.clone() };
        self.step(None, "catch", op, optional(error_type()), span);
        let catch = self.steps.len() - 1;
        for ix in caught {
            self.steps[ix].caught_by = Some(catch);
        }
        self.check_free(error);
        self.guards.push(Guard {
            step: catch,
            is: true,
        });
        let seen = Value {
            expr: Expr::Step(catch),
            ty: error_type(),
        };
        let instead = self.block_with(&error.name, Some(seen), arm, used);
        self.guards.pop();
        let tried = tried?;
        if !used {
            return Some(Value::nothing());
        }
        let instead = self.arm_value(instead, arm.span)?;
        let ty = self.one_type(&tried.ty, &instead.ty, span)?;
        let failed = Box::new(Expr::Present(Box::new(Expr::Step(catch))));
        Some(Value {
            expr: Expr::If(failed, Box::new(instead.expr), Box::new(tried.expr)),
            ty,
        })
    }
}

/// `{ kind, message, step, attempts }`.
pub(super) fn error_type() -> Type {
    let kinds = KINDS.iter().map(|kind| (*kind).to_owned()).collect();
    let fields = [
        ("kind", Type::Union(kinds)),
        (
            "message",
            Type::Text {
                max: Some(MESSAGE_MAX),
            },
        ),
        ("step", Type::Text { max: Some(STEP_MAX) }),
        ("attempts", Type::Int { min: 0, max: INT_MAX }),
    ];
    let fields = fields.map(|(name, ty)| (name.to_owned(), Field { ty, default: None }));
    Type::Record(BTreeMap::from(fields))
}
