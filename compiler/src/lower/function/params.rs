//! `params`: values laid under the arguments of a call.
//!
//! As on OpenWhisk, what stands nearer to the call wins: the default of a field, the environment of `flow.toml`,
//! the declaration, the call.

use crate::types::constant::constant_fits;
use crate::types::settings::Settings;
use crate::types::show::show;
use crate::unit::Unit;
use flow_lang::ast::{ExprKind, Ident};
use flow_lang::plan::Type;
use flow_lang::report::{Code as Rule, Finding};
use flow_lang::span::{SourceId, Span};
use flow_lang::suggest::nearest;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the environment sets, under what the declaration sets.
pub(super) fn of(
    unit: &mut Unit<'_>,
    owner: &Ident,
    settings: &Settings<'_>,
    input: Option<&Type>,
) -> BTreeMap<String, Value> {
    let mut params = BTreeMap::new();
    for (name, value) in &unit.env.params {
        let Some(field) = input.and_then(Type::fields).and_then(|fields| fields.get(name)) else {
            continue;
        };
        if let Err(misfit) = field.ty.check(value) {
            let (env, why) = (&unit.plan.env, misfit.why);
            let message = format!(
                "`env.{env}.params.{name}` of flow.toml does not fit `{}`: {why}",
                owner.name
            );
            unit.report
                .add(Finding::new(Rule::TypesMismatch, owner.span, message));
        }
        params.insert(name.clone(), value.clone());
    }
    params.extend(own(unit, settings, input));
    params
}

/// Says which values of the environment reach nothing.
pub(in crate::lower) fn unread(unit: &mut Unit<'_>) {
    let actions = unit.plan.actions.values().map(|action| &action.input);
    let inputs = actions.chain(unit.plan.models.values().map(|model| &model.input));
    let fields: BTreeSet<String> = inputs
        .filter_map(Type::fields)
        .flat_map(BTreeMap::keys)
        .cloned()
        .collect();
    for name in unit.env.params.keys().filter(|name| !fields.contains(*name)) {
        let env = &unit.plan.env;
        let message = format!(
            "`env.{env}.params.{name}` of flow.toml reaches nothing: no action or model has such a field"
        );
        let finding = Finding::new(Rule::NamesUnknown, Span::new(SourceId(0), 0, 0), message);
        unit.report
            .add(match nearest(name, fields.iter().map(String::as_str)) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding.help("remove it"),
            });
    }
}

fn own(unit: &mut Unit<'_>, settings: &Settings<'_>, input: Option<&Type>) -> BTreeMap<String, Value> {
    let mut params = BTreeMap::new();
    let (Some((written, Value::Object(values), types)), Some(input)) = (settings.record("params"), input)
    else {
        return params;
    };
    let (Some(types), Some(fields), ExprKind::Record(written)) =
        (types.fields(), input.fields(), &written.kind)
    else {
        return params;
    };
    for (name, expr) in written {
        let (value, given) = (&values[&name.name], &types[&name.name].ty);
        let Some(field) = fields.get(&name.name) else {
            let near = nearest(&name.name, fields.keys().map(String::as_str));
            let finding = Finding::new(
                Rule::TypesUnknownField,
                name.span,
                format!("`params` sets `{}`, which the input does not have", name.name),
            );
            unit.report.add(match near {
                Some(near) => finding.meant(near),
                None => finding.help("add it to the input, or remove it"),
            });
            continue;
        };
        if !constant_fits(value, given, &field.ty) {
            unit.report.add(Finding::new(
                Rule::TypesMismatch,
                expr.span,
                format!(
                    "`{}` is `{}`, expected `{}`",
                    name.name,
                    show(given),
                    show(&field.ty)
                ),
            ));
        }
        params.insert(name.name.clone(), value.clone());
    }
    params
}
