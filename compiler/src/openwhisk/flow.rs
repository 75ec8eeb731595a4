//! A deployment as a project: the flow, what belongs into `flow.toml`, and code that stood in the description.

mod actions;
mod chain;
mod code;
mod fields;
mod names;
mod routes;
mod rules;
mod sequences;
mod sources;
mod text;
mod toml;
mod traffic;

use super::deployment::Deployment;
use crate::project::can_name_a_flow;
use flow_lang::format::format;
use flow_lang::span::SourceId;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What a deployment becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The text of the flow, in the one style.
    pub flow: String,
    /// The text of `flow.toml`.
    pub toml: String,
    /// Code that stood in the description, by its path in the project.
    pub code: BTreeMap<String, String>,
    /// How many things have no counterpart; each is a comment in the flow.
    pub gaps: usize,
}

/// What stands above everything else.
const HEAD: &str = "\
// What a function takes and gives is known where the description says it. What else its code reads or returns has to be
// added to its types: values that are not declared do not travel, and results that are not declared are refused.
// The bounds of texts are chosen so that each call fits OpenWhisk's 1 MiB; write those that you know.
";

/// Everything that is settled before sequences, rules and routes are written.
struct Scene<'s> {
    deployment: &'s Deployment,
    functions: &'s actions::Functions<'s>,
    callable: &'s chain::Callable<'s>,
    sources: &'s sources::Sources<'s>,
    names: &'s names::Names,
    /// What an event is bound to.
    event: &'s str,
    /// The bytes of a text without a bound.
    unit: u64,
}

/// Writes a deployment as a project. `from` is what it was read from, and `fallback` a name for one that has none.
pub fn write(deployment: &Deployment, from: &str, fallback: &str) -> Imported {
    let name = flow_name(deployment.name.as_deref().unwrap_or(fallback));
    let mut functions = actions::Functions::new(deployment);
    let mut names = names::Names::new(functions.fixed_names());
    let mut toml = toml::Config::new(&name);
    let mut sources = sources::Sources::new(deployment, &mut names, &mut toml);
    functions.name(&mut names);
    let sequences: Vec<_> = deployment
        .sequences
        .iter()
        .map(|sequence| names.give(&sequence.name.name, "action"))
        .collect();
    traffic::settle(deployment, &mut functions, &mut sources);
    let rules: Vec<_> = deployment
        .rules
        .iter()
        .map(|rule| names.give(&rule.name, "rule"))
        .collect();
    let routes = routes::routes(deployment);
    let idents: Vec<_> = routes
        .iter()
        .map(|route| names.give(&route.name, "route"))
        .collect();
    let event = names.give("event", "fired");

    let unit = functions.unit(&sources);
    let mut flow = format!("// From `{}`.\n{HEAD}", text::plain(from));
    write!(flow, "flow {name}\n\n{}\n", text::notes(&deployment.notes)).expect("writes to a text");
    flow.push_str(&functions.secrets());
    sources.write(&mut flow, unit);
    functions.write(&mut flow, unit, &mut toml);
    let scene = Scene {
        deployment,
        functions: &functions,
        callable: &chain::Callable::new(deployment, &functions, &sequences),
        sources: &sources,
        names: &names,
        event: &event,
        unit,
    };
    sequences::write(&scene, &mut flow);
    rules::write(&scene, &rules, &mut flow);
    routes::write(&scene, &routes, &idents, &mut flow);
    // What is written here has no mistake of syntax: the tests put descriptions of any kind through it.
    let flow = format(SourceId(0), &flow).unwrap_or(flow);
    Imported {
        gaps: flow.matches("// not imported: ").count(),
        flow,
        toml: toml.show(),
        code: functions.code_files(),
    }
}

/// A name that a flow can have.
fn flow_name(text: &str) -> String {
    let word = names::word(text);
    match word.trim_start_matches('_') {
        word if can_name_a_flow(word) => word.to_owned(),
        _ => "imported".to_owned(),
    }
}

impl Imported {
    /// The flow with everything else as comments below it: for one that goes to standard output.
    pub fn alone(&self) -> String {
        let mut out = self.flow.clone();
        let mut file = |path: &str, content: &str| {
            write!(out, "\n// {}:\n//\n", text::plain(path)).expect("writes to a text");
            for line in content.lines() {
                let line = text::visible(line);
                writeln!(out, "{}", format!("//   {line}").trim_end()).expect("writes to a text");
            }
        };
        if self.toml.contains("[env.") {
            file("flow.toml", &self.toml);
        }
        for (path, content) in &self.code {
            file(path, content);
        }
        out
    }
}
