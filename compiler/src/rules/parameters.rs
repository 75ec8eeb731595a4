//! `limits/parameters`: values under `params` that are larger than the platform takes.

use super::Subject;
use flow_lang::limits::Limit;
use flow_lang::report::{Code, Report};
use flow_lang::units;

pub(super) fn parameters(subject: &Subject<'_>, report: &mut Report) {
    for callee in subject.callees() {
        let size = super::sizes::json(&callee.function.params);
        let fact = format!("the `params` of `{}` are {}", callee.name, units::size(size));
        let key = callee.key("params");
        report
            .findings
            .extend(subject.held(Code::LimitsParameters, Limit::Parameters, &key, size, &fact));
    }
}
