//! `ml/signature`: a model, or a record that one is asked with, of another signature than the place wants.

use super::fit::{misfit, needs_projection};
use super::show::show;
use flow_lang::plan::{Field, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The most differences that are told one by one.
const TOLD_MAX: usize = 4;

/// The finding about a model that cannot stand where another is wanted; `place` says what it is and `than` whose
/// signature is wanted. Nothing if one of them is no model, or if it fits.
pub(crate) fn other_model(span: Span, place: &str, than: &str, got: &Type, want: &Type) -> Option<Finding> {
    let (
        Type::Model { input, output },
        Type::Model {
            input: asked,
            output: answer,
        },
    ) = (got.present(), want.present())
    else {
        return None;
    };
    // It is asked with what the place asks, and answers what the place answers.
    let takes = differences(asked, input, |name, asked, taken| match (asked, taken) {
        (Some(asked), Some(taken)) => {
            format!("takes `{name}` as `{}`, not as `{}`", show(taken), show(asked))
        }
        (None, Some(taken)) => format!("needs `{name}: {}` as well", show(taken)),
        (Some(asked), None) => format!("does not take `{name}: {}`", show(asked)),
        (None, None) => String::new(),
    });
    let gives = differences(output, answer, |name, given, wanted| match (given, wanted) {
        (Some(given), Some(wanted)) => {
            format!("gives `{name}` as `{}`, not as `{}`", show(given), show(wanted))
        }
        (None, Some(wanted)) => format!("does not give `{name}: {}`", show(wanted)),
        (Some(given), None) => format!("gives `{name}: {}` as well", show(given)),
        (None, None) => String::new(),
    });
    let told: Vec<_> = takes.into_iter().chain(gives).collect();
    let message = format!("{place} has another signature than {than}: it {}", list(&told)?);
    Some(Finding::new(Code::MlSignature, span, message))
}

/// The finding about a record that the model of this name cannot be asked with, given what it lacks.
pub(crate) fn other_record(span: Span, model: &str, lacks: &[String]) -> Option<Finding> {
    let message = format!(
        "this does not have the signature of `{model}`: it {}",
        list(lacks)?
    );
    Some(Finding::new(Code::MlSignature, span, message))
}

/// Where a record that is given differs from the one that is taken, in the order of the fields. On the way to and from
/// a model nothing is cut.
fn differences(
    given: &Type,
    taken: &Type,
    tell: impl Fn(&str, Option<&Type>, Option<&Type>) -> String,
) -> Vec<String> {
    let none = BTreeMap::new();
    let given = given.fields().unwrap_or(&none);
    let taken = taken.fields().unwrap_or(&none);
    let names: BTreeSet<&String> = given.keys().chain(taken.keys()).collect();
    let fits = |name: &str| match (given.get(name), taken.get(name)) {
        (Some(Field { ty: given, .. }), Some(Field { ty: taken, .. })) => {
            misfit(given, taken).is_none() && !needs_projection(given, taken)
        }
        (None, Some(taken)) => matches!(taken.ty, Type::Optional(_)),
        (Some(_), None) => false,
        (None, None) => true,
    };
    let of = |fields: &BTreeMap<String, Field>, name: &str| fields.get(name).map(|field| field.ty.clone());
    names
        .into_iter()
        .filter(|name| !fits(name))
        .map(|name| tell(name, of(given, name).as_ref(), of(taken, name).as_ref()))
        .collect()
}

/// The first of some facts as one; nothing if there is none.
fn list(facts: &[String]) -> Option<String> {
    let more = facts.len().saturating_sub(TOLD_MAX);
    let told = &facts[..facts.len() - more];
    let (last, first) = told.split_last()?;
    Some(match (first.is_empty(), more) {
        (true, _) => last.clone(),
        (false, 0) => format!("{} and {last}", first.join(", ")),
        (false, _) => format!("{}, and {more} more", told.join(", ")),
    })
}
