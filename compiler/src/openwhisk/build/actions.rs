//! Actions: their code, their types and what they are given.

use super::Building;
use super::tree::Tree;
use crate::project::CodeFolder;
use crate::types::show::show;
use flow_lang::plan::{Action, Effects, Function, Plan, Type};
use serde_json::Value;
use std::collections::BTreeMap;

impl Building {
    /// Which actions can be there at all.
    pub(super) fn which(&mut self, plan: &Plan) {
        for (name, action) in &plan.actions {
            match action.input.reference().or_else(|| action.output.reference()) {
                None => {
                    self.there.insert(name.clone());
                }
                Some(part) => {
                    let part = show(part);
                    self.leave_out(format!(
                        "the action `{name}`: its `{part}` would have to travel in the payload"
                    ));
                }
            }
        }
    }

    pub(super) fn all_actions(&mut self, plan: &Plan, code: &BTreeMap<String, CodeFolder>) {
        for (name, action) in &plan.actions {
            if self.there.contains(name) {
                let tree = self.action(plan, name, action, code);
                self.actions.push((name.clone(), tree));
            }
        }
    }

    fn action(
        &mut self,
        plan: &Plan,
        name: &str,
        action: &Action,
        code: &BTreeMap<String, CodeFolder>,
    ) -> Tree {
        let function = &action.function;
        let (path, main) = self.path(name, function, code);
        let mut entries = vec![
            ("function", Tree::text(path)),
            ("main", Tree::text(main)),
            ("runtime", Tree::text(runtime(&function.runtime))),
        ];
        if self.web.contains(name) {
            entries.push(("web", Tree::Leaf(true.into())));
        }
        let mut inputs = self.inputs(name, &action.input, &function.params);
        for secret in &function.secrets {
            let place = plan.secrets.get(secret).map_or("", String::as_str);
            let variable = place.strip_prefix("env:").unwrap_or(place);
            let value = Tree::text(format!("${{{variable}}}"));
            inputs.push((
                secret.clone(),
                Tree::map([("type", Tree::text("string")), ("value", value)]),
            ));
        }
        if !inputs.is_empty() {
            entries.push(("inputs", Tree::Map(inputs)));
        }
        let outputs = action.output.fields().into_iter().flatten();
        let outputs: Vec<_> = outputs
            .map(|(name, field)| (name.clone(), Tree::map([("type", Tree::text(kind(&field.ty)))])))
            .collect();
        if !outputs.is_empty() {
            entries.push(("outputs", Tree::Map(outputs)));
        }
        let mb = |bytes: u64| Tree::Leaf(bytes.div_ceil(1 << 20).into());
        let limits = Tree::map([
            ("timeout", Tree::Leaf(function.timeout_ms.into())),
            ("memorySize", mb(function.memory)),
            ("logSize", mb(function.logs)),
        ]);
        entries.push(("limits", limits));
        let mut annotations = vec![
            ("flow-input".to_owned(), Tree::text(action.input.show())),
            ("flow-output".to_owned(), Tree::text(action.output.show())),
        ];
        let promised = match (action.effects, action.mask) {
            (Effects::Pure, false) => Some("pure"),
            (Effects::Pure, true) => Some("pure mask"),
            (Effects::Idempotent, false) => Some("idempotent"),
            (Effects::Idempotent, true) => Some("idempotent mask"),
            (Effects::Once, false) => Some("once"),
            (Effects::Once, true) => Some("once mask"),
            (Effects::AtLeastOnce, false) => None,
            (Effects::AtLeastOnce, true) => Some("mask"),
        };
        if let Some(words) = promised {
            annotations.push(("flow-effects".to_owned(), Tree::text(words)));
        }
        entries.push(("annotations", Tree::Map(annotations)));
        if action.attempts > 1 {
            self.leave_out(format!(
                "the {} tries of the action `{name}`: there is one",
                action.attempts
            ));
        }
        if !function.network.is_empty() {
            self.leave_out(format!(
                "the network of the action `{name}`: it reaches any host there"
            ));
        }
        Tree::Map(
            entries
                .into_iter()
                .map(|(key, tree)| (key.to_owned(), tree))
                .collect(),
        )
    }

