//! The declarations of a plan.

use super::{Endpoint, Graph, Source, Type};
use crate::ast::Rate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A collection of outside things, such as a folder or a bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// `objects`, …: a name of the catalogue.
    pub kind: String,
    /// What one item looks like; always a record.
    pub item: Type,
    /// Typed configuration by the catalogue's names (`url`, `fields`, …): what the catalogue sets, under what
    /// `flow.toml` sets, under what the declaration sets.
    pub config: BTreeMap<String, Value>,
    /// Where the values of secret configuration are found, by the catalogue's names: `env:PASSWORD`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, String>,
    /// What can be done with it in a step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub actions: BTreeMap<String, PackageAction>,
}

/// Something that a step can do with a package; all of it may be repeated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageAction {
    /// The input record.
    pub input: Type,
    /// The output; a record, or one that may be absent.
    pub output: Type,
    /// Tries in all.
    pub attempts: u32,
    /// The longest that one try may take, in milliseconds.
    pub timeout_ms: u64,
}

/// A model of another flow on the same daemon: one registry entry, one pool of workers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The other flow.
    pub flow: String,
    /// What a prediction is asked with, as the other flow declares it.
    pub input: Type,
    /// What it answers.
    pub output: Type,
    /// Bytes that the arguments of one call may have.
    pub payload: u64,
    /// Bytes that the result of one call may have.
    pub result: u64,
}

/// Where events come in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// The type of an event; an empty record when it carries nothing.
    pub payload: Type,
    /// Where the events come from; without one it is fired by people and by `emit`.
    pub source: Option<Source>,
    /// A throttle on the source.
    pub at_most: Option<Rate>,
}

/// The files that a function or a job runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The folder of another project that it was imported from, seen from that of the flow; empty for its own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub project: String,
    /// The folder, relative to the project, with `/`.
    pub folder: String,
    /// BLAKE3 over the sorted `path NUL length content` of its files, in hexadecimal.
    pub digest: String,
    /// What its environment is built from (a text), its own or the project's: the `requirements.txt` of Python,
    /// the `package.json` of Node.
    pub requirements: Option<String>,
    /// The `package-lock.json` beside that `package.json` (its text).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,
}

impl Code {
    /// The folder, seen from that of the flow.
    pub fn place(&self) -> String {
        match self.project.as_str() {
            "" => self.folder.clone(),
            project => format!("{project}/{}", self.folder),
        }
    }
}

/// How a function is run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// `python:3`, `nodejs:20`, …: see [`crate::runtime::Runtime`].
    pub runtime: String,
    /// Its files.
    pub code: Code,
    /// `file.function`, `function`, or for a model the module.
    pub entry: String,
    /// Memory in bytes.
    pub memory: u64,
    /// The longest one call may take, in milliseconds.
    pub timeout_ms: u64,
    /// Bytes of log kept for one call.
    pub logs: u64,
    /// Bytes that the arguments of one call may have.
    pub payload: u64,
    /// Bytes that the result of one call may have.
    pub result: u64,
    /// Values laid under the arguments.
    pub params: BTreeMap<String, Value>,
    /// Secrets that it is given.
    pub secrets: Vec<String>,
    /// What it may reach, each once and in order; nothing else is open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub network: Vec<Endpoint>,
}

/// What an action promises of its effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effects {
    /// Same input, same output, touches nothing.
    Pure,
    /// May be repeated.
    Idempotent,
    /// At least once, under a stable key that the function receives.
    AtLeastOnce,
    /// Never sent again by itself: when its outcome is not known, a person says what it was.
    Once,
}

/// A short function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The input record; fields may have defaults.
    pub input: Type,
    /// The output record.
    pub output: Type,
    /// What it promises.
    pub effects: Effects,
    /// What it returns may be known, although what it is given is private.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mask: bool,
    /// Tries in all.
    pub attempts: u32,
    /// How it is run.
    pub function: Function,
}

