//! From a project on disk to what is deployed: its own plan, and those of the flows that it imports from.

use super::UpError;
use flow_lang::plan::Plan;
use flow_lang::report::human::{self, Style};
use flowc::project::Project;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Columns of findings.
const WIDTH: usize = 100;
/// The environment of an imported project that does not have the one that is asked for.
const DEV: &str = "dev";

/// The folder of a project and its plan.
pub type Compiled = (PathBuf, Plan);

/// The plans of a project and of all that it imports from, those first.
///
/// # Errors
/// When one of them cannot be read or has errors.
pub fn with_imports(project: &Path, env: &str, out: &mut dyn Write) -> Result<Vec<Compiled>, UpError> {
    let mut compiled = Vec::new();
    let loaded = flowc::load::load(project)?;
    add(project, &loaded, env, out, &mut BTreeSet::new(), &mut compiled)?;
    Ok(compiled)
}

/// Adds a project after those that it imports from. Two flows that ask each other's models are no ring: each
/// project is added once, whoever asks first.
fn add(
    project: &Path,
    loaded: &Project,
    env: &str,
    out: &mut dyn Write,
    seen: &mut BTreeSet<PathBuf>,
    compiled: &mut Vec<Compiled>,
) -> Result<(), UpError> {
    let place = std::fs::canonicalize(&loaded.root).unwrap_or_else(|_| loaded.root.clone());
    if !seen.insert(place) {
        return Ok(());
    }
    for path in loaded.imports.keys() {
        let path = loaded.root.join(path);
        // What cannot be read is a finding of the project that names it, with its place.
        let Ok(other) = flowc::load::load(&path) else {
            continue;
        };
        let env = if other.envs.contains_key(env) { env } else { DEV };
        add(&path, &other, env, out, seen, compiled)?;
    }
    compiled.push(plan(project, loaded, env, out)?);
    Ok(())
}

/// A project's plan for one environment, and its tests; findings go to `out`.
///
/// # Errors
/// When it cannot be read or has errors.
pub fn with_tests(
    project: &Path,
    env: &str,
    out: &mut dyn Write,
) -> Result<(Plan, Vec<flowc::cases::Case>), UpError> {
    let loaded = flowc::load::load(project)?;
    let (_, plan) = plan(project, &loaded, env, out)?;
    let cases = flowc::cases::cases(&loaded, &plan);
    Ok((plan, cases))
}

/// A project's plan for one environment; findings go to `out`.
///
/// # Errors
/// When it cannot be read or has errors.
pub fn compile(project: &Path, env: &str, out: &mut dyn Write) -> Result<Compiled, UpError> {
    plan(project, &flowc::load::load(project)?, env, out)
}

fn plan(project: &Path, loaded: &Project, env: &str, out: &mut dyn Write) -> Result<Compiled, UpError> {
    let stated = loaded.envs.get(env).ok_or_else(|| {
        let known: Vec<_> = loaded.envs.keys().map(|name| format!("`{name}`")).collect();
        UpError::Environment(format!(
            "there is no environment `{env}`; there is {}",
            known.join(", ")
        ))
    })?;
    for (what, value, able) in [
        ("functions", &stated.functions, "process"),
        ("jobs", &stated.jobs, "process"),
        ("artifacts", &stated.artifacts, "file:.flow/artifacts"),
        ("database", &stated.database, "sqlite:.flow/flow.db"),
    ] {
        if value != able {
            return Err(UpError::Environment(format!(
                "environment `{env}` has `{what} = \"{value}\"`, and this flowd has `{able}` only"
            )));
        }
    }
    let checked = flowc::check(loaded, env);
    if !checked.report.findings.is_empty() {
        let style = Style {
            colour: false,
            width: WIDTH,
        };
        // A terminal that has gone away is no reason to stop.
        drop(write!(
            out,
            "{}",
            human::render(&checked.report, &loaded.sources, style)
        ));
    }
    let plan = checked
        .plan
        .ok_or_else(|| UpError::Findings(project.to_owned()))?;
    let root = std::path::absolute(&loaded.root).unwrap_or_else(|_| loaded.root.clone());
    Ok((root, plan))
}
