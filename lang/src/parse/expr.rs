//! Expressions: flat lists from the grammar become trees here.

use super::builder::{Builder, Pair, children};
use super::decl::required;
use crate::ast::{Arg, Block, Expr, ExprKind, Ident, Literal, Stmt, UnaryOp};
use crate::span::Span;
use flow_grammar::Rule;

impl Builder<'_> {
    /// An expression; `used` says whether something takes its value.
    pub(super) fn expr(&mut self, pair: Pair<'_>, used: bool) -> Expr {
        let span = self.span(&pair);
        let links = pair.clone().into_inner().count();
        if !self.enter(links, span) {
            return placeholder(span);
        }
        let mut parts = children(pair);
        let first = required(parts.next());
        let (afters, tails): (Vec<Pair<'_>>, Vec<Pair<'_>>) =
            parts.partition(|part| part.as_rule() == Rule::after_tail);
        let body = self.step(first, used || !tails.is_empty());
        let body = self.catches(body, &tails);
        let names: Vec<Ident> = afters.into_iter().map(|tail| self.after(tail)).collect();
        self.leave(links);
        match names.last() {
            None => body,
            Some(last) => Expr {
                span: body.span.to(last.span),
                kind: ExprKind::After {
                    body: Box::new(body),
                    names,
                },
            },
        }
    }

    fn after(&mut self, tail: Pair<'_>) -> Ident {
        let name = self.only(tail);
        self.named(&name)
    }

    /// An arm without braces takes what follows it: `a catch x => b catch y => c` is `a catch x => (b catch y => c)`.
    fn catches(&mut self, body: Expr, tails: &[Pair<'_>]) -> Expr {
        let Some((tail, more)) = tails.split_first() else {
            return body;
        };
        let mut parts = children(tail.clone());
        let error = self.named(&required(parts.next()));
        let arm = required(parts.next());
        let braced = matches!(arm.as_rule(), Rule::block | Rule::record) && arm.as_str().starts_with('{');
        let mut arm = if arm.as_rule() == Rule::block {
            self.block(arm, true)
        } else {
            let value = self.step(arm, true);
            line(value)
        };
        if !braced {
            arm = match arm.stmts.pop() {
                Some(Stmt::Expr(value)) => line(self.catches(value, more)),
                _ => arm,
            };
        }
        let caught = Expr {
            span: body.span.to(arm.span),
            kind: ExprKind::Catch {
                body: Box::new(body),
                error,
                arm,
            },
        };
        if braced {
            self.catches(caught, more)
        } else {
            caught
        }
    }

    fn step(&mut self, pair: Pair<'_>, used: bool) -> Expr {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::when_expr => self.when(pair, used),
            Rule::each_expr => self.each(pair, used),
            Rule::append_expr => {
                let (row, dataset) = self.to(pair);
                let row = Box::new(row);
                Expr {
                    span,
                    kind: ExprKind::Append { row, dataset },
                }
            }
            Rule::deploy_expr => {
                let (candidate, model) = self.to(pair);
                let candidate = Box::new(candidate);
                Expr {
                    span,
                    kind: ExprKind::Deploy { candidate, model },
                }
            }
            Rule::emit_expr => {
                let mut parts = children(pair);
                let trigger = self.ident(&required(parts.next()));
                let args = parts.next().map(|args| self.args(args)).unwrap_or_default();
                Expr {
                    span,
                    kind: ExprKind::Emit { trigger, args },
                }
            }
            Rule::sleep_expr => {
                let time = self.only(pair);
                let kind = ExprKind::Sleep(Box::new(self.operators(time)));
                Expr { span, kind }
            }
            Rule::wait_expr => {
                let awaited = self.only(pair);
                let kind = ExprKind::Wait(Box::new(self.operators(awaited)));
                Expr { span, kind }
            }
            Rule::record => self.record(pair),
            _ => self.operators(pair),
        }
    }

    /// `VALUE to NAME`.
    fn to(&mut self, pair: Pair<'_>) -> (Expr, Ident) {
        let mut parts = children(pair);
        let value = self.operators(required(parts.next()));
        (value, self.ident(&required(parts.next())))
    }

    /// `else when` becomes an `else` of one `when`.
    fn when(&mut self, pair: Pair<'_>, used: bool) -> Expr {
        let span = self.span(&pair);
        let mut parts = children(pair);
        let cond = required(parts.next());
        let then = required(parts.next());
        let rest: Vec<Pair<'_>> = parts.collect();
        if !self.enter(rest.len(), span) {
            return placeholder(span);
        }
        let cond = self.operators(cond);
        let then = self.arm(then, used);
        let mut otherwise = None;
        for part in rest.iter().rev() {
            let span = self.span(part);
            let mut inner = children(part.clone());
            let first = required(inner.next());
            otherwise = Some(match inner.next() {
                None => self.arm(first, used),
                Some(then) => {
                    let cond = self.operators(first);
                    let then = self.arm(then, used);
                    line(when_of(span, cond, then, otherwise))
                }
            });
        }
        self.leave(rest.len());
        when_of(span, cond, then, otherwise)
    }

    /// A block, or the record that stands in its place.
    pub(super) fn arm(&mut self, pair: Pair<'_>, used: bool) -> Block {
        if pair.as_rule() == Rule::block {
            return self.block(pair, used);
        }
        let record = self.record(pair);
        if !used {
            self.does_nothing(&record);
        }
        line(record)
    }

    /// The block of a declaration: its last line is a step like every other.
    pub(super) fn body(&mut self, pair: Pair<'_>) -> Block {
        self.block(pair, false)
    }

    fn block(&mut self, pair: Pair<'_>, used: bool) -> Block {
        let span = self.span(&pair);
        let mut stmts = Vec::new();
        let mut parts = children(pair).peekable();
        while let Some(part) = parts.next() {
            let last = parts.peek().is_none();
            let stmt = self.statement(part, used && last);
            stmts.push(stmt);
        }
        Block { stmts, span }
    }

    pub(super) fn statement(&mut self, pair: Pair<'_>, used: bool) -> Stmt {
        let rule = pair.as_rule();
        let mut parts = children(pair);
        let first = required(parts.next());
        match rule {
            Rule::let_stmt => {
                let name = self.named(&first);
                let mut ty = None;
                let mut value = required(parts.next());
                if value.as_rule() == Rule::payload {
                    let written = self.only(value);
                    ty = Some(self.type_expr(written));
                    value = required(parts.next());
                }
                let value = self.expr(value, true);
                Stmt::Let { name, ty, value }
            }
            Rule::return_stmt => Stmt::Return(self.expr(first, true)),
            _ => {
                let expr = self.expr(first, used);
                if !used {
                    self.does_nothing(&expr);
                }
                Stmt::Expr(expr)
            }
        }
    }

    /// Refuses a line without a step in it, whose value nothing takes.
    fn does_nothing(&mut self, expr: &Expr) {
        if has_step(expr) {
            return;
        }
        // What stands in the place of something too deep is no mistake of its own.
        if matches!(&expr.kind, ExprKind::List(items) if items.is_empty())
            && self
                .findings
                .iter()
                .any(|finding| finding.code == crate::report::Code::SyntaxNesting)
        {
            return;
        }
        let (message, help) = match &expr.kind {
            ExprKind::Binary(..) | ExprKind::Unary(UnaryOp::Not, _) => (
                "this does nothing; did you mean `and`?",
                "join it to the line above with `and`, or decide with it: `when … { … }`",
            ),
            ExprKind::Name(_) | ExprKind::Field(..) => (
                "this does nothing",
                "call it: `name({ … })`, or remove it; a value stands alone only as the last line of an arm that is used",
            ),
            _ => (
                "this does nothing",
                "remove it, or name it with `let`; a value stands alone only as the last line of an arm that is used",
            ),
        };
        self.unexpected(expr.span, message, help);
    }

    pub(super) fn chain(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let links = pair.clone().into_inner().count() - 1;
        if !self.enter(links, span) {
            return placeholder(span);
        }
        let mut parts = children(pair);
        let mut expr = self.atom(required(parts.next()));
        for part in parts {
            let span = expr.span.to(self.span(&part));
            let kind = match part.as_rule() {
                Rule::member => {
                    let name = self.only(part);
                    ExprKind::Field(Box::new(expr), self.ident(&name))
                }
                Rule::args => self.call(expr, part),
                _ => {
                    let target = self.pipe_target(part);
                    ExprKind::Pipe(Box::new(expr), Box::new(target))
                }
            };
            expr = Expr { span, kind };
        }
        self.leave(links);
        expr
    }

    pub(super) fn pipe_target(&mut self, pair: Pair<'_>) -> Expr {
        let mut parts = children(pair);
        let name = required(parts.next());
        let mut expr = Expr {
            span: self.span(&name),
            kind: ExprKind::Name(name.as_str().to_owned()),
        };
        for part in parts {
            let span = expr.span.to(self.span(&part));
            let kind = if part.as_rule() == Rule::args {
                self.call(expr, part)
            } else {
                let name = self.only(part);
                ExprKind::Field(Box::new(expr), self.ident(&name))
            };
            expr = Expr { span, kind };
        }
        expr
    }

    fn call(&mut self, callee: Expr, args: Pair<'_>) -> ExprKind {
        if !matches!(callee.kind, ExprKind::Name(_) | ExprKind::Field(..)) {
            let message = "only a name can be called";
            let help =
                "a line that starts with `(` continues the line above: name the value with `let` first";
            self.unexpected(self.span(&args), message, help);
        }
        ExprKind::Call(Box::new(callee), self.args(args))
    }

    pub(super) fn args(&mut self, pair: Pair<'_>) -> Vec<Arg> {
        children(pair)
            .map(|arg| match arg.as_rule() {
                Rule::named_arg => self.arg(arg),
                _ => Arg {
                    name: None,
                    value: self.expr(arg, true),
                },
            })
            .collect()
    }

    /// `name: value`.
    pub(super) fn arg(&mut self, pair: Pair<'_>) -> Arg {
        let (name, value) = self.entry(pair);
        Arg {
            name: Some(name),
            value,
        }
    }

    fn entry(&mut self, pair: Pair<'_>) -> (Ident, Expr) {
        let mut parts = children(pair);
        let name = self.ident(&required(parts.next()));
        (name, self.expr(required(parts.next()), true))
    }

    pub(super) fn record(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let entries = children(pair).map(|entry| self.entry(entry)).collect();
        Expr {
            span,
            kind: ExprKind::Record(entries),
        }
    }

    fn atom(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let literal = match pair.as_rule() {
            Rule::record => return self.record(pair),
            Rule::group => {
                let inner = self.only(pair);
                let inner = self.expr(inner, true);
                return Expr {
                    span,
                    kind: inner.kind,
                };
            }
            Rule::list => {
                let items = children(pair).map(|item| self.expr(item, true)).collect();
                return Expr {
                    span,
                    kind: ExprKind::List(items),
                };
            }
            Rule::name => {
                return Expr {
                    span,
                    kind: ExprKind::Name(pair.as_str().to_owned()),
                };
            }
            Rule::string => Literal::Text(self.text_ident(&pair).name),
            Rule::money => self.money(&pair),
            Rule::rate => self.rate(&pair).map_or(Literal::Int(0), Literal::Rate),
            Rule::bool => Literal::Bool(pair.as_str() == "true"),
            _ => self.number(&pair),
        };
        Expr {
            span,
            kind: ExprKind::Literal(literal),
        }
    }
}

