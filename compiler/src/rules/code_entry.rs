//! `code/entry`: a function that the code does not have, or that cannot be called as the platform calls it.

use super::entry::{Entry, Wanted};
use super::python::{self, Binding};
use super::{Callee, Subject};
use flow_lang::report::{Code, Finding, Report};
use flow_lang::runtime::Runtime;
use ruff_python_ast::Parameters;
use std::collections::BTreeMap;

pub(super) fn code_entry(subject: &Subject<'_>, report: &mut Report) {
    for callee in subject.callees() {
        // What is no runtime is `code/runtime`.
        let Some(entry) = Entry::of(&callee) else {
            continue;
        };
        match entry.runtime {
            Runtime::Python { .. } => {}
            // Its functions are found when it is loaded: JavaScript makes names while it runs.
            Runtime::Node { .. } => continue,
        }
        let folder = &callee.function.code.folder;
        let file = subject.code.get(folder).and_then(|folder| entry.find(folder));
        // A folder or a file that is not there is `code/missing`.
        let Some((path, Some(text))) = file.map(|(path, file)| (path, &file.text)) else {
            continue;
        };
        let path = format!("{folder}/{path}");
        for (message, help) in problems(&callee, &entry, &path, text) {
            let span = subject.span(&callee.key("entry"));
            report.add(Finding::new(Code::CodeEntry, span, message).help(help));
        }
    }
}

fn problems(callee: &Callee<'_>, entry: &Entry, path: &str, text: &str) -> Vec<(String, String)> {
    let module = match python::read(text) {
        Ok(module) => module,
        Err((line, error)) => {
            let message = format!(
                "`{path}:{line}` is no Python, so `{}` cannot start: {error}",
                callee.name
            );
            return vec![(
                message,
                "repair the file; nothing in it can be imported".to_owned(),
            )];
        }
    };
    let names = python::bindings(&module);
    let problem = |wanted: &Wanted| problem(callee, path, &names, wanted);
    entry.wanted.iter().filter_map(problem).collect()
}

fn problem(
    callee: &Callee<'_>,
    path: &str,
    names: &BTreeMap<&str, Binding<'_>>,
    wanted: &Wanted,
) -> Option<(String, String)> {
    let function = &wanted.function;
    let called = format!("{function}({})", wanted.args.join(", "));
    let (fact, help) = match names.get(function.as_str()) {
        Some(Binding::Unknown) => return None,
        Some(Binding::Function(parameters)) => {
            let why = misfit(parameters, wanted.args.len())?;
            (
                format!("{why}, but is called as `{called}`"),
                format!("write `def {called}`"),
            )
        }
        Some(Binding::Class) => (
            "is a class, not a function".to_owned(),
            format!("write `def {called}`"),
        ),
        None if names.contains_key("*") => return None,
        None => {
            let help = match flow_lang::suggest::nearest(function, names.keys().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write `def {called}` at the top level of the file"),
            };
            return Some((
                format!(
                    "`{path}` has no function `{function}`, which `{}` starts at",
                    callee.name
                ),
                help,
            ));
        }
    };
    Some((format!("`{function}` in `{path}` {fact}"), help))
}

/// Why a function cannot be called with so many arguments by place.
fn misfit(parameters: &Parameters, given: usize) -> Option<String> {
    let by_place = || parameters.posonlyargs.iter().chain(&parameters.args);
    let required = by_place().filter(|parameter| parameter.default.is_none()).count();
    let named = parameters
        .kwonlyargs
        .iter()
        .find(|parameter| parameter.default.is_none());
    if let Some(named) = named {
        return Some(format!("asks for `{}` by name", named.parameter.name));
    }
    let count = |n: usize| match n {
        0 => "no argument".to_owned(),
        1 => "one argument".to_owned(),
        n => format!("{n} arguments"),
    };
    if required > given {
        return Some(format!("takes {}", count(required)));
    }
    (by_place().count() < given && parameters.vararg.is_none())
        .then(|| format!("takes {}", count(by_place().count())))
}
