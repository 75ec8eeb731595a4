//! Builds the environment that a `requirements.txt` asks for: once for each text and Python, then from a cache.

use super::Progress;
use super::python::{Interpreter, Interpreters};
use crate::sandbox;
use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::Command;

/// The longest a build may take; packages that compile themselves need minutes.
const BUILD_MAX: Duration = Duration::from_secs(30 * 60);
/// Bytes of pip's words that an error keeps.
const WORDS_MAX: usize = 4096;
/// The longest line of pip that is shown; a longer one is cut into several.
const LINE_MAX: u64 = 4096;
/// Stands in an environment that is complete. INVARIANT: written last.
const COMPLETE: &str = "flow-complete";

/// Why there is no environment.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// The runtime's name means nothing here.
    #[error("the runtime `{runtime}` is not known here: write `python:3` or `python:3.11`")]
    Runtime {
        /// The name.
        runtime: String,
    },
    /// No such Python on the search path.
    #[error(
        "this machine has no Python {}: there is {} on the search path",
        wanted(runtime),
        list(found)
    )]
    NoPython {
        /// The runtime's name.
        runtime: String,
        /// Versions that were found.
        found: Vec<String>,
    },
    /// `venv` or `pip` failed.
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
            EnvironmentError::Runtime { .. } | EnvironmentError::NoPython { .. } => false,
            // The package index may have been out of reach, the disk full.
            EnvironmentError::Build { .. } | EnvironmentError::Slow | EnvironmentError::Io { .. } => true,
        }
    }
}

fn wanted(runtime: &str) -> &str {
    match runtime.strip_prefix("python:") {
        Some("3") | None => "3.10 or newer",
        Some(version) => version,
    }
}

fn list(found: &[String]) -> String {
    if found.is_empty() {
        "none".to_owned()
    } else {
        found.join(", ")
    }
}

/// The Pythons of this machine, and environments by content.
#[derive(Debug)]
pub struct Environments {
    cache: PathBuf,
    interpreters: Interpreters,
}

impl Environments {
    /// Environments live below `cache`, which several daemons may share; Pythons are looked for on the search
    /// path `path`.
    pub fn new(cache: impl Into<PathBuf>, path: impl Into<OsString>) -> Environments {
        Environments {
            cache: cache.into(),
            interpreters: Interpreters::new(path),
        }
    }

    /// The Python that has what `requirements` (the text of a `requirements.txt`) asks for; the machine's own
    /// without requirements. Builds the environment if nobody has yet, and tells `progress` about it line by
    /// line.
    ///
    /// # Errors
    /// See [`EnvironmentError`]; a failed build leaves nothing behind that a later one would trust.
    pub async fn python(
        &self,
        requirements: Option<&str>,
        runtime: &str,
        progress: &Progress<'_>,
    ) -> Result<PathBuf, EnvironmentError> {
        let interpreter = self.interpreters.find(runtime).await?;
        let Some(requirements) = requirements.filter(|text| asks_for_something(text)) else {
            return Ok(interpreter.program.clone());
        };
        let home = self.cache.join(digest(interpreter, requirements));
        let python = home.join("bin").join("python");
        if home.join(COMPLETE).exists() {
            return Ok(python);
        }
        let io_error = |source| EnvironmentError::Io {
            path: home.clone(),
            source,
        };
        std::fs::create_dir_all(&self.cache).map_err(io_error)?;
        let _lock = lock(&home.with_extension("lock"), progress)
            .await
            .map_err(io_error)?;
        if !home.join(COMPLETE).exists() {
            let build = build(interpreter, requirements, &home, progress);
            tokio::time::timeout(BUILD_MAX, build)
                .await
                .map_err(|_| EnvironmentError::Slow)??;
        }
        Ok(python)
    }
}

/// Whether there is a line that is no comment; most generated files have only comments.
fn asks_for_something(requirements: &str) -> bool {
    requirements
        .lines()
        .map(str::trim)
        .any(|line| !line.is_empty() && !line.starts_with('#'))
}

fn digest(interpreter: &Interpreter, requirements: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("{:?}\0{}\0", interpreter.version, interpreter.program.display()).as_bytes());
    hasher.update(requirements.as_bytes());
    hasher.finalize().to_hex().to_string()
}

/// Waits until no other daemon builds the same environment. The lock ends with the returned file.
async fn lock(path: &Path, progress: &Progress<'_>) -> io::Result<File> {
    let file = File::options().create(true).append(true).open(path)?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => progress("waiting for another flowd that builds this environment"),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let waiting = tokio::task::spawn_blocking(move || file.lock().map(|()| file));
    waiting.await.map_err(io::Error::other)?
}

async fn build(
    interpreter: &Interpreter,
    requirements: &str,
    home: &Path,
    progress: &Progress<'_>,
) -> Result<(), EnvironmentError> {
    let io_error = |source| EnvironmentError::Io {
        path: home.to_owned(),
        source,
    };
    // What a killed build left behind is not complete, and cannot be told from what is.
    match std::fs::remove_dir_all(home) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_error(error)),
        _ => {}
    }
    let (major, minor, patch) = interpreter.version;
    progress(&format!(
        "creating an environment for Python {major}.{minor}.{patch}"
    ));
    let mut venv = Command::new(&interpreter.program);
    venv.args(["-I", "-m", "venv"]).arg(home);
    run("creating the environment", venv, &|_| {}).await?;

    let file = home.join("requirements.txt");
    std::fs::write(&file, requirements).map_err(io_error)?;
    let mut pip = Command::new(home.join("bin").join("python"));
    pip.args([
        "-I",
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
    ]);
    pip.args(["--progress-bar", "off", "--requirement"]).arg(&file);
    run("installing the requirements", pip, progress).await?;
    std::fs::write(home.join(COMPLETE), "").map_err(io_error)
}

/// Runs a command to its end and tells `progress` each line that it prints.
async fn run(
    step: &'static str,
    mut command: Command,
    progress: &Progress<'_>,
) -> Result<(), EnvironmentError> {
    let failed = |words: String| EnvironmentError::Build { step, words };
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = sandbox::spawn(command)
        .await
        .map_err(|error| failed(error.to_string()))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (said, complained) = tokio::join!(lines(stdout, progress), lines(stderr, progress));
    let status = child.wait().await.map_err(|error| failed(error.to_string()))?;
    match status.success() {
        true => Ok(()),
        // venv complains on standard output, pip on standard error.
        false => Err(failed(
            if complained.trim().is_empty() {
                said
            } else {
                complained
            }
            .trim()
            .to_owned(),
        )),
    }
}

/// Tells each line, and returns the last of them.
async fn lines(stream: Option<impl AsyncRead + Unpin>, progress: &Progress<'_>) -> String {
    let mut words = String::new();
    let Some(stream) = stream else { return words };
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    // A stream that cannot be read is a stream that has ended: the exit status tells the rest.
    while matches!(
        (&mut reader).take(LINE_MAX).read_until(b'\n', &mut line).await,
        Ok(1..)
    ) {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if !text.is_empty() {
            progress(text);
        }
        words.push_str(text);
        words.push('\n');
        if let Some(surplus) = words.len().checked_sub(WORDS_MAX) {
            words.drain(..words.ceil_char_boundary(surplus));
        }
        line.clear();
    }
    words
}