/// A bare value as the block that it stands for.
fn line(value: Expr) -> Block {
    Block {
        span: value.span,
        stmts: vec![Stmt::Expr(value)],
    }
}

fn when_of(span: Span, cond: Expr, then: Block, otherwise: Option<Block>) -> Expr {
    Expr {
        span: otherwise.as_ref().map_or(span, |block| span.to(block.span)),
        kind: ExprKind::When {
            cond: Box::new(cond),
            then,
            otherwise,
        },
    }
}

/// Whether the expression does something when nobody looks at its value.
fn has_step(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call(..)
        | ExprKind::Pipe(..)
        | ExprKind::Catch { .. }
        | ExprKind::When { .. }
        | ExprKind::Each { .. }
        | ExprKind::Append { .. }
        | ExprKind::Deploy { .. }
        | ExprKind::Emit { .. }
        | ExprKind::Sleep(_)
        | ExprKind::Wait(_) => true,
        ExprKind::After { body, .. } => has_step(body),
        ExprKind::Field(of, _) | ExprKind::Unary(_, of) => has_step(of),
        ExprKind::Binary(_, left, right) => has_step(left) || has_step(right),
        ExprKind::Record(entries) => entries.iter().any(|(_, value)| has_step(value)),
        ExprKind::List(items) => items.iter().any(has_step),
        ExprKind::Literal(_) | ExprKind::Name(_) => false,
    }
}

/// What stands in the place of an expression that was refused.
pub(super) fn placeholder(span: Span) -> Expr {
    Expr {
        span,
        kind: ExprKind::List(Vec::new()),
    }
}
