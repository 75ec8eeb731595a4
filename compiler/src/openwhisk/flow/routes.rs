//! Routes: paths of the API gateway, and web actions.

use super::Scene;
use super::fields::{Field, Record};
use super::text::{can_name, notes, quoted};
use crate::openwhisk::deployment::{Deployment, Name, Note, Route};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// How long a request is waited for on OpenWhisk.
const DEADLINE: &str = "60s";
/// The first parts of paths that belong to the daemon.
const RESERVED: [&str; 6] = ["v1", "v2", "api", "console", "healthz", "metrics"];

/// All routes: those of the gateway, and one for each web action that none of them calls.
pub(super) fn routes(deployment: &Deployment) -> Vec<Route> {
    let target = |route: &Route| Name::read(&route.action, route.package.as_deref());
    let called: BTreeSet<_> = deployment.routes.iter().filter_map(target).collect();
    let actions = deployment
        .actions
        .iter()
        .filter(|action| action.web)
        .map(|action| &action.name);
    let sequences = deployment
        .sequences
        .iter()
        .filter(|sequence| sequence.web)
        .map(|sequence| &sequence.name);
    let alone = actions.chain(sequences).filter(|name| !called.contains(name));
    let alone = alone.map(|name| Route {
        name: format!("ask_{}", name.name),
        notes: vec![Note::new(
            format!("the other methods and endings of the web action {}", name.shown()),
            "a route answers POST with JSON",
        )],
        path: format!("/{}/{}", name.package.as_deref().unwrap_or("default"), name.name),
        method: "POST".to_owned(),
        action: name.name.clone(),
        package: name.package.clone(),
    });
    deployment.routes.iter().cloned().chain(alone).collect()
}

/// Writes the routes; `idents` are their names in the flow.
pub(super) fn write(scene: &Scene<'_>, routes: &[Route], idents: &[String], out: &mut String) {
    let functions = scene.functions;
    let declared = |name: &str| scene.names.is_taken(name);
    let mut paths = BTreeSet::new();
    for (route, ident) in routes.iter().zip(idents) {
        let mut lost = route.notes.clone();
        let package = route.package.as_deref();
        let written = scene.callable.chain(functions, &route.action, package).and_then(|chain| {
            let callee = scene.callable.ident(functions, &route.action, package)?;
            let path = path(&route.path, &mut paths)?;
            let first = &functions.all[chain[0]].input;
            let input = input(first, &declared, &mut lost)?;
            let output = chain.last().map(|last| functions.all[*last].output.show(scene.unit));
            let output = output.unwrap_or_default();
            let (sent, args) = arguments(&input, scene.unit);
            Ok(format!(
                "infer {ident}({sent}) -> {output} on POST {} with {{ deadline: {DEADLINE} }} {{\n  return {callee}({args})\n}}\n",
                quoted(&path)
            ))
        });
        out.push('\n');
        match written {
            Ok(infer) => {
                if route.method != "POST" {
                    lost.push(Note::new(
                        format!("the method {}", route.method),
                        "a route answers POST",
                    ));
                }
                write!(out, "{}{infer}", notes(&lost)).expect("writes to a text");
            }
            Err(because) => {
                let what = format!("{} {}, which calls {}", route.method, route.path, route.action);
                out.push_str(&notes(&[Note::new(what, because)]));
            }
        }
    }
}

/// A path that a route can have.
fn path(path: &str, taken: &mut BTreeSet<String>) -> Result<String, String> {
    let first = path.split('/').nth(1).unwrap_or_default();
    if RESERVED.contains(&first) {
        return Err(format!("/{first} belongs to the daemon: choose another path"));
    }
    if path.contains(char::is_whitespace) || path.contains(['{', '*']) {
        return Err("a path is a fixed text".to_owned());
    }
    if path == "/" {
        return Err("a path has a name after its slash".to_owned());
    }
    match taken.insert(path.to_owned()) {
        true => Ok(path.to_owned()),
        false => Err("a route with this path is there already".to_owned()),
    }
}

/// What is sent to the route: what its first action takes.
fn input(first: &Record, declared: &dyn Fn(&str) -> bool, lost: &mut Vec<Note>) -> Result<Record, String> {
    let mut input = Record::default();
    for (name, field) in &first.fields {
        // The fields are names in the body.
        if !can_name(name) || declared(name) {
            if field.must_be_given() {
                return Err(format!("the field {name} cannot be a name in a route"));
            }
            lost.push(Note::new(
                format!("the field {name}"),
                "it cannot be a name in a route",
            ));
            continue;
        }
        let field = Field {
            optional: field.optional || field.default.is_some(),
            default: None,
            ..field.clone()
        };
        input.add(name, field);
    }
    Ok(input)
}

/// The input of a route and the arguments of its call.
fn arguments(input: &Record, unit: u64) -> (String, String) {
    let fields: Vec<_> = input
        .fields
        .iter()
        .map(|(name, _)| format!("{name}: {name}"))
        .collect();
    match fields.is_empty() {
        true => (String::new(), String::new()),
        false => (input.show(unit), format!("{{ {} }}", fields.join(", "))),
    }
}
