//! `flowc check`: is it right, in every environment?

mod fix;

use super::compile::{environment, read};
use super::{Console, Exit, Failure, headroom, network, packages};
use crate::headroom::Headroom;
use crate::project::Project;
use flow_lang::ast::DeclKind;
use flow_lang::report::{Report, Sarif, github, human, json as findings_json};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Check flows against the limits of every environment
#[derive(clap::Args)]
pub(super) struct Args {
    /// Folders, `flow.toml` or `.flow` files
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Only this environment of `flow.toml`
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// For whom: people, programs, or those who look after a repository
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Also print how much of each limit is in use, and by what
    #[arg(long)]
    headroom: bool,
    /// Write the repairs that findings know into the files first, and tell what is left
    #[arg(long)]
    fix: bool,
    /// Exit with 1 on warnings too
    #[arg(long)]
    deny_warnings: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    /// With excerpts
    Human,
    /// An array of findings
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Annotations, as commands to a workflow of GitHub
    Github,
}

impl Format {
    /// Whether there is a form for the headroom.
    fn has_headroom(self) -> bool {
        match self {
            Format::Human | Format::Json => true,
            Format::Sarif | Format::Github => false,
        }
    }
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, Failure> {
    let mut exit = Exit::Clean;
    if args.headroom && !args.format.has_headroom() {
        return Err(Failure::Usage(
            "`--headroom` is for `human` and `json`".to_owned(),
        ));
    }
    let mut rows = Vec::new();
    let mut room = Vec::new();
    let mut sarif = Sarif::default();
    let mut notes = BTreeSet::new();
    for path in &args.paths {
        if args.fix {
            fix::fix(path, args.env.as_deref(), console)?;
        }
        let project = read(path, console)?;
        let envs = environments(&project, args.env.as_deref())?;
        let report = findings(&project, &envs, &mut notes);
        let stated = envs.iter().map(|env| &project.envs[*env]);
        notes.extend(network::notes(&project, stated, network::try_here));
        if report.has_errors() || (args.deny_warnings && !report.findings.is_empty()) {
            exit = Exit::Findings;
        }
        match args.format {
            Format::Human => {
                let shown = human::render(&report, &project.sources, console.terminal.style_out());
                write!(console.out, "{shown}")?;
                writeln!(console.out, "{}", summary(path, &project, &report))?;
                for each in headroom(args, &project, &envs) {
                    write!(console.out, "\n{}", headroom::table(&each))?;
                }
            }
            Format::Json => {
                if let Value::Array(more) = findings_json(&report, &project.sources) {
                    rows.extend(more);
                }
                let each = headroom(args, &project, &envs);
                room.extend(each.iter().map(|each| headroom::json(each, &project.sources)));
            }
            Format::Sarif => sarif.add(&report, &project.sources),
            Format::Github => write!(console.out, "{}", github(&report, &project.sources))?,
        }
    }
    // What is one document is printed once, however many paths there are.
    match args.format {
        Format::Human | Format::Github => {}
        Format::Json if args.headroom => {
            writeln!(console.out, "{:#}", json!({ "findings": rows, "headroom": room }))?;
        }
        Format::Json => writeln!(console.out, "{:#}", Value::Array(rows))?,
        Format::Sarif => writeln!(console.out, "{:#}", sarif.log(env!("CARGO_PKG_VERSION")))?,
    }
    for note in notes {
        writeln!(console.err, "{note}")?;
    }
    Ok(exit)
}

fn environments<'a>(project: &'a Project, env: Option<&str>) -> Result<Vec<&'a str>, Failure> {
    Ok(match env {
        Some(name) => vec![environment(project, name)?],
        None => project.envs.keys().map(String::as_str).collect(),
    })
}

/// How much of each limit is in use, if that is asked for.
fn headroom(args: &Args, project: &Project, envs: &[&str]) -> Vec<Headroom> {
    let asked = if args.headroom { envs } else { &[] };
    let each = asked
        .iter()
        .filter_map(|env| crate::headroom::headroom(project, env));
    each.collect()
}

/// What is found in any of the environments, each thing once; and what has to be noted about their plans.
fn findings(project: &Project, envs: &[&str], notes: &mut BTreeSet<String>) -> Report {
    let mut all = Report::default();
    for env in envs {
        let checked = crate::check(project, env);
        if let Some(plan) = &checked.plan {
            notes.extend(packages::notes(
                plan,
                &project.installed,
                &project.envs[*env].functions,
            ));
        }
        all.findings.extend(checked.report.findings);
    }
    all.sorted()
}

/// `examples/digits: 1 flow, 2 actions, 4 rules: clean`.
fn summary(path: &Path, project: &Project, report: &Report) -> String {
    let flows = project.files.iter().filter_map(|file| file.flow.as_ref());
    let flows: BTreeSet<_> = flows.map(|flow| &flow.name).collect();
    let decls = || project.files.iter().flat_map(|file| &file.decls);
    let count = |wanted: fn(&DeclKind) -> bool| decls().filter(|decl| wanted(&decl.kind)).count();
    let parts = [
        ("flow", flows.len().max(1)),
        ("action", count(|kind| matches!(kind, DeclKind::Action(_)))),
        ("job", count(|kind| matches!(kind, DeclKind::Job(_)))),
        ("model", count(|kind| matches!(kind, DeclKind::Model(_)))),
        ("rule", count(|kind| matches!(kind, DeclKind::Rule(_)))),
    ];
    let parts: Vec<_> = parts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
        .collect();
    format!(
        "{}: {}: {}",
        path.display(),
        parts.join(", "),
        human::tally(report)
    )
}
