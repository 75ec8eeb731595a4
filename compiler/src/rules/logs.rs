//! `limits/logs`: a function that keeps more log than its platform does.

use super::Subject;
use flow_lang::limits::Limit;
use flow_lang::report::{Code, Report};
use flow_lang::units;

pub(super) fn logs(subject: &Subject<'_>, report: &mut Report) {
    for callee in subject.callees() {
        let value = callee.function.logs;
        let fact = format!("`{}` keeps a log of {}", callee.name, units::size(value));
        report.findings.extend(subject.held(
            Code::LimitsLogs,
            Limit::Logs,
            &callee.key("logs"),
            value,
            &fact,
        ));
    }
}
