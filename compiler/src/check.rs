//! The whole compiler as one pure function.

use crate::link::{Linked, link};
use crate::lower::lower;
use crate::marks::Marks;
use crate::project::Project;
use crate::resolve::{Scope, flow_name};
use crate::rules::{RULES, Subject};
use crate::unit::Unit;
use flow_lang::plan::Plan;
use flow_lang::report::{Code, Finding, Report};

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

/// A project whose names and types have been looked at, and nothing else.
pub(crate) fn lowered<'a>(project: &'a Project, linked: &'a Linked, env: &str) -> Unit<'a> {
    let mut report = project.syntax.clone();
    report.findings.extend(linked.findings.iter().cloned());
    let name = flow_name(project, &mut report);
    let scope = Scope::collect(&project.files, linked, &mut report);
    let mut unit = Unit::new(project, env, scope, name.unwrap_or_default(), report);
    lower(&mut unit);
    unit
}

/// Holds a project against one of its environments.
///
/// # Panics
/// If the project has no environment of that name; the caller has asked the user for one that is there.
pub fn check(project: &Project, env: &str) -> Checked {
    let linked = link(project);
    let mut unit = lowered(project, &linked, env);
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
            installed: &project.installed,
        };
        for rule in RULES {
            rule(&subject, &mut unit.report);
        }
        // What this flow never comes to in a body from elsewhere is there for others.
        let own = |finding: &Finding| (finding.span.source.0 as usize) < project.files.len();
        let ours = |finding: &Finding| finding.code != Code::GraphUnreachable || own(finding);
        unit.report.findings.retain(ours);
    }
    Checked {
        plan: (!unit.report.has_errors()).then_some(unit.plan),
        marks: unit.marks,
        report: unit.report.sorted(),
    }
}
