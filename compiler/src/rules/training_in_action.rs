//! `ml/training-in-action`: training inside a function, where the platform's time and memory end it.

use super::entry::Entry;
use super::{Callee, Subject, python};
use flow_lang::limits::Limit;
use flow_lang::plan::Type;
use flow_lang::report::{Code, Finding, Report};
use flow_lang::runtime::Runtime;
use flow_lang::units;
use std::collections::BTreeMap;

const HELP: &str =
    "training is a `train`: a job with its own time and memory, whose result is a model version";

/// What trains in a file, by its folder and its path below it.
type Read<'a> = BTreeMap<(&'a str, &'a str), Option<(&'static str, &'static str)>>;

pub(super) fn training_in_action(subject: &Subject<'_>, report: &mut Report) {
    let mut read = Read::new();
    for callee in subject.callees().filter(|callee| callee.kind == "action") {
        let name = callee.name;
        if holds(callee.output, &|ty| matches!(ty, Type::Model { .. })) {
            let message = format!("`{name}` is an action that returns a model");
            report.add(finding(subject, &callee, "output", message));
        } else if let Some((part, excess)) = beyond(subject, &callee) {
            let message = format!("`{name}` takes a dataset and {excess}");
            // The limit has been told as such: one mistake is one finding, and this one knows the repair.
            let span = subject.span(&callee.key(part));
            report.findings.retain(|other| {
                other.span != span || !matches!(other.code, Code::LimitsTimeout | Code::LimitsMemory)
            });
            report.add(finding(subject, &callee, part, message));
        } else if let Some((path, library, method)) = trained(subject, &callee, &mut read) {
            let message =
                format!("`{name}` seems to train: `{path}` uses `{library}` and calls `.{method}(`");
            report.add(finding(subject, &callee, "entry", message).warning());
        }
    }
}

fn finding(subject: &Subject<'_>, callee: &Callee<'_>, part: &str, message: String) -> Finding {
    Finding::new(Code::MlTrainingInAction, subject.span(&callee.key(part)), message).help(HELP)
}

/// Why an action with a dataset needs more than a function has, and the property that says so.
fn beyond(subject: &Subject<'_>, callee: &Callee<'_>) -> Option<(&'static str, String)> {
    if !holds(callee.input, &|ty| matches!(ty, Type::Dataset(_))) {
        return None;
    }
    let platform = format!("`{}` ({})", subject.plan.env, subject.env.functions);
    let (timeout, memory) = (callee.function.timeout_ms, callee.function.memory);
    if let Some(limit) = subject.limit(Limit::Timeout).filter(|limit| timeout > limit.max) {
        let (wants, has) = (units::duration(timeout), units::duration(limit.max));
        return Some((
            "timeout",
            format!("wants {wants} for it, where {platform} allows {has}"),
        ));
    }
    let limit = subject.limit(Limit::Memory).filter(|limit| memory > limit.max)?;
    let (wants, has) = (units::size(memory), units::size(limit.max));
    Some((
        "memory",
        format!("wants {wants} for it, where {platform} allows {has}"),
    ))
}

/// The file of the entry, the library and the method, when the action's own code trains.
fn trained<'a>(
    subject: &Subject<'a>,
    callee: &Callee<'_>,
    read: &mut Read<'a>,
) -> Option<(String, &'static str, &'static str)> {
    let entry = Entry::of(callee)?;
    match entry.runtime {
        Runtime::Python { .. } => {}
        // What trains is known of libraries of Python only.
        Runtime::Node { .. } => return None,
    }
    let (name, folder) = subject.code.get_key_value(&callee.function.code.place())?;
    let (path, file) = entry.find(folder)?;
    let text = file.text.as_deref()?;
    let trains = read.entry((name, path)).or_insert_with(|| python::trains(text));
    let (library, method) = (*trains)?;
    Some((format!("{name}/{path}"), library, method))
}

/// Whether a type, or a part of it, is such a one.
fn holds(ty: &Type, such: &dyn Fn(&Type) -> bool) -> bool {
    such(ty) || ty.parts().into_iter().any(|(_, part)| holds(part, such))
}
