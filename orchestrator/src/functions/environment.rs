//! The Pythons and Nodes of this machine, and what functions ask to be installed for them: once for each text and
//! version, then from a cache.

pub(super) mod cache;
pub(super) mod room;

use super::Progress;
use super::language::Prepared;
use super::node::Nodes;
use super::programs::Installed;
use super::python::Pythons;
use cache::{BUILD_MAX, Cache};
use flow_lang::plan::Function;
use flow_lang::runtime::{FORMS, Runtime};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// Why there is no environment.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// The runtime's name means nothing here.
    #[error("the runtime `{runtime}` is not known here: write {FORMS}")]
    Runtime {
        /// The name.
        runtime: String,
    },
    /// No such program on the search path.
    #[error("this machine has no {wanted}: there is {} on the search path", list(found))]
    Missing {
        /// The language and the version.
        wanted: String,
        /// Versions that were found.
        found: Vec<String>,
    },
    /// Packages are asked for, and nothing can install them.
    #[error(
        "the code asks for packages, and there is no npm beside {} or on the search path: install npm",
        node.display()
    )]
    NoNpm {
        /// The Node.
        node: PathBuf,
    },
    /// A `package.json` that says nothing.
    #[error("`package.json` cannot be read: {0}")]
    Manifest(serde_json::Error),
    /// `venv`, `pip` or `npm` failed.
    #[error("{step} failed: {words}")]
    Build {
        /// What was tried.
        step: &'static str,
        /// The last of what it said.
        words: String,
    },
    /// The build took too long.
    #[error("the environment took longer than {} to build", flow_lang::units::duration(BUILD_MAX.as_millis() as u64))]
    Slow,
    /// A file could not be read or written.
    #[error("the environment could not be built in {}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl EnvironmentError {
    /// Whether the same may go well later, without anybody changing anything.
    pub fn may_pass(&self) -> bool {
        match self {
            EnvironmentError::Runtime { .. }
            | EnvironmentError::Missing { .. }
            | EnvironmentError::NoNpm { .. }
            | EnvironmentError::Manifest(_) => false,
            // The package index may have been out of reach, the disk full.
            EnvironmentError::Build { .. } | EnvironmentError::Slow | EnvironmentError::Io { .. } => true,
        }
    }

    /// For what could not be read or written in `path`.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> EnvironmentError {
        let path = path.to_owned();
        move |source| EnvironmentError::Io { path, source }
    }
}

fn list(found: &[String]) -> String {
    if found.is_empty() {
        "none".to_owned()
    } else {
        found.join(", ")
    }
}

/// The Pythons and Nodes of this machine, and environments by content.
#[derive(Debug)]
pub struct Environments {
    cache: Cache,
    pythons: Pythons,
    nodes: Nodes,
}

impl Environments {
    /// Environments live below `cache`, which several daemons may share; programs are looked for on the search
    /// path `path`.
    pub fn new(cache: impl Into<PathBuf>, path: impl Into<OsString>) -> Environments {
        let path = path.into();
        Environments {
            cache: Cache::new(cache),
            pythons: Pythons::new(&path),
            nodes: Nodes::new(&path),
        }
    }

    /// What functions can run on, by language and age.
    pub async fn installed(&self) -> Vec<Installed> {
        let mut installed = self.pythons.installed().await;
        installed.extend(self.nodes.installed().await);
        installed
    }

    /// The program that runs `function`, with what its code asks to be installed. Builds the environment if nobody
    /// has yet, and tells `progress` about it line by line.
    ///
    /// # Errors
    /// See [`EnvironmentError`]; a failed build leaves nothing behind that a later one would trust.
    pub async fn prepare(
        &self,
        function: &Function,
        progress: &Progress<'_>,
    ) -> Result<Prepared, EnvironmentError> {
        let code = &function.code;
        match Runtime::parse(&function.runtime) {
            Some(Runtime::Python { minor }) => {
                let requirements = code.requirements.as_deref();
                self.pythons
                    .prepare(minor, requirements, &self.cache, progress)
                    .await
            }
            Some(Runtime::Node { major }) => self.nodes.prepare(major, code, &self.cache, progress).await,
            None => Err(EnvironmentError::Runtime {
                runtime: function.runtime.clone(),
            }),
        }
    }

    /// The newest Python, with what `requirements` (the text of a `requirements.txt`) asks for: what the command
    /// of a job means by `python`.
    ///
    /// # Errors
    /// As [`Environments::prepare`].
    pub async fn python(
        &self,
        requirements: Option<&str>,
        progress: &Progress<'_>,
    ) -> Result<PathBuf, EnvironmentError> {
        let prepared = self
            .pythons
            .prepare(None, requirements, &self.cache, progress)
            .await?;
        Ok(prepared.program)
    }
}
