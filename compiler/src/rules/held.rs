//! Holding a value against a limit of the environment's platform.

use super::Subject;
use flow_lang::limits::{self, Breach, Effective, Limit};
use flow_lang::report::{Code, Finding};

impl Subject<'_> {
    /// A limit as it holds in the environment.
    pub(super) fn limit(&self, limit: Limit) -> Option<Effective> {
        limits::profile(&self.env.functions)?.effective(&self.env.limits, limit)
    }

    /// The finding of a value out of its limit. `fact` is a clause with the value: "`f` may take 10m".
    pub(super) fn held(
        &self,
        code: Code,
        limit: Limit,
        key: &str,
        value: u64,
        fact: &str,
    ) -> Option<Finding> {
        let breach = Breach {
            fact,
            value,
            env: &self.plan.env,
            profile: limits::profile(&self.env.functions)?,
            limit: self.limit(limit)?,
        };
        breach
            .is_real()
            .then(|| Finding::new(code, self.span(key), breach.message()).help(breach.help()))
    }
}
