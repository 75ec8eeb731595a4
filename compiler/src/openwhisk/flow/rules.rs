//! Rules: what happens on an event.

use super::Scene;
use super::actions::Function;
use super::sources::{From, Source};
use super::text::{literal, notes, plain};
use crate::openwhisk::deployment::{Note, Rule};
use std::fmt::Write as _;

/// Writes all rules; `idents` are their names in the flow.
pub(super) fn write(scene: &Scene<'_>, idents: &[String], out: &mut String) {
    for (rule, ident) in scene.deployment.rules.iter().zip(idents) {
        out.push('\n');
        out.push_str(&notes(&rule.notes));
        let trigger = scene
            .sources
            .find(&rule.trigger)
            .ok_or_else(|| format!("there is no trigger {}", rule.trigger));
        let package = rule.package.as_deref();
        let chain = scene.callable.chain(scene.functions, &rule.action, package);
        let callee = scene.callable.ident(scene.functions, &rule.action, package);
        match trigger.and_then(|trigger| Ok((&scene.sources.triggers[trigger], chain?, callee?))) {
            Ok((source, chain, callee)) => {
                let first = &scene.functions.all[chain[0]];
                out.push_str(&one(rule, ident, source, first, &callee, scene.event));
            }
            Err(because) => {
                let what = format!("the rule {}, {} on {}", rule.name, rule.action, rule.trigger);
                out.push_str(&notes(&[Note::new(what, because)]));
            }
        }
    }
}

fn one(
    rule: &Rule,
    ident: &str,
    source: &Source<'_>,
    first: &Function<'_>,
    callee: &str,
    event: &str,
) -> String {
    let taken: Vec<_> = source
        .event
        .fields
        .iter()
        .filter(|(name, _)| first.input.get(name).is_some())
        .collect();
    let (binding, args) = match &source.from {
        _ if taken.is_empty() => (String::new(), String::new()),
        From::Clock { .. } => {
            let value = |value| literal(value).unwrap_or_default();
            let fields = taken
                .iter()
                .filter_map(|(name, field)| Some((name, field.default.as_ref()?)));
            let fields: Vec<_> = fields
                .map(|(name, default)| format!("{name}: {}", value(default)))
                .collect();
            (String::new(), format!("{{ {} }}", fields.join(", ")))
        }
        From::People | From::Documents { .. } => (format!("({event})"), event.to_owned()),
    };
    let mut out = String::new();
    if ident != rule.name {
        writeln!(out, "// `{}` on OpenWhisk.", plain(&rule.name)).expect("writes to a text");
    }
    let call = format!("{callee}({args})");
    let head = format!(
        "rule {ident}: on {}{binding} with {{ overlap: parallel }}",
        source.ident
    );
    match head.len() + call.len() <= 100 {
        true => writeln!(out, "{head} {{ {call} }}"),
        false => writeln!(out, "{head} {{\n{call}\n}}"),
    }
    .expect("writes to a text");
    out
}
