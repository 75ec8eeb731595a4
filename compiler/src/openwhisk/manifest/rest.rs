//! The sequences, triggers, rules and paths of a manifest.

use super::read::Reader;
use super::{action, params, shown};
use crate::openwhisk::deployment::{Deployment, Name, Note, Route, Rule, Sequence, Trigger};
use crate::openwhisk::yaml::{Entry, Kind};
use serde_json::Value;

const SEQUENCE: &[&str] = &["actions", "web", "annotations"];

pub(super) fn sequences(reader: &mut Reader, entry: &Entry, package: &str, out: &mut Deployment) {
    for each in reader.entries(&entry.value, "`sequences`") {
        let Some(name) = Name::read(&each.key, Some(package)) else {
            continue;
        };
        let mut sequence = Sequence {
            name,
            parts: Vec::new(),
            notes: Vec::new(),
            doc: None,
            web: false,
        };
        let what = format!("the sequence `{}`", each.key);
        for key in reader.known(&each.value, &what, SEQUENCE) {
            match key.key.as_str() {
                "actions" => sequence.parts = parts(reader, key),
                "web" => sequence.web = !matches!(key.value.json(), Value::Bool(false)),
                _ => {
                    for key in reader.entries(&key.value, "`annotations`") {
                        match (key.key.as_str(), key.value.text()) {
                            ("description", Some(text)) => sequence.doc = Some(text.to_owned()),
                            _ => sequence.notes.push(action::annotation(key)),
                        }
                    }
                }
            }
        }
        if sequence.parts.is_empty() {
            reader.refuse(
                each.span,
                &format!("{what} has no actions"),
                "write `actions: first, second`",
            );
            continue;
        }
        out.sequences.push(sequence);
    }
}

/// `a, b, c`, or a list.
fn parts(reader: &mut Reader, entry: &Entry) -> Vec<String> {
    match &entry.value.kind {
        Kind::List(items) => items
            .iter()
            .filter_map(|item| item.text().map(str::to_owned))
            .collect(),
        Kind::Scalar { .. } | Kind::Map(_) => {
            let text = reader.text(entry).unwrap_or_default();
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        }
    }
}

const TRIGGER: &[&str] = &[
    "feed",
    "source",
    "inputs",
    "annotations",
    "namespace",
    "credential",
];

pub(super) fn triggers(reader: &mut Reader, entry: &Entry, out: &mut Deployment) {
    for each in reader.entries(&entry.value, "`triggers`") {
        let what = format!("the trigger `{}`", each.key);
        let mut trigger = Trigger {
            name: each.key.clone(),
            notes: Vec::new(),
            doc: None,
            feed: None,
            params: Vec::new(),
            exact: None,
        };
        for key in reader.known(&each.value, &what, TRIGGER) {
            match key.key.as_str() {
                "feed" | "source" => trigger.feed = reader.text(key),
                "inputs" => trigger.params = params::read(reader, &key.value, &what),
                "annotations" => {
                    for key in reader.entries(&key.value, "`annotations`") {
                        match (key.key.as_str(), key.value.text()) {
                            ("flow-event", Some(text)) => trigger.exact = Some(text.to_owned()),
                            ("description", Some(text)) => trigger.doc = Some(text.to_owned()),
                            _ => trigger.notes.push(action::annotation(key)),
                        }
                    }
                }
                _ => trigger.notes.extend(reader.place(key)),
            }
        }
        out.triggers.push(trigger);
    }
}

const RULE: &[&str] = &["trigger", "action", "rule"];

pub(super) fn rules(reader: &mut Reader, entry: &Entry, package: &str, out: &mut Deployment) {
    for each in reader.entries(&entry.value, "`rules`") {
        let what = format!("the rule `{}`", each.key);
        let (mut trigger, mut action, mut notes) = (None, None, Vec::new());
        for key in reader.known(&each.value, &what, RULE) {
            match key.key.as_str() {
                "trigger" => trigger = reader.text(key),
                "action" => action = reader.text(key),
                _ => notes.push(Note::new(shown(key), "the rule has a name already")),
            }
        }
        let (Some(trigger), Some(action)) = (trigger, action) else {
            let help = "write `trigger: name` and `action: name`";
            reader.refuse(each.span, &format!("{what} needs a trigger and an action"), help);
            continue;
        };
        out.rules.push(Rule {
            name: each.key.clone(),
            notes,
            trigger,
            action,
            package: Some(package.to_owned()),
        });
    }
}

const OPERATION: &[&str] = &["method", "response"];

pub(super) fn apis(reader: &mut Reader, entry: &Entry, package: &str, out: &mut Deployment) {
    for api in reader.entries(&entry.value, "`apis`") {
        for base in reader.entries(&api.value, "an API") {
            for path in reader.entries(&base.value, "a base path") {
                for action in reader.entries(&path.value, "a path") {
                    let mut route = Route {
                        name: api.key.clone(),
                        notes: Vec::new(),
                        path: joined(&base.key, &path.key),
                        method: String::new(),
                        action: action.key.clone(),
                        package: Some(package.to_owned()),
                    };
                    operation(reader, action, &mut route);
                    out.routes.push(route);
                }
            }
        }
    }
}

/// `action: get`, or with `method` and `response`.
fn operation(reader: &mut Reader, action: &Entry, route: &mut Route) {
    match &action.value.kind {
        Kind::Map(_) => {
            for key in reader.known(&action.value, "an operation", OPERATION) {
                let text = reader.text(key).unwrap_or_default();
                match (key.key.as_str(), text.as_str()) {
                    ("method", method) => route.method = method.to_uppercase(),
                    ("response", "json") => {}
                    _ => route
                        .notes
                        .push(Note::new(shown(key), "a route answers with the result as JSON")),
                }
            }
        }
        Kind::Scalar { .. } | Kind::List(_) => {
            route.method = reader.text(action).unwrap_or_default().to_uppercase();
        }
    }
    if route.method.is_empty() {
        reader.refuse(
            action.span,
            "an operation needs a `method`",
            "write `method: post`",
        );
    }
}

/// One path of two parts, each with or without slashes.
pub(in crate::openwhisk) fn joined(base: &str, path: &str) -> String {
    let parts = base
        .split('/')
        .chain(path.split('/'))
        .filter(|part| !part.is_empty());
    format!("/{}", parts.collect::<Vec<_>>().join("/"))
}
