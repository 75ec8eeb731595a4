//! `limits/payload`: arguments of a call, or the event of a trigger, that can be larger than the platform carries.
//!
//! What counts is all that the code is given: the fields that it declares, with their defaults and `params`, and the
//! secrets that it names. A model is asked with a list of rows, of which one has to fit.

use super::edges::edges;
use super::uses::{Use, in_brackets};
use super::{Callee, Subject, sizes};
use flow_lang::limits::Limit;
use flow_lang::plan::{Length, Op, Type};
use flow_lang::report::{Code, Report};
use flow_lang::units;

pub(super) fn payload(subject: &Subject<'_>, report: &mut Report) {
    subject.hold(Code::LimitsPayload, &uses(subject), report);
}

/// What every declaration may carry, and what a call does where its callee has no bound.
pub(super) fn uses(subject: &Subject<'_>) -> Vec<Use> {
    let mut uses = Vec::new();
    for callee in subject.callees() {
        let what = format!("the arguments of `{}`", callee.name);
        uses.push(of(callee.key("input"), &callee.carried(), what));
    }
    for (name, trigger) in &subject.plan.triggers {
        let what = format!("an event of `{name}`");
        uses.push(of(format!("trigger/{name}"), &trigger.payload, what));
    }
    for (key, callback, ty) in posted(subject) {
        uses.push(of(key, ty, format!("what is posted to `{callback}`")));
    }
    uses.extend(edges(subject));
    uses
}

/// What runs wait for at callbacks: the key of the step, the name of its callback, and the type.
pub(super) fn posted<'s>(subject: &Subject<'s>) -> Vec<(String, &'s str, &'s Type)> {
    let mut posted = Vec::new();
    for (kind, name, graph) in subject.graphs() {
        for step in &graph.steps {
            if let Op::Await { callback, .. } = &step.op {
                let key = format!("{kind}/{name}/steps/{}", step.name);
                posted.push((key, graph.steps[*callback].name.as_str(), &step.output));
            }
        }
    }
    posted
}

impl Callee<'_> {
    /// What one call carries at least.
    fn carried(&self) -> Type {
        let given = self.function.given(self.input);
        match self.kind {
            "model" => Type::List {
                item: Box::new(given),
                length: Length::Exactly(1),
            },
            _ => given,
        }
    }
}

fn of(key: String, ty: &Type, what: String) -> Use {
    let value = ty.bound();
    let mostly = match value {
        Some(_) => sizes::largest(ty).map(|(field, bound)| sizes::alone(field, bound)),
        None => sizes::unbounded(ty).map(|(place, _)| place),
    };
    let fact = match value {
        Some(bound) => format!("{what} can have {}{}", units::size(bound), in_brackets(&mostly)),
        None => format!("{what} can have any size"),
    };
    Use {
        limit: Limit::Payload,
        of: what,
        key,
        value,
        mostly,
        fact,
    }
}
