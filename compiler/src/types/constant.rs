//! Literals as values with their types, and constants: what stands in defaults and `params`.

use flow_lang::ast::{Expr, ExprKind, Literal, UnaryOp};
use flow_lang::plan::{Field, INT_MAX, Length, Type};
use flow_lang::report::{Code, Finding};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

use crate::types::join::{join, texts};

/// The value of a literal and the smallest type that holds it.
///
/// # Errors
/// What the literal is, if it is no value: a rate or an amount of money.
pub(crate) fn literal(literal: &Literal) -> Result<(Value, Type), &'static str> {
    let float = |value: f64| Type::Float {
        min: Some(value),
        max: Some(value),
    };
    let int = |value: i64| Type::Int {
        min: value,
        max: value,
    };
    Ok(match literal {
        Literal::Bool(value) => (json!(value), Type::Bool),
        Literal::Int(value) => (json!(value), int(*value)),
        Literal::Float(value) => (json!(value), float(*value)),
        Literal::Text(value) => (json!(value), Type::Union(vec![value.clone()])),
        Literal::Duration(ms) => (json!(ms), Type::Duration),
        Literal::Size(bytes) => {
            let size = i64::try_from(*bytes).unwrap_or(INT_MAX);
            (json!(size), int(size))
        }
        Literal::Percent(share) => (json!(share), float(*share)),
        Literal::Rate(_) => return Err("a rate"),
        Literal::Money(_) => return Err("an amount of money"),
    })
}

/// The value of an expression without names and calls, with its type.
///
/// # Errors
/// The part that is no constant.
pub(crate) fn constant(expr: &Expr) -> Result<(Value, Type), Box<Finding>> {
    let refuse = |what: &str| {
        let message = format!("{what} cannot stand here");
        Box::new(Finding::new(Code::TypesMismatch, expr.span, message).help("write a literal"))
    };
    match &expr.kind {
        ExprKind::Literal(written) => literal(written).map_err(refuse),
        ExprKind::Unary(UnaryOp::Negate, of) => match constant(of)? {
            (Value::Number(_), Type::Int { min, max }) => {
                Ok((json!(-min), Type::Int { min: -max, max: -min }))
            }
            (Value::Number(_), Type::Float { min: Some(value), .. }) => Ok((
                json!(-value),
                Type::Float {
                    min: Some(-value),
                    max: Some(-value),
                },
            )),
            _ => Err(refuse("`-` before something that is no number")),
        },
        ExprKind::List(items) => {
            let items: Vec<_> = items.iter().map(constant).collect::<Result<_, _>>()?;
            let mut item = texts(items.iter().map(|(_, ty)| ty));
            if item.is_none() {
                for (_, ty) in &items {
                    let joined = item.as_ref().map_or(Some(ty.clone()), |before| join(before, ty));
                    item = Some(joined.ok_or_else(|| refuse("a list of values of different types"))?);
                }
            }
            let values: Vec<_> = items.into_iter().map(|(value, _)| value).collect();
            let length = Length::Exactly(values.len() as u64);
            let item = Box::new(item.unwrap_or(Type::Bool));
            Ok((Value::Array(values), Type::List { item, length }))
        }
        ExprKind::Record(fields) => {
            let mut values = Map::new();
            let mut types = BTreeMap::new();
            for (name, written) in fields {
                let (value, ty) = constant(written)?;
                values.insert(name.name.clone(), value);
                types.insert(name.name.clone(), Field { ty, default: None });
            }
            Ok((Value::Object(values), Type::Record(types)))
        }
        ExprKind::Name(_)
        | ExprKind::Field(..)
        | ExprKind::Call(..)
        | ExprKind::Pipe(..)
        | ExprKind::Unary(UnaryOp::Not, _)
        | ExprKind::Binary(..)
        | ExprKind::Catch { .. }
        | ExprKind::When { .. }
        | ExprKind::Each { .. }
        | ExprKind::Append { .. }
        | ExprKind::Deploy { .. }
        | ExprKind::Emit { .. }
        | ExprKind::Sleep(_)
        | ExprKind::Wait(_)
        | ExprKind::After { .. } => Err(refuse("something that is computed")),
    }
}

/// Whether a constant fits a type: by its own type, or because the type holds this very value.
pub(crate) fn constant_fits(value: &Value, ty: &Type, want: &Type) -> bool {
    let held = want.present().opened();
    let by_value = matches!(held, Type::Time | Type::Json { .. } | Type::Bytes { .. });
    crate::types::fit::misfit(ty, want).is_none() || (by_value && held.check(value).is_ok())
}
