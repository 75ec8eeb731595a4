//! The actions of a manifest.

use super::read::Reader;
use super::{params, shown};
use crate::openwhisk::deployment::{Action, Code, Exact, Name, Note, Param, laid_over};
use crate::openwhisk::yaml::{Entry, Node};
use serde_json::Value;

const KEYS: &[&str] = &[
    "function",
    "location",
    "code",
    "runtime",
    "main",
    "docker",
    "native",
    "conductor",
    "web",
    "web-export",
    "exposedUrl",
    "version",
    "namespace",
    "credential",
    "inputs",
    "outputs",
    "limits",
    "annotations",
    "include",
    "exclude",
];

/// Reads an action of `package`, which gives all of them `given`.
pub(super) fn read(reader: &mut Reader, entry: &Entry, package: &str, given: &[Param]) -> Option<Action> {
    let what = format!("the action `{}`", entry.key);
    let name = Name::read(&entry.key, Some(package))?;
    let mut action = Action::named(name);
    let mut runs = true;
    for key in reader.known(&entry.value, &what, KEYS) {
        match key.key.as_str() {
            "function" | "location" => action.code = reader.text(key).map(Code::Path).or(action.code),
            "code" => action.code = reader.text(key).map(Code::Text),
            "runtime" => action.runtime = reader.text(key),
            "main" => action.main = reader.text(key),
            "inputs" => action.params = params::read(reader, &key.value, &what),
            "outputs" => action.outputs = params::read(reader, &key.value, &what),
            "limits" => limits(reader, &key.value, &mut action),
            "annotations" => annotations(reader, &key.value, &what, &mut action),
            "web" | "web-export" => web(reader, key, &mut action),
            "docker" | "native" => {
                runs &= matches!(key.value.json(), Value::Bool(false));
                let because = "functions run on Python or Node here, not in an image of their own";
                action.notes.push(Note::new(shown(key), because));
            }
            "conductor" => {
                if reader.flag(key) == Some(true) {
                    let because =
                        "no function chooses the next step: write what it decides with `when` in a rule";
                    action.notes.push(Note::new(shown(key), because));
                }
            }
            "include" | "exclude" => {
                let because = "all files of the folder `code` belong to an action; put the files there";
                action.notes.push(Note::new(shown(key), because));
            }
            "version" => action
                .notes
                .push(Note::new(shown(key), "a plan is known by its digest")),
            "exposedUrl" => action.notes.push(Note::new(shown(key), "a route is an `infer`")),
            _ => action.notes.extend(reader.place(key)),
        }
    }
    if action.code.is_none() && runs {
        reader.refuse(
            entry.span,
            &format!("{what} has no `function` and no `code`"),
            "write `function: file`",
        );
        return None;
    }
    if !runs {
        action.code = None;
    }
    action.params = laid_over(given, &action.params);
    Some(action)
}

const LIMITS: &[&str] = &[
    "timeout",
    "memorySize",
    "logSize",
    "concurrentActivations",
    "userInvocationRate",
    "codeSize",
    "parameterSize",
];

fn limits(reader: &mut Reader, node: &Node, action: &mut Action) {
    for key in reader.known(node, "`limits`", LIMITS) {
        let Some(number) = reader.number(key) else {
            continue;
        };
        match key.key.as_str() {
            "timeout" => action.timeout_ms = Some(number),
            "memorySize" => action.memory_mb = Some(number),
            "logSize" => action.logs_mb = Some(number),
            _ => {
                let because = "wskdeploy reads it and does not set it either";
                action.notes.push(Note::new(shown(key), because));
            }
        }
    }
}

/// What an export wrote comes back; descriptions are documentation.
fn annotations(reader: &mut Reader, node: &Node, what: &str, action: &mut Action) {
    for key in reader.entries(node, &format!("the annotations of {what}")) {
        let text = key.value.text().map(str::to_owned);
        match key.key.as_str() {
            "flow-input" => action.exact.input = text,
            "flow-output" => action.exact.output = text,
            "flow-effects" => action.exact.effects = text,
            "description" if text.is_some() => action.doc = text,
            "web-export" => web(reader, key, action),
            _ => action.notes.push(annotation(key)),
        }
    }
}

pub(super) fn annotation(key: &Entry) -> Note {
    Note::new(
        format!("the annotation {}", shown(key)),
        "Flow has no annotations",
    )
}

fn web(reader: &mut Reader, key: &Entry, action: &mut Action) {
    match key.value.json() {
        Value::Bool(web) => action.web |= web,
        Value::String(raw) if raw == "raw" => {
            action.web = true;
            action.notes.push(Note::new(
                shown(key),
                "a route hands on the fields of a body, not its bytes",
            ));
        }
        _ => reader.refuse(
            key.value.span,
            "`web` is `yes`, `no` or `raw`",
            "write `web: yes`",
        ),
    }
}

impl Action {
    /// An action of which nothing more is known yet.
    pub(in crate::openwhisk) fn named(name: Name) -> Action {
        Action {
            name,
            notes: Vec::new(),
            doc: None,
            code: None,
            runtime: None,
            main: None,
            params: Vec::new(),
            outputs: Vec::new(),
            timeout_ms: None,
            memory_mb: None,
            logs_mb: None,
            web: false,
            exact: Exact::default(),
        }
    }
}
