//! What a daemon is started with: the layout of its data directory.

use std::path::{Path, PathBuf};

/// The data directory (`--data`, default `.flow` beside the project). Everything the daemon keeps is below it.
#[derive(Clone, Debug)]
pub struct DataDir {
    root: PathBuf,
}

impl DataDir {
    /// The layout below `root`, which must be absolute.
    pub fn new(root: impl Into<PathBuf>) -> DataDir {
        DataDir { root: root.into() }
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Locked by the one daemon that may use the directory; holds its pid.
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.root.join("flow.db")
    }

    /// Artifacts by digest.
    pub fn artifacts(&self) -> PathBuf {
        self.root.join("artifacts")
    }

    /// Code by digest: `code/<digest>/<path>`, immutable.
    pub fn code(&self, digest: &str) -> PathBuf {
        self.root.join("code").join(digest)
    }

    /// What a step wrote to its log: `logs/<run>/<step>.<attempt>.log`.
    pub fn step_log(&self, run: &str, step: &str, attempt: u32) -> PathBuf {
        self.run_logs(run).join(format!("{step}.{attempt}.log"))
    }

    /// The logs of a run.
    pub fn run_logs(&self, run: &str) -> PathBuf {
        self.root.join("logs").join(run)
    }

    /// A job's directory.
    pub fn job(&self, name: &str) -> PathBuf {
        self.root.join("jobs").join(name)
    }

    /// Scratch space of workers; emptied at start.
    pub fn scratch(&self) -> PathBuf {
        self.root.join("scratch")
    }
}
