//! What a daemon is started with: the layout of its data directory, and what it reads of the environment.

use flow_lang::runtime::packages::cache;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

    /// Where the user of who asks is known: approvals come in there.
    pub fn socket(&self) -> PathBuf {
        self.root.join("flowd.sock")
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.root.join("flow.db")
    }

    /// The name of this installation.
    pub fn install(&self) -> PathBuf {
        self.root.join("install")
    }

    /// The key that private data is sealed with.
    pub fn seal_key(&self) -> PathBuf {
        self.root.join("seal.key")
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

    /// What the workers of a version write: `logs/models/<flow>.<model>.<version>.log`.
    pub fn model_log(&self, flow: &str, model: &str, version: u64) -> PathBuf {
        self.run_logs("models")
            .join(format!("{flow}.{model}.{version}.log"))
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

/// Where the environments of functions and jobs are cached: `FLOW_CACHE`, else `flow` in the user's cache directory.
pub fn environment_cache() -> PathBuf {
    let set = |name: &str| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    cache(set).unwrap_or_else(|| std::env::temp_dir().join("flow-cache"))
}

/// Looks up the value of a secret by its place when a function is called: [`secret`], or what a test gives.
pub type SecretValues = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The value of a secret by its place. Only `env:NAME` is known for now.
pub fn secret(place: &str) -> Option<String> {
    variable(place.strip_prefix("env:")?)
}

/// What to log: `FLOW_LOG`, in the form of `RUST_LOG`.
pub fn log_filter() -> Option<String> {
    variable("FLOW_LOG")
}

/// Where programs are found: `PATH`.
pub fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// Whether a person wants no colours: `NO_COLOR`, or a terminal that has none.
pub fn wants_no_colours() -> bool {
    let asked = variable("NO_COLOR").is_some_and(|text| !text.is_empty());
    asked || variable("TERM").as_deref() == Some("dumb")
}

/// The token of a client: `FLOW_TOKEN`.
pub fn token() -> Option<String> {
    variable("FLOW_TOKEN")
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
