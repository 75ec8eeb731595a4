//! Why a condition never comes to something, in words.

use super::eval::Scope;
use super::{Known, There};
use flow_lang::ast::{BinaryOp, UnaryOp};
use flow_lang::plan::{Expr, INT_MAX};

/// The most texts that are listed.
const LISTED_MAX: usize = 4;

/// What is known of the values that keep `cond` from coming to `is`, if that can be said in a few words.
pub(in crate::rules) fn why_never(scope: &Scope<'_>, cond: &Expr, is: bool) -> Option<String> {
    match cond {
        Expr::Unary(UnaryOp::Not, of) => why_never(scope, of, !is),
        Expr::Binary(BinaryOp::And | BinaryOp::Or, left, right) => {
            let alone = |side: &Expr| !scope.truth(side).may(is);
            match (alone(left), alone(right)) {
                (true, _) => why_never(scope, left, is),
                (false, true) => why_never(scope, right, is),
                (false, false) => None,
            }
        }
        Expr::Binary(_, left, right) => {
            let sides: Vec<_> = [left, right]
                .into_iter()
                .filter_map(|side| described(scope, side))
                .collect();
            (!sides.is_empty()).then(|| sides.join(", and "))
        }
        place => described(scope, place),
    }
}

/// A value with a name, and what it can be.
fn described(scope: &Scope<'_>, of: &Expr) -> Option<String> {
    let name = named(scope, of)?;
    let can_be = words(&scope.look(of))?;
    Some(format!("`{name}` {can_be}"))
}

fn named(scope: &Scope<'_>, of: &Expr) -> Option<String> {
    match of {
        Expr::Step(ix) => Some(scope.step_name(*ix).to_owned()),
        Expr::Field(of, field) => match &**of {
            Expr::Input => Some(field.clone()),
            inner => Some(format!("{}.{field}", named(scope, inner)?)),
        },
        Expr::Literal(_)
        | Expr::Input
        | Expr::Record(_)
        | Expr::List(_)
        | Expr::Project(..)
        | Expr::Unary(..)
        | Expr::Binary(..)
        | Expr::If(..)
        | Expr::Present(_)
        | Expr::Item(_)
        | Expr::Best { .. } => None,
    }
}

fn words(known: &Known) -> Option<String> {
    if known.absent {
        return None;
    }
    let whole = INT_MAX as f64;
    match &known.there {
        There::Number(min, max) => match (*min > -whole, *max < whole) {
            (true, true) if min == max => Some(format!("is always {min}")),
            (true, true) => Some(format!("is from {min} to {max}")),
            (true, false) => Some(format!("is at least {min}")),
            (false, true) => Some(format!("is at most {max}")),
            (false, false) => None,
        },
        There::Texts(texts) if texts.len() <= LISTED_MAX => {
            let listed: Vec<_> = texts
                .iter()
                .map(|text| format!("\"{}\"", text.escape_debug()))
                .collect();
            Some(format!("is {}", listed.join(" or ")))
        }
        There::Bool(truth) if !truth.yes => Some("is always false".to_owned()),
        There::Bool(truth) if !truth.no => Some("is always true".to_owned()),
        There::Never | There::Anything | There::Texts(_) | There::Bool(_) | There::Record(_) => None,
    }
}
