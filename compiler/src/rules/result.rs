//! `limits/result`: a result that can be larger than one call may return.

use super::payload_unproved::repair;
use super::{Callee, Subject, sizes};
use flow_lang::limits::Limit;
use flow_lang::report::{Code, Finding, Report};
use flow_lang::units;

pub(super) fn result(subject: &Subject<'_>, report: &mut Report) {
    for callee in subject.callees() {
        let finding = match callee.output.bound() {
            Some(bound) => {
                let fact = format!("the result of `{}` can have {}", callee.name, units::size(bound));
                subject.held(
                    Code::LimitsResult,
                    Limit::Result,
                    &callee.key("output"),
                    bound,
                    &fact,
                )
            }
            None => unproved(subject, &callee),
        };
        report.findings.extend(finding);
    }
}

/// A result without a bound may fit every time, so it is only a warning.
fn unproved(subject: &Subject<'_>, callee: &Callee<'_>) -> Option<Finding> {
    let (place, part) = sizes::unbounded(callee.output)?;
    let limit = subject.limit(Limit::Result)?;
    let message = format!(
        "the result of `{}` has no bound on its size: {place}",
        callee.name
    );
    let help = format!(
        "`{}` ({}) returns at most {}, and a larger result fails at run time: {}",
        subject.plan.env,
        subject.env.functions,
        limit.entry.unit.show(limit.max),
        repair(part),
    );
    let span = subject.span(&callee.key("output"));
    Some(
        Finding::new(Code::LimitsResult, span, message)
            .help(help)
            .warning(),
    )
}
