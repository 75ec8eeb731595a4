//! Environments by content: each is built once, by one daemon at a time, and trusted when it is complete.

use super::EnvironmentError;
use crate::functions::Progress;
use crate::sandbox;
use flow_lang::runtime::packages::{Installed, NOTE};
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::Command;

/// The longest a build may take; packages that compile themselves need minutes.
pub(super) const BUILD_MAX: Duration = Duration::from_secs(30 * 60);
/// Bytes of the words of pip or npm that an error keeps.
const WORDS_MAX: usize = 4096;
/// The longest line of theirs that is shown; a longer one is cut into several.
const LINE_MAX: u64 = 4096;
/// Which of its words say why a program failed.
#[derive(Clone, Copy, Debug)]
pub(in crate::functions) enum Reason {
    /// The first: what follows explains how it is used.
    First,
    /// The last: what came before is its work.
    Last,
}

/// A folder of environments, which several daemons may share.
#[derive(Debug)]
pub(in crate::functions) struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub(super) fn new(folder: impl Into<PathBuf>) -> Cache {
        Cache {
            folder: folder.into(),
        }
    }

    /// Where the environment with this digest is, or will be.
    pub(in crate::functions) fn home(&self, digest: &str) -> PathBuf {
        self.folder.join(digest)
    }

    /// Lets `build` make `home` unless it is complete, for what `asks` for it. `build` finds nothing there, and says
    /// how much [`room`](super::room::room) it takes.
    ///
    /// # Errors
    /// Those of `build`; when it takes longer than [`BUILD_MAX`]; when the folder cannot be written.
    pub(in crate::functions) async fn once(
        &self,
        home: &Path,
        asks: String,
        progress: &Progress<'_>,
        build: impl Future<Output = Result<u64, EnvironmentError>>,
    ) -> Result<(), EnvironmentError> {
        if home.join(NOTE).exists() {
            return Ok(());
        }
        std::fs::create_dir_all(&self.folder).map_err(EnvironmentError::io(home))?;
        let _lock = lock(&home.with_extension("lock"), progress)
            .await
            .map_err(EnvironmentError::io(home))?;
        if home.join(NOTE).exists() {
            return Ok(());
        }
        // What a killed build left behind is not complete, and cannot be told from what is.
        match std::fs::remove_dir_all(home) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(EnvironmentError::io(home)(error));
            }
            Ok(()) | Err(_) => {}
        }
        let zip = tokio::time::timeout(BUILD_MAX, build)
            .await
            .map_err(|_| EnvironmentError::Slow)??;
        let note = serde_json::to_vec(&Installed { asks, zip }).expect("a note is plain data");
        std::fs::write(home.join(NOTE), note).map_err(EnvironmentError::io(home))
    }
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

/// Runs a command to its end and tells `progress` each line that it prints.
pub(in crate::functions) async fn run(
    step: &'static str,
    mut command: Command,
    reason: Reason,
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
    let (said, complained) = tokio::join!(lines(stdout, reason, progress), lines(stderr, reason, progress));
    let status = child.wait().await.map_err(|error| failed(error.to_string()))?;
    match status.success() {
        true => Ok(()),
        // venv complains on standard output, pip and npm on standard error.
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

/// Tells each line, and returns the first or the last of them.
async fn lines(stream: Option<impl AsyncRead + Unpin>, reason: Reason, progress: &Progress<'_>) -> String {
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
            match reason {
                Reason::First => words.truncate(words.floor_char_boundary(WORDS_MAX)),
                Reason::Last => drop(words.drain(..words.ceil_char_boundary(surplus))),
            }
        }
        line.clear();
    }
    words
}
