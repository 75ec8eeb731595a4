//! `code/entry`: a function that the code does not have, or that cannot be called as the platform calls it.

use super::entry::{Entry, Wanted};
use super::python::{self, Binding};
use super::{Callee, Subject};
use crate::project::CodeFile;
use flow_lang::report::{Code, Finding, Report};
use flow_lang::runtime::Runtime;
use ruff_python_ast::Parameters;
use std::collections::BTreeMap;

/// A file with code, by its folder and its path below it.
type Place<'a> = (&'a str, &'a str);
/// The text of a file, and who starts in it.
type Used<'a> = (&'a str, Vec<(Callee<'a>, Entry)>);

pub(super) fn code_entry(subject: &Subject<'_>, report: &mut Report) {
    // A file is read once, however many functions start in it.
    for ((folder, path), (text, callees)) in entered(subject) {
        let path = format!("{folder}/{path}");
        let module = python::read(text);
        let names = module.as_ref().map(python::bindings);
        for (callee, entry) in callees {
            for (message, help) in problems(&callee, &entry, &path, &names) {
                let span = subject.span(&callee.key("entry"));
                report.add(Finding::new(Code::CodeEntry, span, message).help(help));
            }
        }
    }
}

/// The files that entries lead to. What is not there is `code/missing`, what is no runtime `code/runtime`.
fn entered<'a>(subject: &Subject<'a>) -> BTreeMap<Place<'a>, Used<'a>> {
    let mut files: BTreeMap<Place<'a>, Used<'a>> = BTreeMap::new();
    for callee in subject.callees() {
        let Some(entry) = Entry::of(&callee) else {
            continue;
        };
        match entry.runtime {
            Runtime::Python { .. } => {}
            // Its functions are found when it is loaded: JavaScript makes names while it runs.
            Runtime::Node { .. } => continue,
        }
        let Some((name, folder)) = subject.code.get_key_value(&callee.function.code.place()) else {
            continue;
        };
        if let Some((path, CodeFile { text: Some(text), .. })) = entry.find(folder) {
            let file = files
                .entry((name, path))
                .or_insert_with(|| (text.as_str(), Vec::new()));
            file.1.push((callee, entry));
        }
    }
    files
}

/// The names of a module, or the line at which it is no Python and why.
type Names<'a> = Result<BTreeMap<&'a str, Binding<'a>>, &'a (usize, String)>;

fn problems(callee: &Callee<'_>, entry: &Entry, path: &str, names: &Names<'_>) -> Vec<(String, String)> {
    let names = match names {
        Ok(names) => names,
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
    let problem = |wanted: &Wanted| problem(callee, path, names, wanted);
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
