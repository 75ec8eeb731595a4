//! `limits/payload-unproved`: arguments or events without a bound, so that nothing is proved about their size.

use super::payload::posted;
use super::{Subject, sizes};
use flow_lang::limits::Limit;
use flow_lang::plan::Type;
use flow_lang::report::{Code, Finding, Report};

pub(super) fn payload_unproved(subject: &Subject<'_>, report: &mut Report) {
    for callee in subject.callees() {
        let what = format!("the arguments of `{}`", callee.name);
        report
            .findings
            .extend(unproved(subject, &callee.key("input"), callee.input, &what));
    }
    for (name, trigger) in &subject.plan.triggers {
        let what = format!("events of `{name}`");
        let key = format!("trigger/{name}");
        report
            .findings
            .extend(unproved(subject, &key, &trigger.payload, &what));
    }
    for (key, callback, ty) in posted(subject) {
        let what = format!("posts to `{callback}`");
        report.findings.extend(unproved(subject, &key, ty, &what));
    }
}

fn unproved(subject: &Subject<'_>, key: &str, ty: &Type, what: &str) -> Option<Finding> {
    let (place, part) = sizes::unbounded(ty)?;
    let limit = subject.limit(Limit::Payload)?;
    let message = format!("{what} have no bound on their size: {place}");
    let help = format!(
        "`{}` ({}) carries at most {}, and a larger value fails at run time: {}",
        subject.plan.env,
        subject.env.functions,
        limit.entry.unit.show(limit.max),
        repair(part),
    );
    Some(Finding::new(Code::LimitsPayloadUnproved, subject.span(key), message).help(help))
}

/// How a part without a bound gets one.
pub(super) fn repair(part: &Type) -> String {
    match part {
        Type::List { item, .. } => format!("write `[{}; ..N]`", item.show()),
        other => format!("write `{}<N>`", other.show()),
    }
}
