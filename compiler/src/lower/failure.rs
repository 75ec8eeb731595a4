//! `on failure(err) { … }`: what happens when a run has failed and nothing caught it.

use super::catch::error_type;
use super::graph::{Body, Scale};
use super::value::{Value, optional};
use flow_lang::ast::OnFailure;
use flow_lang::plan::{Expr, Guard, Op, StepIx};
use flow_lang::report::{Code, Finding};
use std::collections::BTreeSet;

impl Body<'_, '_> {
    /// It sees the event and the error; what the rule has named may be there or not.
    pub(super) fn on_failure(&mut self, handler: &OnFailure) {
        if self.steps.is_empty() {
            return self.unit.report.add(
                Finding::new(Code::TypesMismatch, handler.span, "nothing here can fail")
                    .help("put the steps of the rule before it"),
            );
        }
        let needed: BTreeSet<StepIx> = self
            .steps
            .iter()
            .filter(|step| step.within.is_none())
            .flat_map(|step| step.needs.iter().copied())
            .collect();
        let last = |ix: &StepIx| !needed.contains(ix) && self.steps[*ix].within.is_none();
        self.after = (0..self.steps.len()).filter(last).collect();
        self.step(
            None,
            "failure",
            Op::Failure,
            optional(error_type()),
            handler.error.span,
        );
        self.after.clear();
        let step = self.steps.len() - 1;
        self.scale = Scale::Short;
        self.check_free(&handler.error);
        self.guards.push(Guard { step, is: true });
        let seen = Value {
            expr: Expr::Step(step),
            ty: error_type(),
        };
        self.block_with(&handler.error.name, Some(seen), &handler.body, false);
        self.guards.pop();
    }
}
