//! What is proved about a plan: one file a rule.

use crate::marks::Marks;
use crate::project::{CodeFolder, Environment};
use flow_lang::plan::Plan;
use flow_lang::report::Report;
use std::collections::BTreeMap;

/// What a rule looks at.
pub struct Subject<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Where its parts stand.
    pub marks: &'a Marks,
    /// The environment that it is for.
    pub env: &'a Environment,
    /// The code folders.
    pub code: &'a BTreeMap<String, CodeFolder>,
}

/// A rule.
pub type Rule = fn(&Subject<'_>, &mut Report);

/// All rules, in the order in which they look.
pub const RULES: &[Rule] = &[];
