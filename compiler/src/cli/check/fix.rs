//! `flowc check --fix`: writes the repairs that findings know, as long as no file has more errors afterwards.

use super::{environments, findings};
use crate::cli::{Console, Failure};
use crate::load::{Drafts, load_with, replace};
use crate::project::Project;
use flow_lang::report::{Finding, Report, Severity, edited, plain, together};
use flow_lang::span::SourceId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How often repairs may uncover further ones.
const ROUNDS_MAX: usize = 20;

/// How many repairs are tried one by one.
const TRIES_MAX: usize = 200;

/// Repairs the project at `path` and says on standard error what was written.
pub(super) fn fix(path: &Path, env: Option<&str>, console: &mut Console<'_>) -> Result<(), Failure> {
    let desk = Desk { path, env };
    let before = desk.look(Drafts::new(), BTreeMap::new())?;
    let mut after = desk.all(&before)?;
    if after.is_worse_than(&before) {
        after = desk.one_by_one(&before)?;
    }
    for (_, source) in before.project.sources.iter() {
        let file = &source.path;
        let Some(text) = after.drafts.get(file).filter(|text| **text != source.text) else {
            continue;
        };
        write(file, &source.text, text)?;
        let repairs = match after.repairs.get(file) {
            Some(1) | None => "1 repair".to_owned(),
            Some(count) => format!("{count} repairs"),
        };
        writeln!(console.err, "{}: {repairs}", plain(&file.display().to_string()))?;
    }
    Ok(())
}

/// What is checked.
struct Desk<'a> {
    path: &'a Path,
    env: Option<&'a str>,
}

/// The project with drafts in place of some of its files.
#[derive(Clone)]
struct State {
    project: Project,
    report: Report,
    drafts: Drafts,
    /// How many findings were repaired in a file.
    repairs: BTreeMap<PathBuf, usize>,
}

impl Desk<'_> {
    fn look(&self, drafts: Drafts, repairs: BTreeMap<PathBuf, usize>) -> Result<State, Failure> {
        let project = load_with(self.path, &drafts)?;
        let report = findings(&project, &environments(&project, self.env)?, &mut BTreeSet::new());
        Ok(State {
            project,
            report,
            drafts,
            repairs,
        })
    }

    /// All repairs at once, and again while there are more.
    fn all(&self, before: &State) -> Result<State, Failure> {
        let mut state = before.clone();
        for _ in 0..ROUNDS_MAX {
            let repairable: Vec<_> = state.repairable().collect();
            if repairable.is_empty() {
                break;
            }
            state = self.with(&state, &repairable)?;
        }
        Ok(state)
    }

    /// Each repair alone, kept if no file has more errors with it: one of them uncovers more than it repairs.
    fn one_by_one(&self, before: &State) -> Result<State, Failure> {
        let mut state = before.clone();
        let mut tries = 0;
        let mut refused = 0;
        while tries < TRIES_MAX {
            let Some(finding) = state.repairable().nth(refused).cloned() else {
                break;
            };
            tries += 1;
            let next = self.with(&state, &[&finding])?;
            let stays = next.report.findings.iter().any(|other| {
                other.code == finding.code && other.message == finding.message && other.span == finding.span
            });
            match stays || next.is_worse_than(&state) {
                true => refused += 1,
                false => state = next,
            }
        }
        Ok(state)
    }

    fn with(&self, state: &State, repaired: &[&Finding]) -> Result<State, Failure> {
        let mut drafts = state.drafts.clone();
        let mut repairs = state.repairs.clone();
        for (id, edits) in together(repaired.iter().copied()) {
            let source = state.project.sources.get(id);
            drafts.insert(source.path.clone(), edited(&source.text, &edits));
            let of_file = repaired.iter().filter(|finding| finding.span.source == id);
            let whole = of_file.filter(|finding| finding.edits.iter().all(|edit| edits.contains(&edit)));
            *repairs.entry(source.path.clone()).or_default() += whole.count();
        }
        self.look(drafts, repairs)
    }
}

impl State {
    /// What is repaired in the files of the project itself: those that it imports from stand behind them.
    fn repairable(&self) -> impl Iterator<Item = &Finding> {
        let own = |id: SourceId| (id.0 as usize) < self.project.files.len();
        let repairable = move |finding: &&Finding| {
            let mut edits = finding.edits.iter().map(|edit| edit.span.source);
            !finding.edits.is_empty() && edits.all(own)
        };
        self.report.findings.iter().filter(repairable)
    }

    fn errors(&self) -> BTreeMap<&Path, usize> {
        let mut errors = BTreeMap::new();
        for finding in &self.report.findings {
            if finding.severity == Severity::Error {
                *errors.entry(self.project.sources.path(finding.span)).or_default() += 1;
            }
        }
        errors
    }

    fn is_worse_than(&self, other: &State) -> bool {
        let before = other.errors();
        self.errors()
            .iter()
            .any(|(file, errors)| *errors > before.get(file).copied().unwrap_or_default())
    }
}

/// Writes a file that still holds what was checked.
fn write(file: &Path, old: &str, new: &str) -> Result<(), Failure> {
    let failed = |source| Failure::File {
        path: file.to_path_buf(),
        source,
    };
    if std::fs::read(file).map_err(failed)? != old.as_bytes() {
        return Err(Failure::Usage(format!(
            "`{}` has changed meanwhile, and was left as it is",
            file.display()
        )));
    }
    replace(file, new).map_err(failed)
}
