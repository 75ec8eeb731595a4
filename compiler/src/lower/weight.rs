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
    let inner = match of {
        Type::List { item, .. } => type_weight(item),
        Type::Optional(inner) | Type::Private(inner) | Type::Dataset(inner) => type_weight(inner),
        Type::Record(fields) => fields.values().map(|field| type_weight(&field.ty)).sum(),
        Type::Model { input, output } => type_weight(input) + type_weight(output),
        Type::Union(words) => words.len(),
        Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Text { .. }
        | Type::Bytes { .. }
        | Type::Json { .. }
        | Type::Time
        | Type::Duration
        | Type::Blob { .. } => 0,
    };
    inner + 1
}
