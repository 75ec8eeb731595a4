//! Jobs: long work outside the function platform, launched at most once and found again after a restart.
//!
//! [`Jobs`] is what a place that runs jobs can do; [`process`] runs them on this machine. [`task`] takes a
//! step of a run from its declaration to its value, wherever it runs.

mod environment;
mod name;
mod outcome;
pub mod process;
pub mod task;

pub use crate::shim::{End, Secrets, Spec, Status, Stop};
pub use name::JobName;
pub use process::ProcessJobs;
pub use task::{JobOutcome, JobRequest};

use serde_json::Value;
use std::io;
use std::path::PathBuf;

/// A place that runs jobs.
#[async_trait::async_trait]
pub trait Jobs: Send + Sync {
    /// Launches a job, or adopts it if it was launched under this name before.
    ///
    /// # Errors
    /// If the name belongs to another job, or the place cannot be reached.
    async fn submit(&self, name: &JobName, spec: &Spec) -> Result<Submitted, JobError>;

    /// How far a job is. Once it says `Lost`, nothing of the job runs any more.
    ///
    /// # Errors
    /// If there is no such job, or the place cannot be reached.
    async fn poll(&self, name: &JobName) -> Result<JobState, JobError>;

    /// Asks a job to stop; [`Jobs::poll`] says when it has. One that ended stays as it is.
    ///
    /// # Errors
    /// If there is no such job, or the place cannot be reached.
    async fn cancel(&self, name: &JobName) -> Result<(), JobError>;

    /// A local file with what the job printed so far; not there until it has started.
    ///
    /// # Errors
    /// If the place cannot be reached.
    async fn log(&self, name: &JobName) -> Result<PathBuf, JobError>;

    /// What a job that ended has left, as local paths.
    ///
    /// # Errors
    /// If the place cannot be reached.
    async fn output(&self, name: &JobName) -> Result<Output, JobError>;
}

/// What became of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// The job is new.
    Launched,
    /// The same job was there.
    Adopted,
}

/// How far a job is.
#[derive(Clone, Debug, PartialEq)]
pub enum JobState {
    /// It waits for a machine.
    Pending,
    /// It runs.
    Running {
        /// The last line of progress that it wrote.
        progress: Option<Value>,
    },
    /// It ended.
    Exited(Status),
    /// It was started, is gone, and nobody knows how it ended.
    Lost,
}

/// What a job has left, as local paths; each may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The folder of the model.
    pub model: PathBuf,
    /// The reports, as JSON.
    pub report: PathBuf,
    /// The folder of files that the reports name.
    pub out: PathBuf,
}

/// Why a place did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The name belongs to a job with another specification.
    #[error("job `{name}` was launched before as another job (specification {there}, now {asked})")]
    Conflict {
        /// The name.
        name: JobName,
        /// The digest of the job that is there.
        there: String,
        /// The digest of the job that was asked for.
        asked: String,
    },
    /// There is no such job.
    #[error("there is no job `{name}`")]
    Unknown {
        /// The name.
        name: JobName,
    },
    /// The machine failed.
    #[error("job `{name}`: {source}")]
    Io {
        /// The job.
        name: JobName,
        /// Why.
        source: io::Error,
    },
}

impl JobError {
    /// Whether the same may succeed later.
    pub fn retry(&self) -> bool {
        match self {
            JobError::Io { .. } => true,
            JobError::Conflict { .. } | JobError::Unknown { .. } => false,
        }
    }
}
