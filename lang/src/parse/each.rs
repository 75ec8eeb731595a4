//! `each x in xs parallel 4 { … } |> best(by: score)`.

use super::builder::{Builder, Pair, children};
use super::decl::required;
use super::expr::placeholder;
use crate::ast::{Expr, ExprKind};
use crate::span::Span;
use flow_grammar::Rule;

impl Builder<'_> {
    /// The value of its body is looked at when something takes the list.
    pub(super) fn each(&mut self, pair: Pair<'_>, used: bool) -> Expr {
        let span = self.span(&pair);
        let links = pair.clone().into_inner().count();
        if !self.enter(links, span) {
            return placeholder(span);
        }
        let mut parts = children(pair).peekable();
        let item = self.named(&required(parts.next()));
        let over = Box::new(self.operators(required(parts.next())));
        let number = parts.next_if(|part| part.as_rule() == Rule::number);
        let parallel = number.map(|number| {
            Box::new(Expr {
                span: self.span(&number),
                kind: ExprKind::Literal(self.number(&number)),
            })
        });
        let body = required(parts.next());
        let used = used || parts.peek().is_some();
        let body = self.arm(body, used);
        let mut expr = Expr {
            span: Span {
                end: body.span.end,
                ..span
            },
            kind: ExprKind::Each {
                item,
                over,
                parallel,
                body,
            },
        };
        for target in parts {
            let target = self.pipe_target(target);
            expr = Expr {
                span: expr.span.to(target.span),
                kind: ExprKind::Pipe(Box::new(expr), Box::new(target)),
            };
        }
        self.leave(links);
        expr
    }
}
