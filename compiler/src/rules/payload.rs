//! `limits/payload`: arguments of a call, or the event of a trigger, that can be larger than the platform carries.

use super::{Subject, sizes};
use flow_lang::limits::Limit;
use flow_lang::plan::Type;
use flow_lang::report::{Code, Report};
use flow_lang::units;

pub(super) fn payload(subject: &Subject<'_>, report: &mut Report) {
    for callee in subject.callees() {
        // `params` set fields of the input, so its bound counts them.
        if let Some(bound) = callee.input.bound() {
            let what = format!("the arguments of `{}`", callee.name);
            hold(subject, report, &callee.key("input"), callee.input, bound, &what);
        }
    }
    for (name, trigger) in &subject.plan.triggers {
        if let Some(bound) = trigger.payload.bound() {
            let what = format!("an event of `{name}`");
            let key = format!("trigger/{name}");
            hold(subject, report, &key, &trigger.payload, bound, &what);
        }
    }
}

fn hold(subject: &Subject<'_>, report: &mut Report, key: &str, ty: &Type, bound: u64, what: &str) {
    let part = match sizes::largest(ty) {
        Some((field, bound)) => format!(" (`{field}` alone {})", units::size(bound)),
        None => String::new(),
    };
    let fact = format!("{what} can have {}{part}", units::size(bound));
    report
        .findings
        .extend(subject.held(Code::LimitsPayload, Limit::Payload, key, bound, &fact));
}
