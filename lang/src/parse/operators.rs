//! Precedence: a flat list of operands and operators becomes a tree.

use super::builder::{Builder, Pair};
use super::decl::required;
use super::expr::placeholder;
use crate::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::report::{Code, Finding};
use crate::span::Span;
use flow_grammar::Rule;
use std::iter::Peekable;
use std::vec::IntoIter;

/// How tight `not` and the unary `-` hold what is on their right.
const NOT: u8 = 3;
const NEGATE: u8 = 8;

type Parts<'t> = Peekable<IntoIter<Pair<'t>>>;

impl Builder<'_> {
    /// `a + b * c`, `not a and b`, or a single operand.
    pub(super) fn operators(&mut self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let parts: Vec<Pair<'_>> = pair.into_inner().collect();
        let links = parts.len() - 1;
        if !self.enter(links, span) {
            return placeholder(span);
        }
        let expr = self.operand(&mut parts.into_iter().peekable(), 0);
        self.leave(links);
        expr
    }

    /// An operand with all operators behind it that bind tighter than `outer`.
    fn operand(&mut self, parts: &mut Parts<'_>, outer: u8) -> Expr {
        let first = required(parts.next());
        let mut left = if first.as_rule() == Rule::prefix {
            self.prefixed(&first, parts, outer)
        } else {
            self.chain(first)
        };
        let mut compared = None;
        while let Some(sign) = parts.next_if(|sign| level(operator(sign)) > outer) {
            let op = operator(&sign);
            if compared.is_some() && is_comparison(op) {
                self.chained(&sign, &left, outer);
            }
            compared = compared.or(is_comparison(op).then_some(op));
            let right = self.operand(parts, level(op));
            left = Expr {
                span: left.span.to(right.span),
                kind: ExprKind::Binary(op, Box::new(left), Box::new(right)),
            };
        }
        left
    }

    /// Two comparisons of three values, of which the middle one belongs to both.
    fn chained(&mut self, sign: &Pair<'_>, left: &Expr, outer: u8) {
        let finding = Finding::new(
            Code::SyntaxUnexpected,
            self.span(sign),
            "comparisons do not chain",
        )
        .help("write `a < b and b < c`");
        let middle = match &left.kind {
            ExprKind::Binary(_, _, middle) => middle,
            _ => left,
        };
        // What is called would be called twice, and behind a `not` an `and` would mean something else.
        let (start, end) = (middle.span.start as usize, middle.span.end as usize);
        let again = format!(" and {}", &self.text[start..end]);
        self.add(match calls_nothing(middle) && outer < NOT {
            true => finding.edit(self.place(end, end), again),
            false => finding,
        });
    }

    fn prefixed(&mut self, sign: &Pair<'_>, parts: &mut Parts<'_>, outer: u8) -> Expr {
        let span: Span = self.span(sign);
        let (op, level) = match sign.as_str() {
            "-" => (UnaryOp::Negate, NEGATE),
            _ => (UnaryOp::Not, NOT),
        };
        if level < outer {
            let help = "put it into brackets: `(not …)`";
            self.unexpected(span, "`not` binds looser than the operator before it", help);
        }
        let of = self.operand(parts, level);
        Expr {
            span: span.to(of.span),
            kind: ExprKind::Unary(op, Box::new(of)),
        }
    }
}

/// A literal, or a name and its fields.
fn calls_nothing(expr: &Expr) -> bool {
    if let ExprKind::Field(of, _) = &expr.kind {
        return calls_nothing(of);
    }
    matches!(expr.kind, ExprKind::Literal(_) | ExprKind::Name(_))
}

/// From loosest to tightest; `not` and the unary `-` lie between.
fn level(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And => 2,
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterEqual => 4,
        BinaryOp::Default => 5,
        BinaryOp::Add | BinaryOp::Subtract => 6,
        BinaryOp::Multiply => 7,
    }
}

fn is_comparison(op: BinaryOp) -> bool {
    level(op) == level(BinaryOp::Equal)
}

fn operator(sign: &Pair<'_>) -> BinaryOp {
    match sign.as_str() {
        "*" => BinaryOp::Multiply,
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Subtract,
        "??" => BinaryOp::Default,
        "==" => BinaryOp::Equal,
        "!=" => BinaryOp::NotEqual,
        "<" => BinaryOp::Less,
        "<=" => BinaryOp::LessEqual,
        ">" => BinaryOp::Greater,
        ">=" => BinaryOp::GreaterEqual,
        "and" => BinaryOp::And,
        "or" => BinaryOp::Or,
        other => unreachable!("the grammar has no operator `{other}`"),
    }
}