    /// The fields of a record as inputs, with the values that hold when nobody gives one.
    pub(super) fn inputs(
        &mut self,
        of: &str,
        record: &Type,
        params: &BTreeMap<String, Value>,
    ) -> Vec<(String, Tree)> {
        let mut inputs = Vec::new();
        for (name, field) in record.fields().into_iter().flatten() {
            let mut entries = vec![("type".to_owned(), Tree::text(kind(&field.ty)))];
            match params.get(name).or(field.default.as_ref()) {
                Some(value) if begins_with_variable(value) => {
                    self.leave_out(format!(
                        "the value of `{name}` of `{of}`: `$` begins a variable there"
                    ));
                }
                // A text that is JSON would be read as what it says.
                Some(Value::String(text)) if kind(&field.ty) == "json" => {
                    entries.push((
                        "value".to_owned(),
                        Tree::text(Value::from(text.as_str()).to_string()),
                    ));
                }
                Some(value) => entries.push(("value".to_owned(), Tree::Leaf(value.clone()))),
                None if matches!(field.ty, Type::Optional(_)) => {}
                None => entries.push(("required".to_owned(), Tree::Leaf(true.into()))),
            }
            inputs.push((name.clone(), Tree::Map(entries)));
        }
        inputs
    }

    /// The file or folder of a function, and the function in it.
    fn path(
        &mut self,
        name: &str,
        function: &Function,
        code: &BTreeMap<String, CodeFolder>,
    ) -> (String, String) {
        let folder = function
            .code
            .folder
            .trim_start_matches("./")
            .trim_end_matches('/');
        if function.code.requirements.is_some() {
            self.leave_out(format!(
                "what `{folder}` of the action `{name}` installs: pack it into an archive"
            ));
        }
        let Some((module, main)) = function.entry.rsplit_once('.') else {
            return (folder.to_owned(), function.entry.clone());
        };
        let files = code.get(&function.code.folder).map(|folder| &folder.files);
        let module = module.replace('.', "/");
        let endings: &[&str] = match function.runtime.starts_with("python") {
            true => &[".py", "/__init__.py"],
            false => &[".js", ".mjs", ".cjs", "/index.js"],
        };
        let paths = endings.iter().map(|ending| format!("{module}{ending}"));
        let there = |path: &String| files.is_some_and(|files| files.contains_key(path));
        let file = paths
            .clone()
            .find(there)
            .or_else(|| paths.clone().next())
            .unwrap_or_default();
        if files.is_some_and(|files| files.len() > 1) {
            self.leave_out(format!("the other files of `{folder}` beside `{file}` of the action `{name}`: pack them into an archive"));
        }
        let path = match folder {
            "" | "." => file,
            folder => format!("{folder}/{file}"),
        };
        (path, main.to_owned())
    }
}

/// The name that wskdeploy has for a type.
fn kind(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "boolean",
        Type::Int { .. } | Type::Duration => "integer",
        Type::Float { .. } => "float",
        Type::Text { .. } | Type::Bytes { .. } | Type::Time | Type::Union(_) => "string",
        Type::Optional(inner) | Type::Private(inner) => kind(inner),
        Type::Json { .. }
        | Type::Blob { .. }
        | Type::List { .. }
        | Type::Record(_)
        | Type::Dataset(_)
        | Type::Model { .. } => "json",
    }
}

fn begins_with_variable(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('$'),
        Value::Array(items) => items.iter().any(begins_with_variable),
        Value::Object(fields) => fields.values().any(begins_with_variable),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The kind of OpenWhisk for a runtime.
fn runtime(runtime: &str) -> &str {
    match runtime {
        "python:3" => "python:default",
        other => other,
    }
}
