//! The whole compiler as one pure function.

use crate::marks::Marks;
use crate::project::Project;
use flow_lang::plan::Plan;
use flow_lang::report::Report;

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
pub fn check(project: &Project, _env: &str) -> Checked {
    Checked {
        plan: None,
        marks: Marks::default(),
        report: project.syntax.clone(),
    }
}
