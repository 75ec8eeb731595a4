//! `code/missing`: a code folder, or the file that an entry or a command names, that is not there.

use super::Subject;
use super::entry::Entry;
use crate::project::CodeFolder;
use flow_lang::report::{Code, Finding, Report};
use flow_lang::runtime::Runtime;

pub(super) fn code_missing(subject: &Subject<'_>, report: &mut Report) {
    for callee in subject.callees() {
        let name = &callee.function.code.place();
        let Some(folder) = folder(subject, report, name, &callee.key("code")) else {
            continue;
        };
        let Some(entry) = Entry::of(&callee) else {
            continue;
        };
        if entry.find(folder).is_none() {
            let path = &entry.paths(folder)[0];
            let message = format!(
                "`{name}` has no `{path}`, which the entry `{}` of `{}` names",
                callee.function.entry, callee.name
            );
            let finding = Finding::new(Code::CodeMissing, subject.span(&callee.key("entry")), message);
            let written = match entry.runtime {
                Runtime::Python { .. } => "file.py",
                Runtime::Node { .. } => "file.js",
            };
            report.add(finding.help(nearby(folder, path, written)));
        }
    }
    for (job, plan) in &subject.plan.jobs {
        let name = &plan.code.place();
        let Some(folder) = folder(subject, report, name, &format!("job/{job}/code")) else {
            continue;
        };
        if let Some(script) = script(&plan.command)
            && !folder.files.contains_key(script)
        {
            let message = format!("`{name}` has no `{script}`, which the command of `{job}` names");
            let span = subject.span(&format!("job/{job}/command"));
            report
                .add(Finding::new(Code::CodeMissing, span, message).help(nearby(folder, script, "file.py")));
        }
    }
}

/// The folder, or a finding.
fn folder<'a>(subject: &Subject<'a>, report: &mut Report, name: &str, key: &str) -> Option<&'a CodeFolder> {
    let folder = subject.code.get(name).filter(|folder| folder.exists);
    if folder.is_none() {
        let message = format!("there is no folder `{name}`");
        report.add(
            Finding::new(Code::CodeMissing, subject.span(key), message).help(
                "`code` names a folder beside `flow.toml`, or beside the `.flow` file when there is none",
            ),
        );
    }
    folder
}

/// The script of a command such as `["python", "train.py"]`: a path inside the folder, which the job starts in.
fn script(command: &[String]) -> Option<&str> {
    let first = command
        .iter()
        .take(2)
        .map(String::as_str)
        .find(|word| word.ends_with(".py"))?;
    (!first.starts_with('/')).then(|| first.trim_start_matches("./"))
}

/// The file that was meant, or what an entry looks like in a language whose files are `written` so.
fn nearby(folder: &CodeFolder, path: &str, written: &str) -> String {
    let files = folder.files.keys().map(String::as_str);
    match flow_lang::suggest::nearest(path, files) {
        Some(file) => format!("did you mean `{file}`?"),
        None => format!("write `\"file.function\"`, where `{written}` lies in the folder"),
    }
}
