//! What the daemon remembers: all SQL is in this room.
//!
//! One writer commits batches of [`Change`]s, each batch in one transaction together with its rows of the log;
//! a few readers answer questions beside it and never wait for it.

mod backup;
mod change;
mod commit;
mod counts;
mod datasets;
mod dialect;
mod error;
mod events;
mod letters;
mod load;
mod lock;
mod log;
mod outcomes;
mod plans;
mod record;
mod registry;
mod requests;
mod runs;
mod schema;
mod standing;
mod status;
mod tables;
mod verify;

pub use backup::{copy_database, named_artifacts};
pub use change::{Change, Verdict};
pub use commit::{CommitProbe, Committed, NoProbe};
pub use counts::Counts;
pub use datasets::{DatasetRecord, PAGE_MAX, RowRecord};
pub use error::StoreError;
pub use events::EventRecord;
pub use letters::{
    LETTERS_MAX, LetterFilter, LetterRecord, LetterState, Matter, OpenLetters, Outcome, bounded,
};
pub use load::{BrokenRun, Loaded, OpenRun};
pub use lock::{DirLock, LockError};
pub use outcomes::{DECISIONS_MAX, DecisionFilter, DecisionRecord};
pub use registry::{Deployment, ModelRecord, VersionRecord};
pub use requests::RequestRecord;
pub use runs::{LogEntry, RUN_LOG_MAX, RUNS_MAX, RunFilter, RunRecord, RunSummary};
pub use schema::{Migrated, sqlite_version};
pub use standing::Standing;
pub use status::StatusKind;
pub use verify::{Proof, VIOLATIONS_MAX, VerifyReport, Violation, verify};

use flow_engine::Millis;
use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Questions that are answered at the same time.
const READERS_MAX: u32 = 4;
/// The longest a question waits for its turn.
const READER_WAIT: Duration = Duration::from_secs(5);

/// The daemon's memory.
pub struct Store {
    writer: Mutex<commit::Writer>,
    readers: SqlitePool,
    epoch: u64,
    opened: Millis,
    migrated: Option<Migrated>,
}

impl Store {
    /// Opens the database at `path`, creates it or brings its schema up to date, and begins a new epoch at
    /// `epoch_at`. `probe` is told of every commit; a daemon passes [`NoProbe`].
    ///
    /// # Errors
    /// The file is not ours or newer than we are, the library is too old, or the database fails.
    pub async fn open(
        path: &Path,
        epoch_at: Millis,
        probe: Arc<dyn CommitProbe>,
    ) -> Result<Store, StoreError> {
        let mut connection = schema::connect(path).await?;
        let migrated = schema::migrate(&mut connection, path).await?;
        let epoch = schema::begin_epoch(&mut connection, epoch_at).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .acquire_timeout(READER_WAIT)
            .connect_lazy_with(schema::reader(path));
        let writer = commit::Writer::new(path.to_owned(), epoch, epoch_at, probe, connection).await?;
        Ok(Store {
            writer: Mutex::new(writer),
            readers,
            epoch,
            opened: epoch_at,
            migrated,
        })
    }

    /// How often the database has been opened for writing, this time included.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What was done to the schema at the opening, if anything was.
    pub fn migrated(&self) -> Option<&Migrated> {
        self.migrated.as_ref()
    }

    /// Makes a batch durable: all of it, in its order, or nothing.
    ///
    /// # Errors
    /// What refused the batch, or how the database failed; whether trying again can help is in the error.
    pub async fn commit(&self, batch: Vec<Change>) -> Result<Committed, StoreError> {
        self.writer.lock().await.commit(&batch).await
    }

    /// The digest of the last row of the log, which has those of all before it in it; nothing while no commit has gone
    /// well.
    pub async fn head(&self) -> Option<String> {
        self.writer.lock().await.head()
    }

    /// Moves what is in the write-ahead log into the database, as far as no reader is in the way.
    ///
    /// # Errors
    /// How the database failed. Nothing is lost: the log is read at the next start.
    pub async fn checkpoint(&self) -> Result<(), StoreError> {
        self.writer.lock().await.checkpoint().await
    }

    /// Ends all connections; the last one out moves the write-ahead log into the database.
    pub async fn close(self) {
        self.readers.close().await;
        self.writer.into_inner().close().await;
    }
}

#[cfg(test)]
mod tests;
