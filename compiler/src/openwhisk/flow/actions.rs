//! The actions of a deployment as actions of a flow.

use super::code::{Placed, place};
use super::fields::{Field, Record, can_be_field, is_of, unit, zero};
use super::names::Names;
use super::sources::Sources;
use super::text::{doc, literal, notes, quoted};
use super::toml::Config;
use crate::openwhisk::deployment::{Action, Bound, Deployment, Kind, Note, Param};
use flow_lang::units;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// An action on its way into the flow.
pub(super) struct Function<'d> {
    pub(super) of: &'d Action,
    /// Its name in the flow.
    pub(super) ident: String,
    pub(super) input: Record,
    pub(super) output: Record,
    /// Nothing, and a note, if it cannot run here.
    pub(super) placed: Option<Placed>,
    secrets: Vec<String>,
    notes: Vec<Note>,
}

/// All actions.
pub(super) struct Functions<'d> {
    pub(super) all: Vec<Function<'d>>,
    /// Secrets by name, with the variable each is read from.
    secrets: BTreeMap<String, String>,
}

impl<'d> Functions<'d> {
    pub(super) fn new(deployment: &'d Deployment) -> Functions<'d> {
        let mut functions = Functions {
            all: Vec::new(),
            secrets: BTreeMap::new(),
        };
        for action in &deployment.actions {
            let mut function = Function {
                of: action,
                ident: String::new(),
                input: Record::default(),
                output: Record::default(),
                placed: None,
                secrets: Vec::new(),
                notes: action.notes.clone(),
            };
            function.read(&mut functions.secrets);
            functions.all.push(function);
        }
        functions
    }

    /// The names that cannot be chosen: code is given its secrets by name.
    pub(super) fn fixed_names(&self) -> Vec<String> {
        self.secrets.keys().cloned().collect()
    }

    /// Gives every action its name, and places its code.
    pub(super) fn name(&mut self, names: &mut Names) {
        for function in &mut self.all {
            function.ident = names.give(&function.of.name.name, "action");
            match place(function.of, &function.ident, &mut function.notes) {
                Ok(placed) => function.placed = Some(placed),
                Err(note) => function.notes.push(note),
            }
        }
    }

    /// The bytes of a text without a bound, in all records of the flow.
    pub(super) fn unit(&self, sources: &Sources<'_>) -> u64 {
        let records = self
            .all
            .iter()
            .flat_map(|function| [&function.input, &function.output]);
        unit(records.chain(sources.events()))
    }

    /// The declarations of all secrets.
    pub(super) fn secrets(&self) -> String {
        let lines = self.secrets.keys().map(|name| format!("secret {name}\n"));
        format!("{}\n", lines.collect::<String>())
    }

    pub(super) fn write(&self, out: &mut String, unit: u64, toml: &mut Config) {
        for (name, variable) in &self.secrets {
            if *variable != name.to_uppercase() {
                toml.secret(name, variable);
            }
        }
        for function in &self.all {
            function.write(out, unit);
        }
    }

    /// Code that stood in the description.
    pub(super) fn code_files(&self) -> BTreeMap<String, String> {
        let placed = self.all.iter().filter_map(|function| function.placed.as_ref());
        placed.filter_map(|placed| placed.file.clone()).collect()
    }
}

impl Function<'_> {
    fn read(&mut self, secrets: &mut BTreeMap<String, String>) {
        let exact = self.of.exact.input.as_deref().and_then(Record::read);
        self.input = exact.unwrap_or_default();
        for param in &self.of.params {
            self.param(param, secrets);
        }
        match self.of.exact.output.as_deref().and_then(Record::read) {
            Some(output) => self.output = output,
            None => {
                for param in self.of.outputs.iter().filter(|param| can_be_field(&param.name)) {
                    let kind = param.kind.clone().or_else(|| param.value().map(Kind::of));
                    let field = Field {
                        doc: param.doc.clone(),
                        ..Field::required(kind.unwrap_or(Kind::Json))
                    };
                    self.output.add(&param.name, field);
                }
            }
        }
    }

