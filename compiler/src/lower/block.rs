//! Blocks and their statements.

use super::each::Each;
use super::graph::Body;
use super::register::is_as_declared;
use super::value::Value;
use crate::types::show::show;
use flow_lang::ast::{Block, Expr as Written, ExprKind, Ident, Stmt};
use flow_lang::plan::Type;
use flow_lang::report::{Code, Finding};
use std::collections::BTreeMap;

impl Body<'_, '_> {
    /// The statements of a whole body; its value if it must return one.
    pub(super) fn body(&mut self, block: &Block, returns: Option<(&Type, &Ident)>) -> Option<Value> {
        let (last, before) = match block.stmts.split_last() {
            Some((Stmt::Return(value), before)) if returns.is_some() => (Some(value), before),
            _ => (None, block.stmts.as_slice()),
        };
        self.frames.push(BTreeMap::new());
        let around = self.enter_block();
        for stmt in before {
            self.stmt(stmt);
        }
        let returned = match (last, returns) {
            (Some(written), Some((want, _))) => {
                let at = self.saying(written, None);
                let value = self.value(written, None);
                self.said(at);
                value.and_then(|value| self.give(written, value, want, "the returned value"))
            }
            (None, Some((want, name))) => {
                let again = before.iter().any(|stmt| matches!(stmt, Stmt::Return(_)));
                match again {
                    true => None,
                    false => self.refuse(
                        Finding::new(
                            Code::TypesMismatch,
                            name.span,
                            format!("`{}` returns nothing, expected `{}`", name.name, show(want)),
                        )
                        .help("end its body with `return …`"),
                    ),
                }
            }
            (_, None) => None,
        };
        self.block = around;
        self.close_block();
        let ty = returns.map_or_else(Type::nothing, |(want, _)| want.clone());
        returned.map(|expr| Value { expr, ty })
    }

    /// A block inside a body. Its value is that of its last line, if that is `used`; the outer is nothing if the
    /// block has no value.
    pub(super) fn block(&mut self, block: &Block, used: bool) -> Option<Option<Value>> {
        self.frames.push(BTreeMap::new());
        let around = self.enter_block();
        let end = match block.stmts.split_last() {
            Some((Stmt::Expr(last), before)) if used => {
                before.iter().for_each(|stmt| self.stmt(stmt));
                let at = self.saying(last, None);
                let value = self.value(last, None);
                self.said(at);
                Some(value)
            }
            _ => {
                block.stmts.iter().for_each(|stmt| self.stmt(stmt));
                None
            }
        };
        self.block = around;
        self.close_block();
        end
    }

    /// A block in which one more name holds; without a value if that has an error.
    pub(super) fn block_with(
        &mut self,
        name: &str,
        value: Option<Value>,
        block: &Block,
        used: bool,
    ) -> Option<Option<Value>> {
        self.frames.push(BTreeMap::new());
        self.bind(name, value, None);
        let end = self.block(block, used);
        self.frames.pop();
        end
    }

    /// Begins a block, and gives back the number of the one around.
    fn enter_block(&mut self) -> usize {
        self.blocks += 1;
        std::mem::replace(&mut self.block, self.blocks)
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let { name, ty, value } => {
                let free = self.check_free(name);
                let called = (name.name != "_").then_some(name.name.as_str());
                let first = self.steps.len();
                let declared = ty.as_ref().map(|written| self.unit.resolve_type(written));
                self.declared = declared.clone().filter(|_| is_as_declared(value));
                let at = self.saying(value, Some(&name.name));
                let mut lowered = self.value(value, called);
                self.said(at);
                self.declared = None;
                if let Some(want) = declared {
                    lowered = lowered.zip(want).and_then(|(given, ty)| {
                        let expr = self.give(value, given, &ty, &format!("`{}`", name.name))?;
                        Some(Value { expr, ty })
                    });
                }
                let counted = (free && name.name != "_").then_some(name.span);
                let steps = first..self.steps.len();
                self.bind_steps(&name.name, lowered, counted, steps);
            }
            Stmt::Return(value) => {
                self.value(value, None);
                self.unit.report.add(
                    Finding::new(Code::SyntaxUnexpected, value.span, "`return` cannot stand here")
                        .help("it stands once, as the last line of a `prepare` or an `infer`"),
                );
            }
            Stmt::Expr(expr) => {
                let at = self.saying(expr, None);
                self.statement(expr);
                self.said(at);
            }
        }
    }

    /// An expression that may have blocks of its own, whose values matter only if its own is `used`.
    pub(super) fn outcome(&mut self, written: &Written, called: Option<&str>, used: bool) -> Option<Value> {
        match &written.kind {
            ExprKind::When {
                cond,
                then,
                otherwise,
            } => self.when(cond, then, otherwise.as_ref(), written.span, called, used),
            ExprKind::Each {
                item,
                over,
                parallel,
                body,
            } => {
                let each = Each {
                    item,
                    over,
                    parallel: parallel.as_deref(),
                    body,
                    span: written.span,
                };
                self.each(&each, called, used)
            }
            ExprKind::Catch { body, error, arm } => self.catch(body, error, arm, written.span, called, used),
            ExprKind::Literal(_)
            | ExprKind::Name(_)
            | ExprKind::Field(..)
            | ExprKind::Record(_)
            | ExprKind::List(_)
            | ExprKind::Call(..)
            | ExprKind::Pipe(..)
            | ExprKind::Unary(..)
            | ExprKind::Binary(..)
            | ExprKind::Append { .. }
            | ExprKind::Deploy { .. }
            | ExprKind::Emit { .. }
            | ExprKind::Sleep(_)
            | ExprKind::Wait(_)
            | ExprKind::After { .. } => self.value(written, called),
        }
    }

    /// An expression whose value nobody uses; it must at least do something.
    fn statement(&mut self, expr: &Written) {
        match &expr.kind {
            ExprKind::When { .. } | ExprKind::Each { .. } | ExprKind::Catch { .. } => {
                self.outcome(expr, None, false);
            }
            ExprKind::Call(..)
            | ExprKind::Pipe(..)
            | ExprKind::Append { .. }
            | ExprKind::Deploy { .. }
            | ExprKind::Emit { .. }
            | ExprKind::Sleep(_)
            | ExprKind::Wait(_) => {
                self.value(expr, None);
            }
            ExprKind::After { body, names } => self.after(names, |graph| graph.statement(body)),
            ExprKind::Literal(_)
            | ExprKind::Name(_)
            | ExprKind::Field(..)
            | ExprKind::Record(_)
            | ExprKind::List(_)
            | ExprKind::Unary(..)
            | ExprKind::Binary(..) => {
                let steps = self.steps.len();
                let sound = self.value(expr, None).is_some();
                if sound && self.steps.len() == steps {
                    self.unit.report.add(
                        Finding::new(Code::SyntaxUnexpected, expr.span, "this does nothing")
                            .help("give it a name with `let`, or remove it"),
                    );
                }
            }
        }
    }
}
