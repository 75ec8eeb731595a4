//! Whether what functions name under `network` is all that they reach, where a flow is to run.

use crate::project::{Environment, Project};
use flow_lang::ast::{DeclKind, Property};
use flow_lang::limits::{self, Enforced};
use std::collections::BTreeSet;
use std::process::{Command, Stdio};

/// What `flowd` needs of a machine; a daemon tries more at its start, and says so.
const TRIED: [&str; 5] = ["--user", "--map-root-user", "--net", "--mount", "true"];

/// A line for each platform of these environments that does not enforce the `network` that a function names.
pub(super) fn notes<'a>(
    project: &Project,
    envs: impl IntoIterator<Item = &'a Environment>,
    tried: impl Fn() -> Result<(), String>,
) -> Vec<String> {
    if !names_network(project) {
        return Vec::new();
    }
    let platforms: BTreeSet<_> = envs.into_iter().map(|env| env.functions.as_str()).collect();
    let note = |profile: &limits::Profile| match profile.network.enforced {
        Enforced::ByMachine => tried().err().map(|why| format!("on this machine ({why})")),
        Enforced::No => Some(format!(
            "by {} ({}, {})",
            profile.name, profile.network.source, profile.network.date
        )),
    };
    let platforms = platforms.into_iter().filter_map(limits::profile);
    platforms
        .filter_map(note)
        .map(|by_whom| format!("network: not enforced {by_whom}: functions can reach any host"))
        .collect()
}

/// Whether an action or a model says what it may reach, be it nothing.
fn names_network(project: &Project) -> bool {
    let names = |properties: &[Property]| properties.iter().any(|property| property.name.name == "network");
    project
        .files
        .iter()
        .flat_map(|file| &file.decls)
        .any(|decl| match &decl.kind {
            DeclKind::Action(action) => names(&action.properties),
            DeclKind::Model(model) => names(&model.properties),
            DeclKind::Type(_)
            | DeclKind::Secret
            | DeclKind::Package(_)
            | DeclKind::Trigger(_)
            | DeclKind::Composition(_)
            | DeclKind::Prepare(_)
            | DeclKind::Job(_)
            | DeclKind::Dataset(_)
            | DeclKind::Infer(_)
            | DeclKind::Feedback(_)
            | DeclKind::Rule(_)
            | DeclKind::Import(_) => false,
        })
}

/// Makes the namespaces that confine a function, in a process of its own.
pub(super) fn try_here() -> Result<(), String> {
    let tried = Command::new("unshare")
        .args(TRIED)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`unshare` cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&tried.stderr);
    match (tried.status.success(), said.trim()) {
        (true, _) => Ok(()),
        (false, "") => Err("`unshare` failed".to_owned()),
        (false, said) => Err(said.lines().last().unwrap_or_default().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::load;

    fn check(network: &str, works: bool, expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let action = format!(
            "flow f\naction a({{ n: int }}) {{ runtime: \"python:3\", code: \".\", entry: \"a\"{network} }}\n"
        );
        std::fs::write(folder.path().join("main.flow"), action).unwrap();
        let config = "[env.dev]\nfunctions = \"process\"\n[env.other]\nfunctions = \"openwhisk\"\n";
        std::fs::write(folder.path().join("flow.toml"), config).unwrap();
        let project = load(folder.path()).unwrap();
        let tried = || {
            if works {
                Ok(())
            } else {
                Err("it may not".to_owned())
            }
        };
        assert_eq!(
            notes(&project, project.envs.values(), tried),
            expected,
            "{network}"
        );
    }

    #[test]
    fn each_platform_that_does_not_enforce_it_is_told() {
        let there = "network: not enforced by openwhisk (ActionLimits.scala: time, memory, logs, concurrency and \
                     instances, nothing for the network, 2026-08): functions can reach any host";
        let here = "network: not enforced on this machine (it may not): functions can reach any host";
        check("", false, &[]);
        check(", network: []", true, &[there]);
        check(", network: [\"vision.example:443\"]", false, &[there, here]);
    }
}
