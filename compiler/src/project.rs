//! A project in memory: everything that the compiler looks at, read beforehand by [`crate::load`].

use flow_lang::ast;
use flow_lang::plan::NAME_MAX;
use flow_lang::report::{Finding, Report};
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
    /// The projects that declarations are imported from, by the path as written.
    pub modules: Modules,
    /// The folders that `code` properties name, as written there; those of imported declarations seen from `root`
    /// (see [`flow_lang::plan::Code::place`]).
    pub code: BTreeMap<String, CodeFolder>,
    /// How much room packages take that are installed on this machine (bytes of a zip), by
    /// [what asks for them](flow_lang::runtime::packages::asked); empty where nobody has looked.
    pub installed: BTreeMap<String, u64>,
}

/// What a project imports declarations from, by the path as written.
pub type Modules = BTreeMap<String, Result<Module, NoModule>>;

/// A project that declarations are imported from.
#[derive(Clone, Debug)]
pub struct Module {
    /// The same for the same project, whatever path leads to it.
    pub identity: PathBuf,
    /// Its folder, seen from that of the flow that is compiled; empty if it is the same.
    pub project: String,
    /// Its trees; their texts are among the sources of the flow.
    pub files: Vec<ast::File>,
    /// What is wrong with its texts, if anything is: the first of it.
    pub broken: Option<Finding>,
    /// The projects that it imports from, by the path as written there.
    pub modules: Modules,
}

/// Why nothing can be imported from a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoModule {
    /// It cannot be read.
    Unreadable(String),
    /// It is a part of the very project that imports it.
    Own,
    /// It imports what imports it: the ring, from its first to its first.
    Cycle(Vec<String>),
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
    /// `[groups]`, the same in every environment: the users who may approve.
    pub groups: BTreeMap<String, Vec<String>>,
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
    /// Its own `package.json`, else the project's; read if a function on Node has this folder.
    pub manifest: Option<Manifest>,
    /// See [`flow_lang::plan::Code::digest`].
    pub digest: String,
}

/// What npm installs from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The text of the `package.json`.
    pub text: String,
    /// The text of the `package-lock.json` beside it.
    pub lock: Option<String>,
}

/// A file of code.
#[derive(Clone, Debug)]
pub struct CodeFile {
    /// Bytes.
    pub size: u64,
    /// The text, if it is a file that the compiler reads: source (`.py`, `.js`, `.mjs`, `.cjs`) or `package.json`.
    pub text: Option<String>,
}
