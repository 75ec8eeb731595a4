//! The value of an expression between steps.
//!
//! An absent value is `null`. The compiler has proved that values fit where they are used, so what can still go
//! wrong is arithmetic that leaves the range of exact numbers; every other case is decided, never a panic:
//! a field of what is absent is absent, arithmetic with an absent value is absent, an absent condition does
//! not hold, and an absent value is neither less nor greater than anything.

mod operators;

use crate::{Run, State};
use flow_lang::ast::{BinaryOp, UnaryOp};
use flow_lang::plan::private::is_sealed;
use flow_lang::plan::{Expr, Graph, Type};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cmp::Ordering;

/// What an expression can see.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The input of the graph; for the filter of a rule, the event.
    pub input: &'a Value,
    /// The steps of the run; none for the filter of a rule. A step that is not done is absent.
    pub steps: &'a [State],
    /// The round of an `each` that it stands in.
    pub inside: Option<Inside<'a>>,
}

/// A round of an `each`, from where its own steps are seen and those around it.
#[derive(Clone, Copy, Debug)]
pub struct Inside<'a> {
    /// The run.
    pub run: &'a Run,
    /// Its graph.
    pub graph: &'a Graph,
    /// The round, by its number in the run.
    pub round: usize,
}

/// Why an expression has no value. For the step that needed it, an error of kind `type`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// An operand is of another type.
    #[error("`{op}` does not take {got}")]
    Operand {
        /// The operator as written.
        op: &'static str,
        /// What stood there: `text`, `a record`, …
        got: &'static str,
    },
    /// The result is no exact number any more.
    #[error("the result of `{op}` is out of range: whole numbers go to ±2^53, others must be finite")]
    Range {
        /// The operator as written.
        op: &'static str,
    },
}

const ABSENT: &Value = &Value::Null;

/// Computes `expr`. The depth of recursion is the depth of the expression, which the parser bounds.
///
/// # Errors
/// An operator that is given what it does not take, or whose result is out of range.
pub fn eval(expr: &Expr, scope: &Scope) -> Result<Value, EvalError> {
    value_of(expr, scope).map(Cow::into_owned)
}

/// Borrows as long as it can: a field of a large result is copied alone.
fn value_of<'a>(expr: &'a Expr, scope: &Scope<'a>) -> Result<Cow<'a, Value>, EvalError> {
    Ok(match expr {
        Expr::Literal(value) => Cow::Borrowed(value),
        Expr::Input => Cow::Borrowed(scope.input),
        Expr::Step(ix) => Cow::Borrowed(match scope.place(*ix).and_then(|at| scope.steps.get(at)) {
            Some(State::Done { output }) => output,
            _ => ABSENT,
        }),
        Expr::Item(each) => Cow::Borrowed(scope.item(*each).unwrap_or(ABSENT)),
        Expr::Best { of, by, least } => best(value_of(of, scope)?, by, *least)?,
        Expr::Field(of, name) => field(value_of(of, scope)?, name),
        Expr::Record(fields) => {
            let mut record = Map::new();
            for (name, expr) in fields {
                let value = eval(expr, scope)?;
                if !value.is_null() {
                    record.insert(name.clone(), value);
                }
            }
            Cow::Owned(Value::Object(record))
        }
        Expr::List(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| eval(item, scope)).collect();
            Cow::Owned(Value::Array(items?))
        }
        Expr::Project(of, ty) => Cow::Owned(project(ty, eval(of, scope)?)),
        Expr::Unary(UnaryOp::Negate, of) => Cow::Owned(operators::negate(&*value_of(of, scope)?)?),
        Expr::Unary(UnaryOp::Not, of) => Cow::Owned(Value::Bool(!holds(of, scope, "not")?)),
        Expr::Binary(op, left, right) => return binary(*op, left, right, scope),
        Expr::If(cond, then, otherwise) => {
            let taken = if holds(cond, scope, "when")? {
                then
            } else {
                otherwise
            };
            return value_of(taken, scope);
        }
        Expr::Present(of) => Cow::Owned(Value::Bool(!value_of(of, scope)?.is_null())),
    })
}

impl<'a> Scope<'a> {
    fn place(&self, step: usize) -> Option<usize> {
        match self.inside {
            Some(inside) => inside.run.at_hand(inside.graph, Some(inside.round), step),
            None => Some(step),
        }
    }

    fn item(&self, each: usize) -> Option<&'a Value> {
        let inside = self.inside?;
        let round = inside.run.round_of(inside.graph, Some(inside.round), each)?;
        Some(&round.item)
    }
}

