//! What is proved about a plan: one file a rule.

mod code_entry;
mod code_missing;
mod code_runtime;
mod code_size;
mod dead_trigger;
mod edges;
mod entry;
mod impure;
mod known;
mod logs;
mod memory;
mod parameters;
mod payload;
mod payload_unproved;
mod python;
mod result;
mod retry;
mod retry_not_idempotent;
mod sequence_length;
mod sizes;
mod timeout;
mod training_in_action;
mod trigger_loop;
mod ungated_deploy;
mod unreachable;
mod uses;

#[cfg(test)]
mod tests;

pub use uses::Use;

use crate::marks::Marks;
use crate::project::{CodeFolder, Environment};
use flow_lang::plan::{Function, Graph, Plan, Type};
use flow_lang::report::Report;
use flow_lang::span::Span;
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
    /// What is [installed](crate::project::Project::installed) on this machine.
    pub installed: &'a BTreeMap<String, u64>,
}

/// A rule.
pub type Rule = fn(&Subject<'_>, &mut Report);

/// All rules, in the order in which they look.
pub const RULES: &[Rule] = &[
    timeout::timeout,
    memory::memory,
    logs::logs,
    code_size::code_size,
    parameters::parameters,
    payload::payload,
    payload_unproved::payload_unproved,
    result::result,
    sequence_length::sequence_length,
    retry::retry,
    trigger_loop::trigger_loop,
    unreachable::unreachable,
    dead_trigger::dead_trigger,
    training_in_action::training_in_action,
    ungated_deploy::ungated_deploy,
    code_missing::code_missing,
    code_entry::code_entry,
    code_runtime::code_runtime,
    retry_not_idempotent::retry_not_idempotent,
    impure::impure,
];

/// What runs on the function platform: an action, or the workers of a model.
struct Callee<'a> {
    /// `action` or `model`.
    kind: &'static str,
    name: &'a str,
    input: &'a Type,
    output: &'a Type,
    function: &'a Function,
}

impl Callee<'_> {
    /// The key of one of its parts in the marks.
    fn key(&self, part: &str) -> String {
        format!("{}/{}/{part}", self.kind, self.name)
    }
}

impl<'a> Subject<'a> {
    /// What uses how much of each limit.
    pub fn uses(&self) -> Vec<Use> {
        let all: [fn(&Subject<'_>) -> Vec<Use>; 9] = [
            timeout::uses,
            memory::uses,
            logs::uses,
            code_size::uses,
            parameters::uses,
            payload::uses,
            result::uses,
            sequence_length::uses,
            retry::uses,
        ];
        all.iter().flat_map(|uses| uses(self)).collect()
    }

    /// The graphs with what declares them: `rule`, `infer`, `feedback` or `prepare`, and the name.
    fn graphs(&self) -> impl Iterator<Item = (&'static str, &'a String, &'a Graph)> {
        let plan = self.plan;
        let rules = plan.rules.iter().map(|(name, rule)| ("rule", name, &rule.graph));
        let infers = plan
            .infers
            .iter()
            .map(|(name, infer)| ("infer", name, &infer.graph));
        let feedbacks = plan.feedbacks.iter();
        let feedbacks = feedbacks.map(|(name, feedback)| ("feedback", name, &feedback.graph));
        let prepares = plan.prepares.iter();
        let prepares = prepares.map(|(name, prepare)| ("prepare", name, &prepare.graph));
        rules.chain(infers).chain(feedbacks).chain(prepares)
    }

    fn callees(&self) -> impl Iterator<Item = Callee<'a>> {
        let actions = self.plan.actions.iter().map(|(name, action)| Callee {
            kind: "action",
            name,
            input: &action.input,
            output: &action.output,
            function: &action.function,
        });
        let models = self.plan.models.iter().map(|(name, model)| Callee {
            kind: "model",
            name,
            input: &model.input,
            output: &model.output,
            function: &model.function,
        });
        actions.chain(models)
    }

    fn span(&self, key: &str) -> Span {
        self.marks
            .get(key)
            .expect("lowering marks every declaration of the plan")
    }
}
