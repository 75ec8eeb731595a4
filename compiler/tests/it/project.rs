//! A project in memory: one text, the environment `dev`, and folders of code that hold whatever is asked for.

use crate::imports;
use flow_lang::parse::parse;
use flow_lang::report::{Report, Severity};
use flow_lang::span::{SourceId, Sources};
use flowc::project::{CodeFile, CodeFolder, Environment, Project};
use flowc::{Checked, check};
use std::collections::BTreeMap;

/// A project of one file `main.flow`, with others beside it.
pub(crate) fn project(text: &str) -> Project {
    Project {
        imports: imports::near(),
        ..alone(text)
    }
}

/// A project of one file `main.flow`.
pub(crate) fn alone(text: &str) -> Project {
    let mut sources = Sources::default();
    let id: SourceId = sources.add("main.flow", text);
    let (file, findings) = parse(id, text);
    let functions = [
        ("pixels.py", "def to_pixels(args):\n    return {}\n"),
        ("score.py", "def evaluate(args):\n    return {}\n"),
        ("mail.py", "def notify(args):\n    return {}\n"),
        (
            "predict.py",
            "def load(dir):\n    return 1\n\ndef predict(m, rows):\n    return []\n",
        ),
        ("__main__.py", "def main(args):\n    return {}\n"),
    ];
    let jobs = [("scans.py", ""), ("train.py", "")];
    Project {
        root: "/project".into(),
        name: None,
        files: vec![file],
        syntax: Report { findings },
        imports: BTreeMap::new(),
        modules: imports::modules(&mut sources),
        sources,
        envs: BTreeMap::from([("dev".to_owned(), dev())]),
        code: BTreeMap::from([
            ("functions".to_owned(), folder(&functions)),
            ("jobs".to_owned(), folder(&jobs)),
        ]),
        installed: BTreeMap::new(),
    }
}

fn dev() -> Environment {
    let fields = BTreeMap::from([("fields".to_owned(), "{digit}/*.png".into())]);
    Environment {
        functions: "process".to_owned(),
        jobs: "process".to_owned(),
        artifacts: "file:.flow/artifacts".to_owned(),
        database: "sqlite:.flow/flow.db".to_owned(),
        packages: BTreeMap::from([("inbox".to_owned(), fields.clone()), ("exams".to_owned(), fields)]),
        secrets: BTreeMap::new(),
        params: BTreeMap::new(),
        groups: BTreeMap::from([("leads".to_owned(), vec!["ana".to_owned(), "bo".to_owned()])]),
        limits: BTreeMap::new(),
    }
}

fn folder(files: &[(&str, &str)]) -> CodeFolder {
    let files = files.iter().map(|(path, text)| {
        let file = CodeFile {
            size: text.len() as u64,
            text: Some((*text).to_owned()),
        };
        ((*path).to_owned(), file)
    });
    CodeFolder {
        files: files.collect(),
        exists: true,
        requirements: None,
        manifest: None,
        digest: "0".repeat(64),
    }
}

/// Compiles a text. Whatever it is, a plan of the compiler holds together.
pub(crate) fn compile(text: &str) -> (Project, Checked) {
    let project = project(text);
    let checked = check(&project, "dev");
    if let Some(plan) = &checked.plan {
        assert_eq!(plan.validate(), Ok(()), "{text}");
    }
    (project, checked)
}

/// The findings, one a line: `line:col id message | help`.
pub(crate) fn findings(text: &str) -> String {
    let (project, checked) = compile(text);
    let mut lines = String::new();
    for finding in &checked.report.findings {
        let at = project.sources.start(finding.span);
        let level = match finding.severity {
            Severity::Error => "",
            Severity::Warning => "warning ",
        };
        let help = finding.help.as_deref().unwrap_or("-");
        lines += &format!(
            "{}:{} {level}{} {} | {help}\n",
            at.line,
            at.column,
            finding.code.info().id,
            finding.message
        );
    }
    lines
}
