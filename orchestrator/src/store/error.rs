//! What can go wrong between the daemon and its database.

use crate::store::dialect::VERSION_MIN;
use std::path::{Path, PathBuf};

/// Why something was not stored or not read. Nothing of a batch is stored when its commit fails.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The event is known already; ask with [`crate::store::Store::event`] first.
    #[error("the event `{key}` of `{flow}`, `{source_name}` was taken in before")]
    EventTaken {
        /// The flow.
        flow: String,
        /// What it is an event of.
        source_name: String,
        /// Its key.
        key: String,
    },
    /// Somebody else moved the cursor.
    #[error("the cursor of `{flow}`, `{feed}` does not stand where this batch starts")]
    CursorMoved {
        /// The flow.
        flow: String,
        /// The trigger.
        feed: String,
    },
    /// There is no way out of a terminal state.
    #[error("the run `{run}` has ended and does not change any more")]
    RunEnded {
        /// The run.
        run: String,
    },
    /// What became of a dead letter stays so.
    #[error("the dead letter `{letter}` is not open")]
    LetterClosed {
        /// The letter.
        letter: String,
    },
    /// A row that has to be new is there.
    #[error("`{row}` is in `{table}` already")]
    Taken {
        /// The table.
        table: &'static str,
        /// What names the row.
        row: String,
    },
    /// A deployment that does not follow the last one.
    #[error("deployment {number} of `{flow}`, `{name}` does not follow the last one")]
    NotNext {
        /// The flow.
        flow: String,
        /// The model.
        name: String,
        /// The number it would have had.
        number: u64,
    },
    /// What is stored does not read back.
    #[error("the table `{table}` holds in `{column}` of `{row}` what cannot be read: {why}")]
    Decode {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What names the row.
        row: String,
        /// What is wrong with it.
        why: String,
    },
    /// The file belongs to another program.
    #[error("`{path}` is the database of another program")]
    Foreign {
        /// The file.
        path: String,
    },
    /// The file was written by a newer daemon.
    #[error("`{path}` has the schema {found}, this daemon knows {known}: use a newer one")]
    Newer {
        /// The file.
        path: String,
        /// Its schema.
        found: i64,
        /// The newest schema that we know.
        known: i64,
    },
    /// The library has a bug that loses data.
    #[error(
        "SQLite {found} can lose data in WAL mode: use {}.{}.{} or newer",
        VERSION_MIN.0, VERSION_MIN.1, VERSION_MIN.2
    )]
    OldLibrary {
        /// Its version.
        found: String,
    },
    /// A file beside the database cannot be written.
    #[error("`{path}`: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What an export writes to has failed.
    #[error("writing the rows out failed: {0}")]
    Sink(#[from] std::io::Error),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

impl StoreError {
    /// The error of a file that cannot be written.
    pub(super) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
        move |source| StoreError::File {
            path: path.to_owned(),
            source,
        }
    }

    /// Whether the same request can succeed later, without anybody changing it.
    pub fn try_again(&self) -> bool {
        match self {
            StoreError::Database(error) => is_passing(error),
            StoreError::Sink(_) | StoreError::File { .. } => true,
            StoreError::EventTaken { .. }
            | StoreError::CursorMoved { .. }
            | StoreError::RunEnded { .. }
            | StoreError::LetterClosed { .. }
            | StoreError::Taken { .. }
            | StoreError::NotNext { .. }
            | StoreError::Decode { .. }
            | StoreError::Foreign { .. }
            | StoreError::Newer { .. }
            | StoreError::OldLibrary { .. } => false,
        }
    }

    /// Whether the database works and said no: the connection may be used on.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            StoreError::Database(sqlx::Error::Database(error)) => {
                error.is_foreign_key_violation() || error.is_unique_violation()
            }
            StoreError::Database(_) | StoreError::Sink(_) | StoreError::File { .. } => false,
            StoreError::EventTaken { .. }
            | StoreError::CursorMoved { .. }
            | StoreError::RunEnded { .. }
            | StoreError::LetterClosed { .. }
            | StoreError::Taken { .. }
            | StoreError::NotNext { .. }
            | StoreError::Decode { .. }
            | StoreError::Foreign { .. }
            | StoreError::Newer { .. }
            | StoreError::OldLibrary { .. } => true,
        }
    }
}

/// SQLite's primary result codes that say nothing about the statement: busy, locked, an IO error, a full disk.
const PASSING: [i32; 4] = [5, 6, 10, 13];

fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().and_then(|code| code.parse::<i32>().ok());
            code.is_some_and(|code| PASSING.contains(&(code & 0xff)))
        }
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}
