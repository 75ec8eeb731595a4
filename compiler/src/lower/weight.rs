//! How many parts a value and its type have, for bounds.

use super::value::Value;
use flow_lang::plan::{Expr, Type};

/// The parts of a value and of its type.
pub(super) fn weight(value: &Value) -> usize {
    expr(&value.expr) + type_weight(&value.ty)
}

fn expr(of: &Expr) -> usize {
    let inner = match of {
        Expr::Literal(_) | Expr::Input | Expr::Step(_) | Expr::Item(_) => 0,
        Expr::Field(of, _) | Expr::Unary(_, of) | Expr::Present(of) | Expr::Best { of, .. } => expr(of),
        Expr::Project(of, ty) => expr(of) + type_weight(ty),
        Expr::Record(fields) => fields.values().map(expr).sum(),
        Expr::List(items) => items.iter().map(expr).sum(),
        Expr::Binary(_, left, right) => expr(left) + expr(right),
        Expr::If(cond, then, otherwise) => expr(cond) + expr(then) + expr(otherwise),
    };
    inner + 1
}

/// The parts of a type.
pub(crate) fn type_weight(of: &Type) -> usize {
    if let Type::Union(words) = of {
        return words.len() + 1;
    }
    let parts = of.parts().into_iter();
    parts.map(|(_, part)| type_weight(part)).sum::<usize>() + 1
}
