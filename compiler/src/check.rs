//! The whole compiler as one pure function.

use crate::lower::lower;
use crate::marks::Marks;
use crate::project::Project;
use crate::resolve::{Scope, flow_name};
use crate::rules::{RULES, Subject};
use crate::unit::Unit;
use flow_lang::plan::{PLAN_VERSION, Plan};
use flow_lang::report::Report;
use std::collections::BTreeMap;

/// The outcome of a compilation.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The plan, if there is no error.
    pub plan: Option<Plan>,
    /// Where its parts stand.
    pub marks: Marks,
    /// Everything that was found, in reading order.
    pub report: Report,
}

/// Holds a project against one of its environments.
///
/// # Panics
/// If the project has no environment of that name; the caller has asked the user for one that is there.
pub fn check(project: &Project, env: &str) -> Checked {
    let mut report = project.syntax.clone();
    let name = flow_name(project, &mut report);
    let mut unit = Unit {
        project,
        env: &project.envs[env],
        scope: Scope::collect(&project.files, &mut report),
        types: BTreeMap::new(),
        open_types: 0,
        plan: empty_plan(name.unwrap_or_default(), env),
        marks: Marks::default(),
        report,
    };
    lower(&mut unit);
    // What a declaration with a syntax error would have used is not known.
    if !project.syntax.has_errors() {
        unit.scope.unused(&mut unit.report);
    }
    if !unit.report.has_errors() {
        let subject = Subject {
            plan: &unit.plan,
            marks: &unit.marks,
            env: unit.env,
            code: &project.code,
        };
        for rule in RULES {
            rule(&subject, &mut unit.report);
        }
    }
    Checked {
        plan: (!unit.report.has_errors()).then_some(unit.plan),
        marks: unit.marks,
        report: unit.report.sorted(),
    }
}

fn empty_plan(flow: String, env: &str) -> Plan {
    Plan {
        version: PLAN_VERSION,
        flow,
        env: env.to_owned(),
        packages: BTreeMap::new(),
        triggers: BTreeMap::new(),
        secrets: BTreeMap::new(),
        actions: BTreeMap::new(),
        jobs: BTreeMap::new(),
        datasets: BTreeMap::new(),
        models: BTreeMap::new(),
        imports: BTreeMap::new(),
        infers: BTreeMap::new(),
        feedbacks: BTreeMap::new(),
        rules: BTreeMap::new(),
        positions: BTreeMap::new(),
    }
}
