//! From a path and the name of an environment to a plan: what `graph` and `plan` begin with.

use super::{Console, Failure};
use crate::load::{load, packages};
use crate::project::Project;
use flow_lang::plan::Plan;
use flow_lang::report::human;
use flow_lang::suggest::nearest;
use std::path::Path;

/// The project at `path`, with what this machine knows of the packages that its code asks for.
pub(super) fn read(path: &Path, console: &Console<'_>) -> Result<Project, Failure> {
    let mut project = load(path)?;
    if let Some(cache) = &console.cache {
        project.installed = packages(cache);
    }
    Ok(project)
}

/// The plan, or nothing once the errors are on standard error.
pub(super) fn plan(path: &Path, env: &str, console: &mut Console<'_>) -> Result<Option<Plan>, Failure> {
    let project = read(path, console)?;
    let env = environment(&project, env)?;
    let checked = crate::check(&project, env);
    let shown = human::render(&checked.report, &project.sources, console.terminal.style_err());
    write!(console.err, "{shown}")?;
    Ok(checked.plan)
}

/// The environment with this name.
pub(super) fn environment<'a>(project: &'a Project, name: &str) -> Result<&'a str, Failure> {
    if let Some((name, _)) = project.envs.get_key_value(name) {
        return Ok(name);
    }
    let names = project.envs.keys().map(String::as_str);
    let help = match nearest(name, names.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there is `{}`", names.collect::<Vec<_>>().join("`, `")),
    };
    Err(Failure::Usage(format!("no environment `{name}`; {help}")))
}
