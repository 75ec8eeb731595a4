//! Loops that count: a field grows with each round, and a condition on it stops them.

use super::effects::Effect;
use super::ring::{Cuts, Ring, rings};
use super::web::Web;
use crate::rules::known::{Known, There};
use flow_lang::ast::BinaryOp;
use flow_lang::plan::{Expr, Op, Rule, Type};
use std::collections::BTreeSet;

/// The most fields that are looked at for one ring.
const FIELDS_MAX: usize = 16;

/// The effects of a ring that can only happen so often: each runs only up to a bound of a whole number of the event, on
/// every way round something changes that by a constant, and nothing in the ring ever moves it back.
pub(super) fn ending(web: &Web<'_>, ring: &Ring, cuts: &Cuts) -> Cuts {
    let all: Vec<_> = ring
        .all_effects(web, cuts)
        .into_iter()
        .map(|(run, effect)| {
            let (rule, effects) = &web.rules[web.runs[run].by.rule];
            ((run, effect), *rule, &effects[effect])
        })
        .collect();
    let mut fields = BTreeSet::new();
    for (_, rule, effect) in &all {
        fields.extend(counted(effect).into_iter().filter(|field| is_whole(rule, field)));
        if fields.len() >= FIELDS_MAX {
            break;
        }
    }
    for field in fields {
        for up in [true, false] {
            let forward = |effect: &Effect<'_>| {
                effect
                    .value
                    .and_then(|value| moved(value, field))
                    .map(|by| if up { by } else { -by })
            };
            if all
                .iter()
                .any(|(_, _, effect)| forward(effect).is_none_or(|by| by < 0))
            {
                continue;
            }
            // One rule may count and another stop, if no way round misses the one that counts.
            let mut counting = cuts.clone();
            let counts = all
                .iter()
                .filter(|(_, _, effect)| forward(effect).is_some_and(|by| by > 0));
            counting.extend(counts.map(|(link, _, _)| *link));
            let missing = rings(web, &ring.runs, &counting);
            let is_missed = |(run, effect): (usize, usize)| {
                let round = missing.iter().find(|ring| ring.runs.contains(&run));
                round.is_some_and(|ring| {
                    ring.effects(web, run, &counting)
                        .any(|(other, _)| other == effect)
                })
            };
            let ends = |(link, rule, effect): &&((usize, usize), &Rule, &Effect<'_>)| {
                is_whole(rule, field) && is_bounded(rule, effect, field, up) && !is_missed(*link)
            };
            let ending: Cuts = all.iter().filter(ends).map(|(link, _, _)| *link).collect();
            if !ending.is_empty() {
                return ending;
            }
        }
    }
    Cuts::new()
}

/// The fields that an effect changes by a constant.
fn counted<'a>(effect: &Effect<'a>) -> Vec<&'a str> {
    let mut value = effect.value;
    while let Some(Expr::Project(of, _)) = value {
        value = Some(of);
    }
    match value {
        Some(Expr::Record(fields)) => {
            let changed = |(name, value): &(&String, &Expr)| step(value, name).is_some_and(|by| by != 0);
            fields
                .iter()
                .filter(changed)
                .map(|(name, _)| name.as_str())
                .collect()
        }
        Some(_) | None => vec![],
    }
}

/// By how much a record that is written differs from the event in this field, if that is a constant.
fn moved(value: &Expr, field: &str) -> Option<i64> {
    match value {
        Expr::Input => Some(0),
        Expr::Project(of, _) => moved(of, field),
        Expr::Record(fields) => step(fields.get(field)?, field),
        Expr::Literal(_)
        | Expr::Step(_)
        | Expr::Field(..)
        | Expr::List(_)
        | Expr::Unary(..)
        | Expr::Binary(..)
        | Expr::If(..)
        | Expr::Item(_)
        | Expr::Best { .. }
        | Expr::Present(_) => None,
    }
}

/// By how much a value differs from this field of the event.
fn step(value: &Expr, field: &str) -> Option<i64> {
    match value {
        Expr::Field(of, name) if **of == Expr::Input && name == field => Some(0),
        Expr::Binary(BinaryOp::Add, left, right) => match (&**left, &**right) {
            (Expr::Literal(by), of) | (of, Expr::Literal(by)) => step(of, field)?.checked_add(by.as_i64()?),
            _ => None,
        },
        Expr::Binary(BinaryOp::Subtract, of, by) => match &**by {
            Expr::Literal(by) => step(of, field)?.checked_sub(by.as_i64()?),
            _ => None,
        },
        _ => None,
    }
}

fn is_whole(rule: &Rule, field: &str) -> bool {
    let fields = rule.graph.input.fields();
    fields
        .and_then(|fields| fields.get(field))
        .is_some_and(|field| matches!(field.ty, Type::Int { .. }))
}

/// Whether the effect happens only while this field of the event is below a bound, or above one.
fn is_bounded(rule: &Rule, effect: &Effect<'_>, field: &str, up: bool) -> bool {
    let anywhere = Known::there(There::Number(f64::NEG_INFINITY, f64::INFINITY));
    let mut input = Known::of_type(&rule.graph.input);
    if let There::Record(fields) = &mut input.there {
        fields.insert(field.to_owned(), anywhere);
    }
    if let Some(filter) = &rule.filter {
        input.narrow(filter, true);
    }
    for guard in effect.guards(rule) {
        if let Op::When { cond } = &rule.graph.steps[guard.step].op {
            input.narrow(cond, guard.is);
        }
    }
    match input.field(field).there {
        There::Number(min, max) => {
            if up {
                max.is_finite()
            } else {
                min.is_finite()
            }
        }
        There::Never | There::Anything | There::Texts(_) | There::Bool(_) | There::Record(_) => false,
    }
}
