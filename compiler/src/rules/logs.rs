//! `limits/logs`: a function that keeps more log than its platform does.

use super::Subject;
use super::uses::Use;
use flow_lang::limits::Limit;
use flow_lang::report::{Code, Report};
use flow_lang::units;

pub(super) fn logs(subject: &Subject<'_>, report: &mut Report) {
    subject.hold(Code::LimitsLogs, &uses(subject), report);
}

pub(super) fn uses(subject: &Subject<'_>) -> Vec<Use> {
    let of = subject.callees().map(|callee| {
        let value = callee.function.logs;
        Use {
            limit: Limit::Logs,
            of: format!("`{}`", callee.name),
            key: callee.key("logs"),
            value: Some(value),
            mostly: None,
            fact: format!("`{}` keeps a log of {}", callee.name, units::exact_size(value)),
        }
    });
    of.collect()
}