/// One item of the list that `expr` comes to; the outer is nothing if it comes to none.
pub(crate) fn item(expr: &Expr, scope: &Scope, at: usize) -> Result<Option<Value>, EvalError> {
    Ok(match value_of(expr, scope)? {
        Cow::Borrowed(list) => list.get(at).cloned(),
        Cow::Owned(mut list) => list.get_mut(at).map(Value::take),
    })
}

/// How many items the list has that `expr` comes to; nothing if it is absent.
pub(crate) fn count(expr: &Expr, scope: &Scope) -> Result<Option<usize>, EvalError> {
    Ok(value_of(expr, scope)?.as_array().map(Vec::len))
}

/// The first of those with the greatest number, or the least.
fn best<'a>(list: Cow<'a, Value>, by: &str, least: bool) -> Result<Cow<'a, Value>, EvalError> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let wins = |than: &Value, item: &Value| {
        let wanted = if least { Ordering::is_lt } else { Ordering::is_gt };
        operators::ordered("best", wanted, &item[by], &than[by])
    };
    let mut chosen: Option<usize> = None;
    for (at, item) in items.iter().enumerate().filter(|(_, item)| !item[by].is_null()) {
        if chosen.map_or(Ok(true), |best| wins(&items[best], item))? {
            chosen = Some(at);
        }
    }
    let Some(chosen) = chosen else {
        return Ok(Cow::Borrowed(ABSENT));
    };
    Ok(match list {
        Cow::Borrowed(list) => Cow::Borrowed(&list[chosen]),
        Cow::Owned(mut list) => Cow::Owned(list[chosen].take()),
    })
}

/// Whether a condition holds; what is absent does not.
fn holds(expr: &Expr, scope: &Scope, op: &'static str) -> Result<bool, EvalError> {
    operators::truth(&*value_of(expr, scope)?, op)
}

fn field<'a>(of: Cow<'a, Value>, name: &str) -> Cow<'a, Value> {
    match of {
        Cow::Borrowed(value) => Cow::Borrowed(value.get(name).unwrap_or(ABSENT)),
        Cow::Owned(mut value) => Cow::Owned(value.get_mut(name).map(Value::take).unwrap_or_default()),
    }
}

fn binary<'a>(
    op: BinaryOp,
    left: &'a Expr,
    right: &'a Expr,
    scope: &Scope<'a>,
) -> Result<Cow<'a, Value>, EvalError> {
    let both = || Ok((value_of(left, scope)?, value_of(right, scope)?));
    let compare = |wanted: fn(Ordering) -> bool| {
        let (left, right) = both()?;
        operators::ordered(op.symbol(), wanted, &left, &right).map(Value::Bool)
    };
    let compute = |op: &operators::Arithmetic| {
        let (left, right) = both()?;
        operators::arithmetic(op, &left, &right)
    };
    let equal = || both().map(|(left, right)| operators::equal(&left, &right));
    let truth = |expr| holds(expr, scope, op.symbol());
    let value = match op {
        BinaryOp::Default => {
            let left = value_of(left, scope)?;
            return if left.is_null() {
                value_of(right, scope)
            } else {
                Ok(left)
            };
        }
        BinaryOp::And => Value::Bool(truth(left)? && truth(right)?),
        BinaryOp::Or => Value::Bool(truth(left)? || truth(right)?),
        BinaryOp::Equal => Value::Bool(equal()?),
        BinaryOp::NotEqual => Value::Bool(!equal()?),
        BinaryOp::Less => compare(Ordering::is_lt)?,
        BinaryOp::LessEqual => compare(Ordering::is_le)?,
        BinaryOp::Greater => compare(Ordering::is_gt)?,
        BinaryOp::GreaterEqual => compare(Ordering::is_ge)?,
        BinaryOp::Add => compute(&operators::ADD)?,
        BinaryOp::Subtract => compute(&operators::SUBTRACT)?,
        BinaryOp::Multiply => compute(&operators::MULTIPLY)?,
    };
    Ok(Cow::Owned(value))
}

/// Leaves of `value` only what `ty` declares, through records, lists and optionals; a field that is absent is
/// left out. What is sealed stays whole: it is cut when it is opened. References (`blob`, `dataset`, `model`) and what is no record stay whole.
pub fn project(ty: &Type, value: Value) -> Value {
    match (ty, value) {
        (Type::Private(_), value) if is_sealed(&value) => value,
        (Type::Optional(inner) | Type::Private(inner), value) => project(inner, value),
        (Type::Record(fields), Value::Object(mut record)) => {
            let kept = fields.iter().filter_map(|(name, field)| {
                let value = record.remove(name).filter(|value| !value.is_null())?;
                Some((name.clone(), project(&field.ty, value)))
            });
            Value::Object(kept.collect())
        }
        (Type::List { item, .. }, Value::Array(items)) => {
            Value::Array(items.into_iter().map(|value| project(item, value)).collect())
        }
        (_, value) => value,
    }
}
