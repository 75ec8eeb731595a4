//! `limits/timeout`: a function that may take longer, or less, than its platform allows.

use super::Subject;
use super::uses::Use;
use flow_lang::limits::Limit;
use flow_lang::report::{Code, Report};
use flow_lang::units;

pub(super) fn timeout(subject: &Subject<'_>, report: &mut Report) {
    subject.hold(Code::LimitsTimeout, &uses(subject), report);
}

pub(super) fn uses(subject: &Subject<'_>) -> Vec<Use> {
    let of = subject.callees().map(|callee| {
        let value = callee.function.timeout_ms;
        Use {
            limit: Limit::Timeout,
            of: format!("`{}`", callee.name),
            key: callee.key("timeout"),
            value: Some(value),
            mostly: None,
            fact: format!("`{}` may take {}", callee.name, units::duration(value)),
        }
    });
    of.collect()
}
