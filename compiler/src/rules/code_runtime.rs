//! `code/runtime`: a runtime that the platform does not have, or that nobody maintains any more.

use super::Subject;
use flow_lang::report::{Code, Finding, Report};
use flow_lang::runtime::{FORMS, Runtime};

pub(super) fn code_runtime(subject: &Subject<'_>, report: &mut Report) {
    for callee in subject.callees() {
        let name = &callee.function.runtime;
        let finding =
            |message| Finding::new(Code::CodeRuntime, subject.span(&callee.key("runtime")), message);
        let Some(runtime) = Runtime::parse(name) else {
            let message = format!(
                "`{}` ({}) has no runtime `{name}`",
                subject.plan.env, subject.env.functions
            );
            report.add(finding(message).help(format!("write {FORMS}")));
            continue;
        };
        if let Some(retired) = runtime.retired() {
            let message = format!(
                "`{}` runs on `{runtime}`, which reached its end of life on {}",
                callee.name, retired.end_of_life
            );
            let help = format!(
                "where Node {} is not installed, `flowd` takes the oldest Node that is, and says so; write \
                 `\"nodejs:default\"` for the newest",
                retired.major
            );
            report.add(finding(message).help(help).warning());
        }
    }
}
