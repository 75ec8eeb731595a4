//! What a condition that holds tells of the input.

use super::{Known, There, Truth};
use flow_lang::ast::{BinaryOp, UnaryOp};
use flow_lang::plan::Expr;

impl Known {
    /// What is known of the input once `cond` has come to `is`.
    pub(in crate::rules) fn narrow(&mut self, cond: &Expr, is: bool) {
        match (cond, is) {
            (Expr::Unary(UnaryOp::Not, of), _) => self.narrow(of, !is),
            (Expr::Binary(BinaryOp::And, left, right), true)
            | (Expr::Binary(BinaryOp::Or, left, right), false) => {
                self.narrow(left, is);
                self.narrow(right, is);
            }
            (Expr::Binary(op, left, right), _) => {
                let Some(op) = holding(*op, is) else { return };
                if let Expr::Literal(value) = &**right
                    && let Some(place) = self.place_mut(left)
                {
                    place.there.compared(op, &Known::of_value(value).there);
                } else if let Expr::Literal(value) = &**left
                    && let Some(place) = self.place_mut(right)
                {
                    place.there.compared(turned(op), &Known::of_value(value).there);
                }
            }
            (place, _) => {
                if let Some(Known {
                    absent: false,
                    there: There::Bool(truth),
                }) = self.place_mut(place)
                {
                    *truth = Truth {
                        yes: truth.yes && is,
                        no: truth.no && !is,
                    };
                }
            }
        }
    }

    /// A part of the input that is there.
    fn place_mut(&mut self, expr: &Expr) -> Option<&mut Known> {
        let place = match expr {
            Expr::Input => self,
            Expr::Field(of, name) => match &mut self.place_mut(of)?.there {
                There::Record(fields) => fields.get_mut(name)?,
                There::Never | There::Anything | There::Number(..) | There::Texts(_) | There::Bool(_) => {
                    return None;
                }
            },
            Expr::Literal(_)
            | Expr::Step(_)
            | Expr::Record(_)
            | Expr::List(_)
            | Expr::Project(..)
            | Expr::Unary(..)
            | Expr::Binary(..)
            | Expr::If(..)
            | Expr::Item(_)
            | Expr::Best { .. }
            | Expr::Present(_) => return None,
        };
        (!place.absent).then_some(place)
    }
}

/// The comparison that holds when this one comes to `is`.
fn holding(op: BinaryOp, is: bool) -> Option<BinaryOp> {
    let other = match op {
        BinaryOp::Equal => BinaryOp::NotEqual,
        BinaryOp::NotEqual => BinaryOp::Equal,
        BinaryOp::Less => BinaryOp::GreaterEqual,
        BinaryOp::LessEqual => BinaryOp::Greater,
        BinaryOp::Greater => BinaryOp::LessEqual,
        BinaryOp::GreaterEqual => BinaryOp::Less,
        BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Default
        | BinaryOp::And
        | BinaryOp::Or => return None,
    };
    Some(if is { op } else { other })
}

/// The same comparison with its sides changed.
fn turned(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEqual => BinaryOp::GreaterEqual,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEqual => BinaryOp::LessEqual,
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Default
        | BinaryOp::And
        | BinaryOp::Or => op,
    }
}

impl There {
    /// Keeps what compares so with a constant. A bound that is itself left out stays, which is a little less than is
    /// known.
    fn compared(&mut self, op: BinaryOp, with: &There) {
        match (&mut *self, with) {
            (There::Number(min, max), There::Number(least, most)) => match op {
                BinaryOp::Equal => (*min, *max) = (min.max(*least), max.min(*most)),
                BinaryOp::Less | BinaryOp::LessEqual => *max = max.min(*most),
                BinaryOp::Greater | BinaryOp::GreaterEqual => *min = min.max(*least),
                BinaryOp::NotEqual
                | BinaryOp::Add
                | BinaryOp::Subtract
                | BinaryOp::Multiply
                | BinaryOp::Default
                | BinaryOp::And
                | BinaryOp::Or => {}
            },
            (There::Texts(texts), There::Texts(these)) if op == BinaryOp::Equal => {
                texts.retain(|text| these.contains(text));
            }
            (There::Texts(texts), There::Texts(these)) if op == BinaryOp::NotEqual && these.len() == 1 => {
                texts.retain(|text| !these.contains(text));
            }
            (there @ There::Anything, There::Texts(_)) if op == BinaryOp::Equal => *there = with.clone(),
            _ => {}
        }
    }
}