    fn param(&mut self, param: &Param, secrets: &mut BTreeMap<String, String>) {
        let name = param.name.as_str();
        let refuse = |because: &str| Note::new(format!("the parameter {name}"), because);
        if !can_be_field(name) {
            self.notes
                .push(refuse("a field is named with letters, digits and _"));
            return;
        }
        let mut field = Field {
            doc: param.doc.clone(),
            ..Field::optional(param.kind.clone().unwrap_or(Kind::Json))
        };
        match &param.bound {
            Some(Bound::Variable(variable)) => {
                if let Some(note) = self.secret(name, variable, secrets) {
                    self.notes.push(note);
                }
                return;
            }
            Some(Bound::Value(Value::String(text))) if is_secret(name) && !text.is_empty() => {
                let variable = name.to_uppercase();
                let note = self.secret(name, &variable, secrets).unwrap_or_else(|| {
                    let because = format!("it is a secret: it is read from the variable {variable} now");
                    Note::new(format!("the value of {name}"), because)
                });
                self.notes.push(note);
                return;
            }
            Some(Bound::Unknown(text)) => {
                let what = format!("the value of {name}, {text}");
                self.notes
                    .push(Note::new(what, "it is put together when it is deployed"));
            }
            Some(Bound::Value(value)) => match literal(value) {
                Some(_) => {
                    let kind = param.kind.clone().filter(|kind| is_of(value, kind));
                    field.kind = kind.unwrap_or_else(|| Kind::of(value));
                    field.optional = false;
                    field.default = Some(value.clone());
                }
                None => self.notes.push(Note::new(
                    format!("the value of {name}, {value}"),
                    "no literal of Flow says it",
                )),
            },
            None if param.required => field.optional = false,
            None => {
                field.default = param.kind.as_ref().and_then(zero);
                field.optional = field.default.is_none();
            }
        }
        match self.input.get_mut(name) {
            Some(exact) if self.of.exact.input.is_some() => {
                exact.default = field.default.filter(|_| !param.required && said(param));
                exact.doc = field.doc;
            }
            _ => self.input.add(name, field),
        }
    }

    /// Makes a parameter a secret that is read from `variable`. The note says why it cannot be.
    fn secret(&mut self, name: &str, variable: &str, secrets: &mut BTreeMap<String, String>) -> Option<Note> {
        let because = if !super::text::can_name(name) {
            "the word cannot name a secret".to_owned()
        } else {
            match secrets.get(name) {
                Some(other) if other != variable => {
                    format!("another action has a secret of that name, from the variable {other}")
                }
                _ => {
                    secrets.insert(name.to_owned(), variable.to_owned());
                    self.secrets.push(name.to_owned());
                    return None;
                }
            }
        };
        Some(Note::new(
            format!("the parameter {name}, from the variable {variable}"),
            because,
        ))
    }

    /// Whether the code is given a secret of that name.
    pub(super) fn has_secret(&self, name: &str) -> bool {
        self.secrets.iter().any(|secret| secret == name)
    }

    fn write(&self, out: &mut String, unit: u64) {
        let name = &self.of.name;
        out.push('\n');
        if self.ident != name.name || name.package.is_some() && self.placed.is_none() {
            writeln!(out, "// `{}` on OpenWhisk.", super::text::plain(&name.shown()))
                .expect("writes to a text");
        }
        out.push_str(&notes(&self.notes));
        let Some(placed) = &self.placed else { return };
        if self.of.outputs.is_empty() && self.output.fields.is_empty() && self.of.exact.output.is_none() {
            out.push_str("// What it returns is not described: name the fields after `->`.\n");
        }
        out.push_str(&doc(self.of.doc.as_deref()));
        let promised = [
            "pure",
            "idempotent",
            "once",
            "mask",
            "pure mask",
            "idempotent mask",
            "once mask",
        ];
        let effects = self.of.exact.effects.as_deref();
        let effects = effects.filter(|words| promised.contains(words));
        let effects = effects.map_or(String::new(), |words| format!("{words} "));
        let input = match self.input.fields.is_empty() {
            true => String::new(),
            false => self.input.show(unit),
        };
        let output = match self.output.fields.is_empty() {
            true => String::new(),
            false => format!(" -> {}", self.output.show(unit)),
        };
        write!(
            out,
            "{effects}action {}({input}){output} {{\n{}}}\n",
            self.ident,
            self.properties(placed)
        )
        .expect("writes to a text");
    }

    fn properties(&self, placed: &Placed) -> String {
        let mut lines = vec![
            format!("runtime: {}", quoted(&placed.runtime)),
            format!("code: {}", quoted(&placed.folder)),
            format!("entry: {}", quoted(&placed.entry)),
        ];
        lines.extend(self.of.memory_mb.map(|mb| format!("memory: {mb}MiB")));
        lines.extend(
            self.of
                .timeout_ms
                .map(|ms| format!("timeout: {}", units::duration(ms))),
        );
        lines.extend(self.of.logs_mb.map(|mb| format!("logs: {mb}MiB")));
        if !self.secrets.is_empty() {
            lines.push(format!("secrets: [{}]", self.secrets.join(", ")));
        }
        lines.iter().map(|line| format!("  {line}\n")).collect()
    }
}

/// Whether a value was written, and not only a type.
fn said(param: &Param) -> bool {
    param.bound.is_some()
}

/// Whether a parameter of this name holds what nobody should read in a file.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace('-', "_");
    let parts = [
        "password",
        "passwd",
        "secret",
        "token",
        "apikey",
        "api_key",
        "credential",
        "private_key",
    ];
    parts.iter().any(|part| name.contains(part))
        || name.ends_with("_key")
        || ["key", "pass", "auth"].contains(&name.as_str())
}
