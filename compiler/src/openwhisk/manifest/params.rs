//! Inputs and outputs: `name: value`, `name: type`, or a mapping that says more.

use super::read::Reader;
use crate::openwhisk::deployment::{Bound, Kind, Param};
use crate::openwhisk::yaml::{self, Entry, Node};
use serde_json::Value;

const KEYS: &[&str] = &[
    "type",
    "value",
    "default",
    "required",
    "description",
    "status",
    "schema",
];

/// The parameters of a mapping.
pub(super) fn read(reader: &mut Reader, node: &Node, what: &str) -> Vec<Param> {
    let entries = reader.entries(node, &format!("what is given to {what}"));
    entries.into_iter().map(|entry| one(reader, entry)).collect()
}

fn one(reader: &mut Reader, entry: &Entry) -> Param {
    let mut param = Param {
        name: entry.key.clone(),
        kind: None,
        bound: None,
        required: false,
        doc: None,
    };
    match &entry.value.kind {
        // As wskdeploy does, a mapping that has a key of no parameter is a value.
        yaml::Kind::Map(keys)
            if !keys.is_empty() && keys.iter().all(|key| KEYS.contains(&key.key.as_str())) =>
        {
            described(reader, keys, &mut param);
        }
        yaml::Kind::Scalar { .. } | yaml::Kind::List(_) | yaml::Kind::Map(_) => {
            let value = entry.value.json();
            match value.as_str().and_then(kind) {
                Some(kind) => param.kind = Some(kind),
                None if value.is_null() => {}
                None => param.bound = Some(bound(value)),
            }
        }
    }
    param
}

fn described(reader: &mut Reader, keys: &[Entry], param: &mut Param) {
    let mut default = None;
    for key in keys {
        match key.key.as_str() {
            "type" => {
                let name = reader.text(key);
                param.kind = name.as_deref().and_then(kind);
                if let (None, Some(name)) = (&param.kind, name) {
                    let fact = format!("there is no type `{name}`");
                    let help = "there is `string`, `integer`, `float`, `boolean`, `json`";
                    reader.refuse(key.value.span, &fact, help);
                }
            }
            "value" => param.bound = Some(bound(key.value.json())),
            "default" => default = Some(bound(key.value.json())),
            "required" => param.required = reader.flag(key).unwrap_or_default(),
            "description" => param.doc = reader.text(key),
            // Neither says anything about values that are given.
            _ => {}
        }
    }
    let said = |bound: &Option<Bound>| !matches!(bound, None | Some(Bound::Value(Value::Null)));
    if !said(&param.bound) {
        param.bound = default.filter(|default| said(&Some(default.clone())));
    }
    if let (Some(Kind::Json), Some(Bound::Value(Value::String(text)))) = (&param.kind, &param.bound)
        && let Ok(value) = serde_json::from_str(text)
    {
        param.bound = Some(Bound::Value(value));
    }
}

/// The names that wskdeploy has for types, and those that people write for them.
fn kind(name: &str) -> Option<Kind> {
    match name {
        "string" => Some(Kind::Text),
        "integer" | "int" => Some(Kind::Int),
        "float" | "number" => Some(Kind::Float),
        "boolean" | "bool" => Some(Kind::Bool),
        "json" | "object" | "array" => Some(Kind::Json),
        _ => None,
    }
}

/// A value, unless a text in it names a variable.
fn bound(value: Value) -> Bound {
    let Value::String(text) = &value else {
        return match variables_in(&value) {
            true => Bound::Unknown(value.to_string()),
            false => Bound::Value(value),
        };
    };
    match variable(text) {
        Some(name) => Bound::Variable(name.to_owned()),
        None if has_variable(text) => Bound::Unknown(text.clone()),
        None => Bound::Value(value),
    }
}

fn variables_in(value: &Value) -> bool {
    match value {
        Value::String(text) => has_variable(text),
        Value::Array(items) => items.iter().any(variables_in),
        Value::Object(fields) => fields.values().any(variables_in),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The name in `$NAME` or `${NAME}`, if that is all.
fn variable(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$')?;
    let name = name
        .strip_prefix('{')
        .and_then(|name| name.strip_suffix('}'))
        .unwrap_or(name);
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(word)).then_some(name)
}

fn has_variable(text: &str) -> bool {
    let begins = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '{');
    text.match_indices('$').any(|(at, _)| begins(&text[at + 1..]))
}
