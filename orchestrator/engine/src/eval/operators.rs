//! Operators on values. Whole numbers stay whole and exact; one float makes the result a float.

use super::EvalError;
use flow_lang::plan::INT_MAX;
use serde_json::{Number, Value};
use std::cmp::Ordering;

pub(super) fn truth(value: &Value, op: &'static str) -> Result<bool, EvalError> {
    match value {
        Value::Bool(holds) => Ok(*holds),
        Value::Null => Ok(false),
        other => Err(operand(op, other)),
    }
}

pub(super) fn negate(value: &Value) -> Result<Value, EvalError> {
    arithmetic(&SUBTRACT, &Value::from(0), value)
}

/// An operator on two numbers, for whole ones and for floats.
pub(super) struct Arithmetic {
    symbol: &'static str,
    whole: fn(i64, i64) -> Option<i64>,
    float: fn(f64, f64) -> f64,
}

pub(super) const ADD: Arithmetic = Arithmetic {
    symbol: "+",
    whole: i64::checked_add,
    float: |left, right| left + right,
};
pub(super) const SUBTRACT: Arithmetic = Arithmetic {
    symbol: "-",
    whole: i64::checked_sub,
    float: |left, right| left - right,
};
pub(super) const MULTIPLY: Arithmetic = Arithmetic {
    symbol: "*",
    whole: i64::checked_mul,
    float: |left, right| left * right,
};

/// Absent when one side is.
pub(super) fn arithmetic(op: &Arithmetic, left: &Value, right: &Value) -> Result<Value, EvalError> {
    let (left, right) = match (left, right) {
        (Value::Null, _) | (_, Value::Null) => return Ok(Value::Null),
        (Value::Number(left), Value::Number(right)) => (left, right),
        (Value::Number(_), other) | (other, _) => return Err(operand(op.symbol, other)),
    };
    let range = EvalError::Range { op: op.symbol };
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        let exact = (op.whole)(left, right).filter(|value| value.unsigned_abs() <= INT_MAX.unsigned_abs());
        return exact.map(Value::from).ok_or(range);
    }
    let result = (op.float)(float(left), float(right));
    Number::from_f64(result).map(Value::Number).ok_or(range)
}

/// Whether the order of two values is one of `wanted`; it is not when one side is absent.
pub(super) fn ordered(
    symbol: &'static str,
    wanted: fn(Ordering) -> bool,
    left: &Value,
    right: &Value,
) -> Result<bool, EvalError> {
    Ok(wanted(match (left, right) {
        (Value::Null, _) | (_, Value::Null) => return Ok(false),
        (Value::Number(left), Value::Number(right)) => compare(left, right),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(_) | Value::String(_) | Value::Bool(_), other) | (other, _) => {
            return Err(operand(symbol, other));
        }
    }))
}

/// Whether two values are the same; `1` and `1.0` are, and so are two absent ones.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare(left, right).is_eq(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(name, left)| right.get(name).is_some_and(|right| equal(left, right)))
        }
        (left, right) => left == right,
    }
}

fn compare(left: &Number, right: &Number) -> Ordering {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => left.cmp(&right),
        // JSON numbers are finite, so the order is total; minus zero is zero.
        _ => float(left).partial_cmp(&float(right)).unwrap_or(Ordering::Equal),
    }
}

fn float(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

fn operand(op: &'static str, value: &Value) -> EvalError {
    let got = match value {
        Value::Null => "an absent value",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a record",
    };
    EvalError::Operand { op, got }
}
