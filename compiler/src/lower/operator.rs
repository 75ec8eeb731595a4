//! Operators and conditions.

use super::graph::Body;
use super::value::Value;
use crate::types::join::{bounds, join};
use crate::types::private::{is_private, opaque};
use crate::types::show::show;
use flow_lang::ast::{self, BinaryOp, ExprKind, UnaryOp};
use flow_lang::plan::{Expr, INT_MAX, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;

impl Body<'_, '_> {
    /// An expression that must be a `bool`; `what` names its place.
    pub(super) fn condition(&mut self, written: &ast::Expr, what: &str) -> Option<Expr> {
        let value = self.value(written, None)?;
        let finding = Finding::new(
            Code::TypesCondition,
            written.span,
            format!("{what} is `{}`, expected `bool`", show(&value.ty)),
        );
        match &value.ty {
            private if is_private(private) => self.refuse(opaque(written.span, private, what)),
            Type::Bool => Some(value.expr),
            Type::Optional(inner) if **inner == Type::Bool => {
                let finding = finding.help("it may be absent: write `?? false` after it");
                let simple = matches!(written.kind, ExprKind::Name(_) | ExprKind::Field(..));
                self.refuse(match simple {
                    true => finding.edit(written.span.behind(), " ?? false"),
                    false => finding,
                })
            }
            _ => self.refuse(finding.help("compare it with something: `score.accuracy >= 0.95`")),
        }
    }

    pub(super) fn unary(&mut self, op: UnaryOp, of: &ast::Expr) -> Option<Value> {
        match op {
            UnaryOp::Not => {
                let expr = self.condition(of, "what stands after `not`")?;
                Some(Value {
                    expr: Expr::Unary(UnaryOp::Not, Box::new(expr)),
                    ty: Type::Bool,
                })
            }
            UnaryOp::Negate => {
                let value = self.value(of, None)?;
                let ty = match &value.ty {
                    Type::Int { min, max } => Type::Int { min: -max, max: -min },
                    Type::Float { min, max } => Type::Float {
                        min: max.map(|max| -max),
                        max: min.map(|min| -min),
                    },
                    private if is_private(private) => return self.refuse(opaque(of.span, private, "`-`")),
                    other => {
                        let message = format!("`-` stands before `{}`, expected a number", show(other));
                        let finding = Finding::new(Code::TypesMismatch, of.span, message);
                        let finding = self.may_be_absent(finding, [of], [other]);
                        return self.refuse(finding);
                    }
                };
                Some(Value {
                    expr: Expr::Unary(UnaryOp::Negate, Box::new(value.expr)),
                    ty,
                })
            }
        }
    }

    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Option<Value> {
        let written = [left, right];
        let (left, right) = match op {
            BinaryOp::And | BinaryOp::Or => {
                let what = format!("a side of `{}`", op.symbol());
                let sides = (self.condition(left, &what), self.condition(right, &what));
                let bool = |expr| Value { expr, ty: Type::Bool };
                (sides.0.map(bool), sides.1.map(bool))
            }
            _ => (self.value(left, None), self.value(right, None)),
        };
        let (left, right) = (left?, right?);
        for (side, value) in written.iter().zip([&left, &right]) {
            if is_private(&value.ty) {
                let what = format!("`{}`", op.symbol());
                return self.refuse(opaque(side.span, &value.ty, &what));
            }
        }
        let ty = match op {
            BinaryOp::And | BinaryOp::Or => Some(Type::Bool),
            BinaryOp::Default => join(left.ty.present(), &right.ty),
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply => arithmetic(op, &left.ty, &right.ty),
            BinaryOp::Equal | BinaryOp::NotEqual => equal(&left.ty, &right.ty).then_some(Type::Bool),
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                ordered(&left.ty, &right.ty).then_some(Type::Bool)
            }
        };
        let Some(ty) = ty else {
            let message = format!(
                "`{}` stands between `{}` and `{}`",
                op.symbol(),
                show(&left.ty),
                show(&right.ty)
            );
            let finding = Finding::new(Code::TypesMismatch, span, message);
            return self.refuse(match op {
                BinaryOp::Default => finding.help("both sides have one type"),
                _ => self.may_be_absent(finding, written, [&left.ty, &right.ty]),
            });
        };
        Some(Value {
            expr: Expr::Binary(op, Box::new(left.expr), Box::new(right.expr)),
            ty,
        })
    }

    /// Shows the repair if a side may be absent.
    fn may_be_absent<const N: usize>(
        &self,
        finding: Finding,
        written: [&ast::Expr; N],
        types: [&Type; N],
    ) -> Finding {
        let absent = written
            .iter()
            .zip(types)
            .find(|(_, ty)| matches!(ty, Type::Optional(_)));
        match absent {
            Some((side, _)) => {
                let text = self.unit.project.sources.text(side.span);
                finding.help(format!("it may be absent: say what holds then, `({text} ?? …)`"))
            }
            None => finding,
        }
    }
}

fn equal(left: &Type, right: &Type) -> bool {
    let plain = |ty: &Type| {
        matches!(
            ty,
            Type::Bool
                | Type::Int { .. }
                | Type::Float { .. }
                | Type::Text { .. }
                | Type::Union(_)
                | Type::Time
                | Type::Duration
        )
    };
    match (left, right) {
        // Words that can never be equal are a typo.
        (Type::Union(a), Type::Union(b)) => a.iter().any(|word| b.contains(word)),
        _ => plain(left) && plain(right) && join(left, right).is_some(),
    }
}

fn ordered(left: &Type, right: &Type) -> bool {
    match (left, right) {
        (Type::Time, Type::Time) | (Type::Duration, Type::Duration) => true,
        _ => bounds(left).is_some() && bounds(right).is_some(),
    }
}

fn arithmetic(op: BinaryOp, left: &Type, right: &Type) -> Option<Type> {
    if let (Type::Duration, Type::Duration, BinaryOp::Add | BinaryOp::Subtract) = (left, right, op) {
        return Some(Type::Duration);
    }
    let ((low, high), (min, max)) = (bounds(left)?, bounds(right)?);
    let both = |a: Option<f64>, b: Option<f64>| a.zip(b);
    let (least, most) = match op {
        BinaryOp::Add => (
            both(low, min).map(|(a, b)| a + b),
            both(high, max).map(|(a, b)| a + b),
        ),
        BinaryOp::Subtract => (
            both(low, max).map(|(a, b)| a - b),
            both(high, min).map(|(a, b)| a - b),
        ),
        _ => match (low, high, min, max) {
            (Some(low), Some(high), Some(min), Some(max)) => {
                let corners = [low * min, low * max, high * min, high * max];
                let least = corners.into_iter().fold(f64::INFINITY, f64::min);
                (
                    Some(least),
                    Some(corners.into_iter().fold(f64::NEG_INFINITY, f64::max)),
                )
            }
            _ => (None, None),
        },
    };
    match (left, right) {
        (Type::Int { .. }, Type::Int { .. }) => {
            // Casts saturate, and whole numbers end at ±2^53 anyway.
            let whole = |bound: Option<f64>, end: i64| bound.map_or(end, |bound| bound as i64);
            Some(Type::Int {
                min: whole(least, -INT_MAX).clamp(-INT_MAX, INT_MAX),
                max: whole(most, INT_MAX).clamp(-INT_MAX, INT_MAX),
            })
        }
        _ => Some(Type::Float {
            min: least,
            max: most,
        }),
    }
}
