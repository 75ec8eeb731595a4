//! `flowd backup` and `flowd restore`: a copy of a data directory that holds together, made beside a daemon at work.
//!
//! The database is copied first, as of one moment. What it names was durable before that and never changes, so
//! whatever is copied afterwards has it. The copy of the database takes its place last: a copy that breaks off leaves the
//! one before it whole.

mod files;

use crate::artifacts;
use crate::config::DataDir;
use crate::store::{self, DirLock, LockError, StoreError, VerifyReport};
use files::Tally;
use serde::Serialize;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What was copied, and whether it holds. Its JSON is stable: fields are added, none goes or changes its meaning.
#[derive(Debug, Serialize)]
pub struct Copied {
    /// Where the copy is.
    pub to: PathBuf,
    /// Files that were copied, the database among them.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that an earlier copy had already.
    pub kept: u64,
    /// Digests of artifacts that the database names and that are not there, or are not what their names say.
    pub missing: Vec<String>,
    /// What the log of the copy proves.
    pub log: VerifyReport,
}

impl Copied {
    /// Whether a daemon can go on from the copy with nothing lost.
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.log.is_clean()
    }
}

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for digest in &self.missing {
            writeln!(f, "the artifact {digest} is named and not there")?;
        }
        let bytes = flow_lang::units::size(self.bytes);
        write!(f, "{}: {} files, {bytes}", self.to.display(), self.files)?;
        if self.kept > 0 {
            write!(f, ", and {} from before", self.kept)?;
        }
        write!(f, "\n{}", self.log)
    }
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to copy.
    #[error("`{0}` is no data directory: it has no `flow.db`")]
    Nothing(PathBuf),
    /// Something else is where the copy should be.
    #[error("`{0}` is neither empty nor an earlier copy of this data directory")]
    Taken(PathBuf),
    /// A data directory is never restored over another.
    #[error("`{0}` is not empty: restore into a directory that is new")]
    Full(PathBuf),
    /// One lies in the other.
    #[error("`{0}` lies in the directory that is copied")]
    Inside(PathBuf),
    /// Somebody writes there.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file cannot be read or written.
    #[error("`{path}`: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
        move |source| BackupError::Io {
            path: path.to_owned(),
            source,
        }
    }
}

/// Copies a data directory, whether a daemon works in it or not, to `to`: a new directory, or an earlier copy, of
/// which what never changes is kept. Then proves the copy.
///
/// # Errors
/// See [`BackupError`].
pub async fn backup(data: &DataDir, to: &Path) -> Result<Copied, BackupError> {
    let from = data.root();
    if !data.database().exists() {
        return Err(BackupError::Nothing(from.to_owned()));
    }
    if to.starts_with(from) {
        return Err(BackupError::Inside(to.to_owned()));
    }
    let to = DataDir::new(to);
    if !is_empty(to.root())? && !is_copy(data, &to) {
        return Err(BackupError::Taken(to.root().to_owned()));
    }
    copy(data, &to).await
}

/// Copies a copy to where a daemon will be started: a directory that is new or empty. The copy stays as it is.
///
/// # Errors
/// See [`BackupError`].
pub async fn restore(from: &Path, data: &DataDir) -> Result<Copied, BackupError> {
    let from = DataDir::new(from);
    if !from.database().exists() {
        return Err(BackupError::Nothing(from.root().to_owned()));
    }
    if data.root().starts_with(from.root()) {
        return Err(BackupError::Inside(data.root().to_owned()));
    }
    if !is_empty(data.root())? {
        return Err(BackupError::Full(data.root().to_owned()));
    }
    copy(&from, data).await
}

async fn copy(from: &DataDir, to: &DataDir) -> Result<Copied, BackupError> {
    files::folder(to.root())?;
    // Two copies at once would take each other's files for their own, and a daemon would be robbed of its database.
    let _lock = DirLock::take(&to.lock())?;
    let draft = to.root().join("flow.db.draft");
    store::copy_database(&from.database(), &draft).await?;
    let named = store::named_artifacts(&draft).await?;
    let (source, target) = (from.clone(), to.clone());
    let copied = tokio::task::spawn_blocking(move || files::copy(&source, &target));
    let mut tally = copied.await.expect("copying does not panic and is not aborted")?;
    let bytes = fs::metadata(&draft).map_err(BackupError::io(&draft))?.len();
    tally.add(bytes);
    files::replace(&draft, &to.database())?;
    let Tally { files, bytes, kept } = tally;
    let is_there =
        |digest: &String| artifacts::place(&to.artifacts(), digest).is_some_and(|place| place.exists());
    let missing = named.into_iter().filter(|digest| !is_there(digest));
    Ok(Copied {
        to: to.root().to_owned(),
        files,
        bytes,
        kept,
        missing: missing.collect(),
        log: store::verify(&to.database()).await?,
    })
}

/// Whether there is nothing, or an empty folder.
fn is_empty(folder: &Path) -> Result<bool, BackupError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(BackupError::io(folder)(error)),
    }
}

/// Whether `to` holds an earlier copy of the same installation, or one that broke off.
fn is_copy(from: &DataDir, to: &DataDir) -> bool {
    let name = |data: &DataDir| fs::read(data.install()).ok();
    let name_of_copy = name(to);
    // A daemon has worked there: it is no copy any more.
    if to.root().join("flow.db-wal").exists() {
        return false;
    }
    match name_of_copy {
        Some(_) => name_of_copy == name(from),
        None => to.root().join("flow.db.draft").exists(),
    }
}
