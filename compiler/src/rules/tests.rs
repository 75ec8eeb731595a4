//! Each rule on small plans: what it must find, and what looks alike and is fine.

mod code;
mod graphs;
mod sizes;

use super::{RULES, Subject};
use crate::marks::Marks;
use crate::project::{CodeFile, CodeFolder, Environment};
use flow_lang::plan::Plan;
use flow_lang::report::{Report, Severity};
use flow_lang::span::{SourceId, Span};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Runs all rules over a plan for OpenWhisk. `code` is the content of the folder `functions`; each finding is
/// `id: message`, warnings begin with `warning `.
fn check(parts: Value, code: &[(&str, &str)], findings: &[&str]) {
    check_in(&[], parts, code, findings);
}

/// The same in an environment that states limits itself.
fn check_in(limits: &[(&str, u64)], parts: Value, code: &[(&str, &str)], findings: &[&str]) {
    let mut plan = json!({ "version": 1, "flow": "f", "env": "prod" });
    for group in [
        "packages",
        "triggers",
        "secrets",
        "actions",
        "jobs",
        "datasets",
        "models",
        "infers",
        "feedbacks",
        "rules",
    ] {
        plan[group] = json!({});
    }
    lay(&mut plan, &parts);
    let plan: Plan = serde_json::from_value(plan).expect("the test's plan is a plan");
    let mut marks = Marks::default();
    for kind in ["action", "job", "model", "trigger", "rule"] {
        marks.set(kind, Span::new(SourceId(0), 0, 0));
    }
    let files = code.iter().map(|(path, text)| {
        let file = CodeFile {
            size: text.len() as u64,
            text: Some((*text).to_owned()),
        };
        ((*path).to_owned(), file)
    });
    let functions = CodeFolder {
        files: files.collect(),
        exists: true,
        ..CodeFolder::default()
    };
    let env = Environment {
        functions: "openwhisk".into(),
        jobs: "process".into(),
        artifacts: "file:.flow/artifacts".into(),
        database: "sqlite:.flow/flow.db".into(),
        packages: BTreeMap::new(),
        secrets: BTreeMap::new(),
        params: BTreeMap::new(),
        groups: BTreeMap::new(),
        limits: limits
            .iter()
            .map(|(name, max)| ((*name).to_owned(), *max))
            .collect(),
    };
    let mut report = Report::default();
    for rule in RULES {
        rule(
            &Subject {
                plan: &plan,
                marks: &marks,
                env: &env,
                code: &BTreeMap::from([("functions".to_owned(), functions.clone())]),
                installed: &BTreeMap::new(),
            },
            &mut report,
        );
    }
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|finding| {
            let warning = if finding.severity == Severity::Warning {
                "warning "
            } else {
                ""
            };
            format!("{warning}{}: {}", finding.code.info().id, finding.message)
        })
        .collect();
    assert_eq!(found, findings);
    assert!(report.findings.iter().all(|finding| finding.help.is_some()));
}

/// Lays `over` onto `base`: functions and code field by field, all else whole.
fn lay(base: &mut Value, over: &Value) {
    for (key, value) in over.as_object().expect("properties") {
        match key.as_str() {
            "function" | "code" => lay(&mut base[key], value),
            _ => base[key] = value.clone(),
        }
    }
}

fn record(fields: &[(&str, Value)]) -> Value {
    let fields = fields
        .iter()
        .map(|(name, ty)| ((*name).to_owned(), json!({ "type": ty })));
    json!({ "record": fields.collect::<serde_json::Map<_, _>>() })
}

fn text(max: u64) -> Value {
    json!({ "text": { "max": max } })
}

fn model() -> Value {
    json!({ "model": { "input": record(&[]), "output": record(&[]) } })
}

fn dataset() -> Value {
    json!({ "dataset": record(&[]) })
}

/// The code of [`function`].
const MAIN: &[(&str, &str)] = &[("a.py", "def main(args):\n    return {}\n")];

fn function() -> Value {
    json!({
        "runtime": "python:3", "code": { "folder": "functions", "digest": "", "requirements": null },
        "entry": "a.main", "memory": 256 << 20, "timeout_ms": 60_000, "logs": 10 << 20,
        "payload": 1 << 20, "result": 1 << 20, "params": {}, "secrets": [],
    })
}

/// An action with other properties laid over.
fn action(over: Value) -> Value {
    let mut action = json!({
        "input": record(&[]), "output": record(&[]), "effects": "idempotent", "attempts": 1, "function": function(),
    });
    lay(&mut action, &over);
    action
}

/// A job that writes to these packages.
fn job(writes: &[&str]) -> Value {
    json!({
        "input": record(&[]), "output": record(&[]), "command": ["python", "a.py"],
        "code": { "folder": "functions", "digest": "", "requirements": null }, "cpu": 1, "memory": 1 << 30,
        "timeout_ms": 7_200_000, "pending_ms": 600_000, "attempts": 3, "model_size": null,
        "reports": record(&[]), "writes": writes, "secrets": [],
    })
}

/// A rule with these steps; each is `[operation, guards]` and named `s0`, `s1`, …
fn rule(on: Value, rate: bool, steps: &[(Value, Value)]) -> Value {
    let steps: Vec<_> = steps
        .iter()
        .enumerate()
        .map(|(ix, (op, guards))| {
            json!({ "name": format!("s{ix}"), "op": op, "needs": [], "guards": guards, "output": record(&[]) })
        })
        .collect();
    json!({
        "on": [on], "filter": null, "deadline_ms": null,
        "rate": if rate { json!({ "count": 10, "per_ms": 3_600_000 }) } else { Value::Null },
        "overlap": "queue", "queue_max": 1000,
        "graph": { "input": record(&[]), "steps": steps, "result": null, "output": record(&[]) },
    })
}