/// Long work outside the function platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// The input record; fields may have defaults.
    pub input: Type,
    /// `Type::Model` for a `train`, an empty record otherwise.
    pub output: Type,
    /// The command and its arguments.
    pub command: Vec<String>,
    /// Its files; the command starts in this folder.
    pub code: Code,
    /// Processors; thread counts of numeric libraries are set to it.
    pub cpu: u32,
    /// Memory in bytes.
    pub memory: u64,
    /// The longest it may run, in milliseconds.
    pub timeout_ms: u64,
    /// The longest it may wait for a machine, in milliseconds.
    pub pending_ms: u64,
    /// Tries in all.
    pub attempts: u32,
    /// The most bytes of the model that it writes.
    pub model_size: Option<u64>,
    /// The record that it reports.
    pub reports: Type,
    /// Packages that it writes to.
    pub writes: Vec<String>,
    /// Secrets that it is given.
    pub secrets: Vec<String>,
}

/// A growing collection of rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// The type of a row.
    pub row: Type,
    /// How long rows are kept, in milliseconds; for ever when absent.
    pub retention_ms: Option<u64>,
}

/// A prepare of one dataset into another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prepare {
    /// The dataset whose rows it is given.
    pub from: String,
    /// The dataset that it gives rows to.
    pub to: String,
    /// The graph, from row to row.
    pub graph: Graph,
}

/// A place where versions go live.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What a prediction is asked with.
    pub input: Type,
    /// What it answers.
    pub output: Type,
    /// How it is run: `entry` is the module with `load` and `predict`.
    pub function: Function,
    /// The least and the most workers.
    pub scale: (u32, u32),
    /// How long an unused worker lives, in milliseconds.
    pub idle_ms: u64,
}

/// An HTTP route that answers from memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Infer {
    /// `POST`, …
    pub method: String,
    /// `/digits`.
    pub path: String,
    /// The longest an answer may take, in milliseconds.
    pub deadline_ms: u64,
    /// How long a request can be joined by feedback, in milliseconds.
    pub keep_ms: u64,
    /// Appends are waited for.
    pub durable: bool,
    /// The graph; its input and output are the route's.
    pub graph: Graph,
}

/// What was true about an earlier request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feedback {
    /// The `infer` that it joins.
    pub of: String,
    /// The record that people send.
    pub input: Type,
    /// The graph; its input is `{ asked: …, <the fields that people send> }`.
    pub graph: Graph,
}

/// What a rule waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum On {
    /// An event of a trigger.
    Trigger {
        /// The trigger.
        trigger: String,
    },
    /// So many rows since this rule last fired.
    Grew {
        /// The dataset.
        dataset: String,
        /// How many rows.
        rows: u64,
    },
    /// This plan was deployed; once per digest.
    FlowDeployed,
    /// A `train` has published a version.
    Published {
        /// The `train`.
        train: String,
    },
    /// A version of a model has gone live.
    Deployed {
        /// The model, of this flow or imported.
        model: String,
    },
    /// A run of a rule has failed, or its deadline has passed. Not one that was cancelled.
    Failed {
        /// The rule.
        rule: String,
    },
}

/// What happens to an event that comes while a run of the same rule is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// It waits its turn.
    Queue,
    /// It is logged and dropped.
    Skip,
    /// The open run is cancelled.
    Cancel,
    /// Both run.
    Parallel,
}

/// On an event, run a graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Any of these events.
    pub on: Vec<On>,
    /// Only events for which this holds; `Expr::Input` is the event.
    pub filter: Option<super::Expr>,
    /// The longest a run may take, in milliseconds.
    pub deadline_ms: Option<u64>,
    /// So many runs may start in a period; a surplus event is merged into the next run.
    pub rate: Option<Rate>,
    /// What an event does while a run is open.
    pub overlap: Overlap,
    /// Events that may wait; the surplus is refused and logged.
    pub queue_max: u32,
    /// The graph; its input is the event.
    pub graph: Graph,
}
