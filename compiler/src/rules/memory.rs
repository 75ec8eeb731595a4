//! `limits/memory`: a function that asks for more memory, or less, than its platform gives.

use super::Subject;
use super::uses::Use;
use flow_lang::limits::Limit;
use flow_lang::report::{Code, Report};
use flow_lang::units;

pub(super) fn memory(subject: &Subject<'_>, report: &mut Report) {
    subject.hold(Code::LimitsMemory, &uses(subject), report);
}

pub(super) fn uses(subject: &Subject<'_>) -> Vec<Use> {
    let of = subject.callees().map(|callee| {
        let value = callee.function.memory;
        Use {
            limit: Limit::Memory,
            of: format!("`{}`", callee.name),
            key: callee.key("memory"),
            value: Some(value),
            mostly: None,
            fact: format!("`{}` asks for {}", callee.name, units::exact_size(value)),
        }
    });
    of.collect()
}
