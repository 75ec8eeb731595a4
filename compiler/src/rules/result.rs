//! `limits/result`: a result that can be larger than one call may return.

use super::payload_unproved::repair;
use super::uses::{Use, in_brackets};
use super::{Callee, Subject, sizes};
use flow_lang::limits::Limit;
use flow_lang::plan::{Length, Type};
use flow_lang::report::{Code, Finding, Report};
use flow_lang::units;

pub(super) fn result(subject: &Subject<'_>, report: &mut Report) {
    subject.hold(Code::LimitsResult, &uses(subject), report);
    for callee in subject.callees() {
        report.findings.extend(unproved(subject, &callee));
    }
}

pub(super) fn uses(subject: &Subject<'_>) -> Vec<Use> {
    let of = subject.callees().map(|callee| {
        let output = callee.returned();
        let value = output.bound();
        let of = format!("the result of `{}`", callee.name);
        let mostly = match value {
            Some(_) => sizes::largest(&output).map(|(field, bound)| sizes::alone(field, bound)),
            None => sizes::unbounded(&output).map(|(place, _)| place),
        };
        let fact = match value {
            Some(bound) => format!("{of} can have {}{}", units::size(bound), in_brackets(&mostly)),
            None => format!("{of} can have any size"),
        };
        Use {
            limit: Limit::Result,
            of,
            key: callee.key("output"),
            value,
            mostly,
            fact,
        }
    });
    of.collect()
}

impl Callee<'_> {
    /// What one call returns at least: of a model, a list of one answer.
    fn returned(&self) -> Type {
        match self.kind {
            "model" => Type::List {
                item: Box::new(self.output.clone()),
                length: Length::Exactly(1),
            },
            _ => self.output.clone(),
        }
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
