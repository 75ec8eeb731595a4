//! What of a plan OpenWhisk can carry out, as a manifest of wskdeploy. Everything else is named.

mod actions;
mod chains;
mod tree;
mod triggers;
mod work;

use crate::project::CodeFolder;
use flow_lang::plan::Plan;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use tree::Tree;

/// A plan as a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The text of the manifest; what is left out stands in it as comments.
    pub manifest: String,
    /// What OpenWhisk cannot express, a line each.
    pub left_out: Vec<String>,
}

/// The manifest on its way.
#[derive(Default)]
struct Building {
    dependencies: Vec<(String, Tree)>,
    actions: Vec<(String, Tree)>,
    sequences: Vec<(String, Tree)>,
    triggers: Vec<(String, Tree)>,
    rules: Vec<(String, Tree)>,
    apis: Vec<(String, Tree)>,
    left_out: Vec<String>,
    /// Actions that are in the manifest.
    there: BTreeSet<String>,
    /// Actions and sequences that a route calls.
    web: BTreeSet<String>,
    /// What follows the slots of a clock, by trigger.
    payloads: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

/// Writes a plan as a manifest. `code` are the folders of the project.
pub fn build(plan: &Plan, code: &BTreeMap<String, CodeFolder>) -> Built {
    let mut building = Building::default();
    building.which(plan);
    // Rules and routes say what actions and triggers need.
    building.work(plan);
    building.all_actions(plan, code);
    building.all_triggers(plan);
    building.rest(plan);
    building.finish(&plan.flow)
}

impl Building {
    fn leave_out(&mut self, what: impl Into<String>) {
        self.left_out.push(what.into());
    }

    /// Kinds of things that OpenWhisk does not have at all.
    fn rest(&mut self, plan: &Plan) {
        for (name, job) in &plan.jobs {
            let word = if job.model_size.is_some() { "train" } else { "job" };
            self.leave_out(format!(
                "the {word} `{name}`: nothing there runs longer than five minutes"
            ));
        }
        for name in plan.datasets.keys() {
            self.leave_out(format!("the dataset `{name}`: nothing there keeps rows"));
        }
        for name in plan.models.keys().chain(plan.imports.keys()) {
            self.leave_out(format!("the model `{name}`: nothing there serves models"));
        }
        for name in plan.feedbacks.keys() {
            self.leave_out(format!(
                "the feedback `{name}`: a request is not remembered there"
            ));
        }
    }

    fn finish(self, flow: &str) -> Built {
        let mut package = Vec::new();
        for (key, mut entries) in [
            ("dependencies", self.dependencies),
            ("actions", self.actions),
            ("sequences", self.sequences),
            ("triggers", self.triggers),
            ("rules", self.rules),
            ("apis", self.apis),
        ] {
            // As a plan has them, wherever they came from.
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            if !entries.is_empty() {
                package.push((key.to_owned(), Tree::Map(entries)));
            }
        }
        let one = |name: &str, tree| Tree::Map(vec![(name.to_owned(), tree)]);
        let project = vec![
            ("name".to_owned(), Tree::text(flow)),
            ("packages".to_owned(), one(flow, Tree::Map(package))),
        ];
        let mut manifest = format!("# The flow `{flow}`, as far as OpenWhisk can carry it out.\n");
        if !self.left_out.is_empty() {
            manifest.push_str("#\n# What it cannot express:\n");
        }
        for line in &self.left_out {
            writeln!(manifest, "# - {}", one_line(line)).expect("writes to a text");
        }
        one("project", Tree::Map(project)).write(0, &mut manifest);
        Built {
            manifest,
            left_out: self.left_out,
        }
    }
}

/// A text without what would end a comment or cannot be seen.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() || c == '\u{2028}' || c == '\u{2029}' {
                ' '
            } else {
                c
            }
        })
        .collect()
}
