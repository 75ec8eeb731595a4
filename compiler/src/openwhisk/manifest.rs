//! A manifest of wskdeploy: its keys, and what they describe. As there, a key that is not known is an error.

mod action;
mod params;
mod read;
mod rest;

pub(super) use rest::joined;

use super::deployment::{Binding, Deployment, Note};
use super::yaml::{self, Entry, Node};
use flow_lang::report::Report;
use flow_lang::span::SourceId;
use read::Reader;

/// Reads a manifest; what is wrong with it is in the report.
pub fn read(source: SourceId, text: &str) -> (Deployment, Report) {
    let mut reader = Reader::default();
    let mut deployment = Deployment::default();
    match yaml::read(source, text) {
        Err(finding) => reader.report.add(finding),
        Ok(root) => top(&mut reader, &root, &mut deployment),
    }
    (deployment, reader.report)
}

const TOP: &[&str] = &["project", "application", "packages"];
const PROJECT: &[&str] = &[
    "name",
    "namespace",
    "credential",
    "apiHost",
    "version",
    "packages",
];
const PACKAGE: &[&str] = &[
    "version",
    "license",
    "public",
    "namespace",
    "credential",
    "apiHost",
    "repositories",
    "inputs",
    "annotations",
    "dependencies",
    "actions",
    "sequences",
    "triggers",
    "rules",
    "apis",
];

fn top(reader: &mut Reader, root: &Node, out: &mut Deployment) {
    for entry in reader.known(root, "a manifest", TOP) {
        match entry.key.as_str() {
            "packages" => packages(reader, entry, out),
            _ => project(reader, entry, out),
        }
    }
    let nothing = out.actions.is_empty()
        && out.sequences.is_empty()
        && out.triggers.is_empty()
        && out.rules.is_empty()
        && out.bindings.is_empty();
    if nothing && !reader.report.has_errors() {
        reader.refuse(
            root.span,
            "nothing is deployed by this",
            "write it under `packages`",
        );
    }
}

fn project(reader: &mut Reader, entry: &Entry, out: &mut Deployment) {
    for entry in reader.known(&entry.value, "a project", PROJECT) {
        match entry.key.as_str() {
            "packages" => packages(reader, entry, out),
            "name" => out.name = reader.text(entry),
            _ => out.notes.extend(reader.place(entry)),
        }
    }
}

fn packages(reader: &mut Reader, entry: &Entry, out: &mut Deployment) {
    for package in reader.entries(&entry.value, "`packages`") {
        if out.name.is_none() && package.key != "default" {
            out.name = Some(package.key.clone());
        }
        one_package(reader, package, out);
    }
}

fn one_package(reader: &mut Reader, package: &Entry, out: &mut Deployment) {
    let what = format!("the package `{}`", package.key);
    let entries = reader.known(&package.value, &what, PACKAGE);
    // What all actions of it are given stands wherever it likes.
    let inputs = entries.iter().find(|entry| entry.key == "inputs");
    let inputs = inputs.map_or_else(Vec::new, |entry| params::read(reader, &entry.value, &what));
    let mut notes = Vec::new();
    for entry in entries {
        let name = package.key.as_str();
        match entry.key.as_str() {
            "inputs" => {}
            "dependencies" => {
                for each in reader.entries(&entry.value, "`dependencies`") {
                    out.bindings.extend(dependency(reader, each));
                }
            }
            "actions" => {
                for each in reader.entries(&entry.value, "`actions`") {
                    out.actions.extend(action::read(reader, each, name, &inputs));
                }
            }
            "sequences" => rest::sequences(reader, entry, name, out),
            "triggers" => rest::triggers(reader, entry, out),
            "rules" => rest::rules(reader, entry, name, out),
            "apis" => rest::apis(reader, entry, name, out),
            "version" | "license" | "public" | "repositories" | "annotations" => {
                let because = "a flow is not published as a package";
                notes.push(Note::new(format!("{} of {what}", shown(entry)), because));
            }
            _ => notes.extend(reader.place(entry)),
        }
    }
    out.notes.extend(notes);
}

const DEPENDENCY: &[&str] = &["location", "version", "inputs", "annotations"];

fn dependency(reader: &mut Reader, dependency: &Entry) -> Option<Binding> {
    let what = format!("the dependency `{}`", dependency.key);
    let mut binding = Binding {
        name: dependency.key.clone(),
        location: String::new(),
        params: Vec::new(),
        notes: Vec::new(),
    };
    for entry in reader.known(&dependency.value, &what, DEPENDENCY) {
        match entry.key.as_str() {
            "location" => binding.location = reader.text(entry).unwrap_or_default(),
            "inputs" => binding.params = params::read(reader, &entry.value, &what),
            _ => {
                let note = Note::new(
                    format!("{} of {what}", shown(entry)),
                    "a flow depends on no package",
                );
                binding.notes.push(note);
            }
        }
    }
    if binding.location.is_empty() {
        reader.refuse(
            dependency.span,
            &format!("{what} has no `location`"),
            "write `location: /whisk.system/…`",
        );
        return None;
    }
    Some(binding)
}

/// `key: value`, as short as a comment can have it.
fn shown(entry: &Entry) -> String {
    let value = entry.value.json();
    match &value {
        serde_json::Value::String(text) => format!("{}: {text}", entry.key),
        value => format!("{}: {value}", entry.key),
    }
}
