//! `code/runtime`: a runtime that the platform does not have.

use super::Subject;
use flow_lang::report::{Code, Finding, Report};

pub(super) fn code_runtime(subject: &Subject<'_>, report: &mut Report) {
    for callee in subject.callees() {
        let runtime = &callee.function.runtime;
        if is_known(runtime) {
            continue;
        }
        let message = format!(
            "`{}` ({}) has no runtime `{runtime}`",
            subject.plan.env, subject.env.functions
        );
        report.add(
            Finding::new(Code::CodeRuntime, subject.span(&callee.key("runtime")), message).help(
                "write `\"python:3\"` for the newest Python that is installed, or `\"python:3.11\"` for exactly that",
            ),
        );
    }
}

/// `python:3`, `python:3.N`.
pub(super) fn is_known(runtime: &str) -> bool {
    let minor = match runtime.strip_prefix("python:3") {
        Some("") => return true,
        Some(rest) => rest.strip_prefix('.'),
        None => None,
    };
    minor.is_some_and(|digits| {
        matches!(digits.len(), 1 | 2) && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}
