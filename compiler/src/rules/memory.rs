//! `limits/memory`: a function that asks for more memory, or less, than its platform gives.

use super::Subject;
use flow_lang::limits::Limit;
use flow_lang::report::{Code, Report};
use flow_lang::units;

pub(super) fn memory(subject: &Subject<'_>, report: &mut Report) {
    for callee in subject.callees() {
        let value = callee.function.memory;
        let fact = format!("`{}` asks for {}", callee.name, units::size(value));
        report.findings.extend(subject.held(
            Code::LimitsMemory,
            Limit::Memory,
            &callee.key("memory"),
            value,
            &fact,
        ));
    }
}
