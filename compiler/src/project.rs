//! A project in memory: everything that the compiler looks at, read beforehand by [`crate::load`].

use flow_lang::ast;
use flow_lang::plan::NAME_MAX;
use flow_lang::report::Report;
use flow_lang::span::Sources;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A project in memory.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder of `flow.toml`, or of the lone `.flow` file.
    pub root: PathBuf,
    /// The default of `flow NAME`.
    pub name: Option<String>,
    /// The texts.
    pub sources: Sources,
    /// Their trees, in the order of `sources`.
    pub files: Vec<ast::File>,
    /// What was wrong with the texts themselves (`syntax/*`).
    pub syntax: Report,
    /// The environments of `flow.toml`; `dev` is always there.
    pub envs: BTreeMap<String, Environment>,
    /// The projects that `import` names, by the path as written there, without their own imports; or why one
    /// cannot be read.
    pub imports: BTreeMap<String, Result<Project, String>>,
    /// The folders that `code` properties name, as written there.
    pub code: BTreeMap<String, CodeFolder>,
}

/// Whether a text can stand after `flow`: up to [`NAME_MAX`] letters, digits and `_`, a letter first.
pub fn can_name_a_flow(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= NAME_MAX && text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(word)
}

/// One `[env.NAME]` of `flow.toml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// The profile of [`flow_lang::limits`] that functions run on: `process`, `openwhisk`.
    pub functions: String,
    /// Where jobs run: `process`.
    pub jobs: String,
    /// `file:.flow/artifacts`.
    pub artifacts: String,
    /// `sqlite:.flow/flow.db`.
    pub database: String,
    /// Configuration of packages by name.
    pub packages: BTreeMap<String, BTreeMap<String, Value>>,
    /// `secrets.NAME = "env:VARIABLE"`.
    pub secrets: BTreeMap<String, String>,
    /// Values laid under the arguments of every action and model that has a field of this name.
    pub params: BTreeMap<String, Value>,
    /// Limits that the environment states itself, laid over the profile's (bytes, milliseconds, counts).
    pub limits: BTreeMap<String, u64>,
}

/// A folder of code.
#[derive(Clone, Debug, Default)]
pub struct CodeFolder {
    /// Its files by path below the folder, with `/`; hidden ones and caches left out. Empty if it is not there.
    pub files: BTreeMap<String, CodeFile>,
    /// Whether the folder is there.
    pub exists: bool,
    /// The text of its own `requirements.txt`, else the project's.
    pub requirements: Option<String>,
    /// See [`flow_lang::plan::Code::digest`].
    pub digest: String,
}

/// A file of code.
#[derive(Clone, Debug)]
pub struct CodeFile {
    /// Bytes.
    pub size: u64,
    /// The text, if it is a source file that the compiler reads (`.py`, `.js`, `.mjs`).
    pub text: Option<String>,
}
