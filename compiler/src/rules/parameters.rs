//! `limits/parameters`: what lies under the arguments of every call is larger than the platform keeps with an action.
//!
//! That is what the platform would be told once and not with each call: defaults of fields, `params` of the
//! environment and of the declaration, each over the one before, and secrets.

use super::uses::{Use, in_brackets};
use super::{Callee, Subject, sizes};
use flow_lang::limits::Limit;
use flow_lang::plan::{Type, secret_type, text_size};
use flow_lang::report::{Code, Report};
use flow_lang::units;
use std::collections::BTreeMap;

pub(super) fn parameters(subject: &Subject<'_>, report: &mut Report) {
    subject.hold(Code::LimitsParameters, &uses(subject), report);
}

pub(super) fn uses(subject: &Subject<'_>) -> Vec<Use> {
    let of = subject.callees().map(|callee| {
        let laid = laid(&callee);
        let record = laid
            .iter()
            .map(|(name, size)| text_size(name) + 1 + size)
            .sum::<u64>();
        let value = 2 + record + (laid.len() as u64).saturating_sub(1);
        let largest = laid.iter().max_by_key(|(_, size)| **size);
        let mostly = largest.map(|(name, size)| {
            let from = origin(subject, &callee, name);
            format!("{}{from}", sizes::alone(name, *size))
        });
        let of = format!("what lies under the arguments of `{}`", callee.name);
        Use {
            limit: Limit::Parameters,
            fact: format!("{of} can have {}{}", units::size(value), in_brackets(&mostly)),
            of,
            key: callee.key("params"),
            value: Some(value),
            mostly,
        }
    });
    of.collect()
}

/// The bytes of each value.
fn laid<'a>(callee: &Callee<'a>) -> BTreeMap<&'a str, u64> {
    let mut laid = BTreeMap::new();
    for (name, field) in callee.input.fields().into_iter().flatten() {
        if let Some(default) = &field.default {
            laid.insert(name.as_str(), text_size(default));
        }
    }
    for (name, value) in &callee.function.params {
        laid.insert(name, text_size(value));
    }
    for name in &callee.function.secrets {
        laid.insert(name, secret_type().bound().unwrap_or(0));
    }
    laid
}

/// Where a value comes from, if it is not written at the function.
fn origin(subject: &Subject<'_>, callee: &Callee<'_>, name: &str) -> String {
    let default = |ty: &Type| ty.fields().is_some_and(|fields| fields.contains_key(name));
    match (callee.function.params.get(name), subject.env.params.get(name)) {
        (Some(value), Some(set)) if value == set => {
            format!(", from `env.{}.params` of `flow.toml`", subject.plan.env)
        }
        (Some(_), _) => String::new(),
        (None, _) if default(callee.input) => ", its default".to_owned(),
        (None, _) => ", a secret".to_owned(),
    }
}
