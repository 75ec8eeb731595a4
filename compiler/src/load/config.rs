//! `flow.toml`: where a flow runs.

mod functions;
mod values;

use super::{LoadError, read_text};
use crate::project::Environment;
use functions::Functions;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use values::{Members, Package, Secret};

/// What a `flow.toml` says, or what holds without one.
pub(super) struct Config {
    pub(super) name: Option<String>,
    /// Patterns below the root.
    pub(super) sources: Vec<String>,
    /// `dev` is always there.
    pub(super) envs: BTreeMap<String, Environment>,
}

impl Default for Config {
    fn default() -> Config {
        Config::from(File::default())
    }
}

/// Reads the `flow.toml` of a folder, if there is one.
pub(super) fn read(root: &Path) -> Result<Option<Config>, LoadError> {
    let path = root.join("flow.toml");
    if !path.exists() {
        return Ok(None);
    }
    let bytes = read_text(&path)?;
    let text = String::from_utf8_lossy(&bytes);
    let file: File = toml::from_str(&text).map_err(|error| {
        let before = &text[..error.span().map_or(0, |span| span.start)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        LoadError::Config {
            path: path.strip_prefix(".").unwrap_or(&path).to_path_buf(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: error.message().replace('\n', ", "),
        }
    })?;
    Ok(Some(Config::from(file)))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    flow: Flow,
    #[serde(default)]
    groups: BTreeMap<String, Members>,
    #[serde(default)]
    env: BTreeMap<String, Env>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Flow {
    #[serde(default, deserialize_with = "values::flow_name")]
    name: Option<String>,
    #[serde(default, deserialize_with = "values::patterns")]
    sources: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Env {
    #[serde(default)]
    functions: Functions,
    #[serde(default = "process", deserialize_with = "values::jobs")]
    jobs: String,
    #[serde(default = "artifacts", deserialize_with = "values::artifacts_url")]
    artifacts: String,
    #[serde(default = "database", deserialize_with = "values::database_url")]
    database: String,
    #[serde(default)]
    packages: BTreeMap<String, Package>,
    #[serde(default)]
    secrets: BTreeMap<String, Secret>,
    #[serde(default)]
    params: BTreeMap<String, serde_json::Value>,
}

impl Default for Env {
    fn default() -> Env {
        Env {
            functions: Functions::default(),
            jobs: process(),
            artifacts: artifacts(),
            database: database(),
            packages: BTreeMap::new(),
            secrets: BTreeMap::new(),
            params: BTreeMap::new(),
        }
    }
}

fn process() -> String {
    "process".into()
}

fn artifacts() -> String {
    "file:.flow/artifacts".into()
}

fn database() -> String {
    "sqlite:.flow/flow.db".into()
}

impl From<File> for Config {
    fn from(mut file: File) -> Config {
        file.env.entry("dev".into()).or_default();
        let groups = file.groups.into_iter();
        let groups: BTreeMap<_, _> = groups.map(|(name, members)| (name, members.0)).collect();
        Config {
            name: file.flow.name,
            sources: file.flow.sources.unwrap_or_else(|| vec!["*.flow".into()]),
            envs: file
                .env
                .into_iter()
                .map(|(name, env)| (name, env.with(groups.clone())))
                .collect(),
        }
    }
}

impl Env {
    fn with(self, groups: BTreeMap<String, Vec<String>>) -> Environment {
        let env = self;
        Environment {
            groups,
            functions: env.functions.platform,
            jobs: env.jobs,
            artifacts: env.artifacts,
            database: env.database,
            packages: env
                .packages
                .into_iter()
                .map(|(name, package)| (name, package.0))
                .collect(),
            secrets: env
                .secrets
                .into_iter()
                .map(|(name, secret)| (name, secret.0))
                .collect(),
            params: env.params,
            limits: env.functions.limits,
        }
    }
}
