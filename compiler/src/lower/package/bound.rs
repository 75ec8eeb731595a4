//! Which fields of an item a pattern of a path binds.

use super::item::is_blob;
use crate::unit::Unit;
use flow_lang::ast::Ident;
use flow_lang::plan::Type;
use flow_lang::report::{Code, Finding};
use serde_json::Value;

/// Says which fields of an item the pattern does not bind, and which of its places are no fields.
pub(super) fn unbound(unit: &mut Unit<'_>, name: &Ident, pattern: Option<&Value>, word: &str, item: &Type) {
    let pattern = pattern.and_then(Value::as_str).unwrap_or_default();
    let places: Vec<&str> = pattern
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(place, _)| place)
        .collect();
    let Some(fields) = item.fields() else { return };
    for place in &places {
        if fields.get(*place).is_none_or(|field| is_blob(&field.ty)) {
            unit.report.add(Finding::new(
                Code::TypesProperty,
                name.span,
                format!(
                    "`{word}` of `packages.{}` in flow.toml binds `{place}`, which is no plain field of its items",
                    name.name
                ),
            ));
        }
    }
    for (field, described) in fields {
        let plain = !is_blob(&described.ty) && !matches!(described.ty, Type::Optional(_));
        if plain && !places.contains(&field.as_str()) {
            let finding = Finding::new(
                Code::TypesProperty,
                name.span,
                format!(
                    "nothing says where `{field}` of an item of `{}` comes from",
                    name.name
                ),
            );
            unit.report.add(
                finding
                    .help(format!(
                        "write `packages.{}.{word} = \"{{{field}}}/*\"` under the environment in flow.toml",
                        name.name
                    ))
                    .warning(),
            );
        }
    }
}
