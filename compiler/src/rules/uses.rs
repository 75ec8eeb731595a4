//! What uses how much of a limit: each rule about a limit says it once, for its finding and for the headroom.

use super::Subject;
use flow_lang::limits::{self, Breach, Effective, Limit};
use flow_lang::report::{Code, Finding, Report};

/// How much of a limit something uses at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The limit.
    pub limit: Limit,
    /// What uses it, as the subject of a clause: "the arguments of `f`".
    pub of: String,
    /// The key of its place in the marks.
    pub key: String,
    /// So much, in the limit's unit; nothing where nothing bounds it.
    pub value: Option<u64>,
    /// What has most of it, in words: "`image` alone 2MiB"; of what has no bound, the part without one.
    pub mostly: Option<String>,
    /// The fact with the value, as a clause: "the arguments of `f` can have 2MiB".
    pub fact: String,
}

impl Subject<'_> {
    /// A limit as it holds in the environment.
    pub fn limit(&self, limit: Limit) -> Option<Effective> {
        limits::profile(&self.env.functions)?.effective(&self.env.limits, limit)
    }

    /// Finds those that are out of their limit.
    pub(super) fn hold(&self, code: Code, uses: &[Use], report: &mut Report) {
        report
            .findings
            .extend(uses.iter().filter_map(|each| self.held(code, each)));
    }

    fn held(&self, code: Code, each: &Use) -> Option<Finding> {
        let breach = Breach {
            fact: &each.fact,
            value: each.value?,
            env: &self.plan.env,
            profile: limits::profile(&self.env.functions)?,
            limit: self.limit(each.limit)?,
        };
        breach
            .is_real()
            .then(|| Finding::new(code, self.span(&each.key), breach.message()).help(breach.help()))
    }
}

/// A clause about the largest part, to stand in brackets behind a value.
pub(super) fn in_brackets(mostly: &Option<String>) -> String {
    mostly
        .as_ref()
        .map(|mostly| format!(" ({mostly})"))
        .unwrap_or_default()
}
