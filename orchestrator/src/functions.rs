//! Short functions: the code behind an `action`, called with a record and answering with one.
//!
//! [`Functions`] is what a platform for them has to do; [`ProcessFunctions`] does it with processes that are kept
//! warm on this machine, of any language in `language`. A process speaks the ActionLoop form of OpenWhisk: one JSON line in, one JSON
//! line out on a descriptor of its own, so that what the code prints is never taken for an answer.

pub mod environment;
mod failure;
mod language;
mod launcher;
mod log;
mod node;
mod printed;
mod process;
mod programs;
mod python;
#[cfg(test)]
pub(crate) mod tests;
mod warm;
mod worker;

pub use environment::{EnvironmentError, Environments};
pub(crate) use failure::failure;
pub use language::Prepared;
pub(crate) use launcher::Kind;
pub use launcher::Launcher;
pub(crate) use log::CallLog;
pub use process::{IDLE_MAX, ProcessFunctions};
pub use programs::Installed;
pub(crate) use worker::{Bounds, Failure, Request, Worker};

use crate::redact::Secrets;
use crate::seal::Seal;
use flow_engine::StepError;
use flow_lang::plan::{Function, Type};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Is told, line by line, what takes long.
pub type Progress<'a> = dyn Fn(&str) + Sync + 'a;

/// One call of a function.
#[derive(Clone, Debug)]
pub struct Call {
    /// The flow. Calls of two flows share no worker, so that one does not wait behind the other's.
    pub flow: String,
    /// How it is run.
    pub function: Function,
    /// The action's name.
    pub name: String,
    /// Its files, which nobody writes to any more.
    pub code_dir: PathBuf,
    /// Exactly the fields that it declares, with references; what is private in it is sealed, or is no more than a
    /// value that stands in the plan.
    pub args: Value,
    /// The type of `args`.
    pub input: Type,
    /// The type that its result must have.
    pub output: Type,
    /// Values of the secrets that it names; they are laid over `args`.
    pub secrets: Secrets,
    /// Opens what is private in `args`, right before the code is given it, and seals what is private in the result.
    pub seal: Arc<Seal>,
    /// `run/step`: the same for each attempt. The code reads it as `FLOW_KEY`.
    pub key: String,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// What it prints is appended to this file.
    pub log: PathBuf,
}

impl Call {
    /// Whether what the code knows is private: then what it prints is sealed, and how it failed is not told.
    pub fn is_private(&self) -> bool {
        self.input.holds_private() || self.output.holds_private()
    }
}

/// A platform for short functions.
#[async_trait::async_trait]
pub trait Functions: Send + Sync {
    /// Calls a function and waits for its result, in which blobs are references. When `stop` is cancelled the
    /// call is given up and what it started is ended.
    ///
    /// # Errors
    /// A failure of the call in the words of the language, without step and attempts.
    async fn invoke(&self, call: Call, stop: CancellationToken) -> Result<Value, StepError>;

    /// Does what has to be done once before a function can be called, such as installing its packages, and
    /// tells `progress` about it line by line.
    ///
    /// # Errors
    /// When the function cannot be called.
    async fn ready(&self, function: &Function, progress: &Progress<'_>) -> Result<(), StepError>;

    /// Ends all calls and all processes.
    async fn close(&self);
}
