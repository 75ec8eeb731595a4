//! `limits/timeout`: a function that may take longer, or less, than its platform allows.

use super::Subject;
use flow_lang::limits::Limit;
use flow_lang::report::{Code, Report};
use flow_lang::units;

pub(super) fn timeout(subject: &Subject<'_>, report: &mut Report) {
    for callee in subject.callees() {
        let value = callee.function.timeout_ms;
        let fact = format!("`{}` may take {}", callee.name, units::duration(value));
        report.findings.extend(subject.held(
            Code::LimitsTimeout,
            Limit::Timeout,
            &callee.key("timeout"),
            value,
            &fact,
        ));
    }
}
