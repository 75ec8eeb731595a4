//! The writer: one connection, one transaction for each batch.

use crate::store::log::{Head, LogRow};
use crate::store::tables::Tables;
use crate::store::{Change, StoreError, dialect, log, schema};
use flow_engine::Millis;
use flow_engine::mutants::{Bug, planted};
use sqlx::{Connection, SqliteConnection};
use std::path::PathBuf;
use std::sync::Arc;

/// A batch is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The number of its last row in the log.
    pub seq: u64,
}

/// Is told of each commit; crash tests stop the process there.
pub trait CommitProbe: Send + Sync {
    /// Everything of this process's `n`th commit is written and nothing is durable yet; `n` counts from 1.
    fn before(&self, n: u64);

    /// The `n`th commit is durable and nobody knows yet.
    fn after(&self, n: u64);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProbe;

impl CommitProbe for NoProbe {
    fn before(&self, _n: u64) {}

    fn after(&self, _n: u64) {}
}

/// The one who writes.
pub(super) struct Writer {
    path: PathBuf,
    epoch: u64,
    opened: Millis,
    probe: Arc<dyn CommitProbe>,
    commits: u64,
    /// Absent after a failure, or when a commit was abandoned half-way: then nobody knows how it came out.
    /// A connection that has seen a failed write is never used again, because the system may have dropped
    /// what it could not write; a new one reads the truth from the file.
    open: Option<Open>,
}

struct Open {
    connection: SqliteConnection,
    head: Head,
}

impl Writer {
    pub(super) async fn new(
        path: PathBuf,
        epoch: u64,
        opened: Millis,
        probe: Arc<dyn CommitProbe>,
        mut connection: SqliteConnection,
    ) -> Result<Writer, StoreError> {
        let head = log::head(&mut connection).await?;
        let open = Some(Open { connection, head });
        Ok(Writer {
            path,
            epoch,
            opened,
            probe,
            commits: 0,
            open,
        })
    }

    /// Makes a batch durable, or nothing of it.
    pub(super) async fn commit(&mut self, batch: &[Change]) -> Result<Committed, StoreError> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => {
                let mut connection = schema::connect(&self.path).await?;
                let head = log::head(&mut connection).await?;
                Open { connection, head }
            }
        };
        let outcome = self.write(&mut open, batch).await;
        match outcome {
            Ok(head) => {
                open.head = head;
                let seq = open.head.seq;
                self.open = Some(open);
                Ok(Committed { seq })
            }
            Err(error) => {
                if error.is_refusal() {
                    self.open = Some(open);
                }
                Err(error)
            }
        }
    }

    async fn write(&mut self, open: &mut Open, batch: &[Change]) -> Result<Head, StoreError> {
        let (log, head) = self.chain(&open.head, batch);
        if log.is_empty() {
            return Ok(head);
        }
        let tables = match planted(Bug::TableDiffers) && batch.len() > 1 {
            true => Tables::of(&batch[1..], &log[1..])?,
            false => Tables::of(batch, &log)?,
        };
        let mut tx = open.connection.begin_with(dialect::BEGIN).await?;
        if let Err(error) = tables.write(&mut tx, &log).await {
            tx.rollback().await?;
            return Err(error);
        }
        self.commits += 1;
        self.probe.before(self.commits);
        tx.commit().await?;
        self.probe.after(self.commits);
        Ok(head)
    }

    /// The rows of the log for a batch, and where they end.
    fn chain(&self, head: &Head, batch: &[Change]) -> (Vec<LogRow>, Head) {
        let told = batch.iter().filter_map(Change::at).max();
        let at = told.unwrap_or(head.at.max(self.opened));
        let mut head = head.clone();
        let mut log: Vec<LogRow> = Vec::with_capacity(batch.len());
        for change in batch {
            if planted(Bug::LogRowMissing) && matches!(change, Change::Cursor { .. }) {
                continue;
            }
            if let Some(first) = log.first().filter(|_| planted(Bug::HeadNotChained)) {
                head.hash.clone_from(&first.prev);
            }
            let row = LogRow::after(&head, self.epoch, at, change);
            head = Head {
                seq: row.seq,
                hash: row.hash.clone(),
                at,
            };
            log.push(row);
        }
        (log, head)
    }

    /// The digest of the last row of the log.
    pub(super) fn head(&self) -> Option<String> {
        self.open.as_ref().map(|open| open.head.hash.clone())
    }

    /// Moves what is in the write-ahead log into the database, as far as no reader is in the way.
    pub(super) async fn checkpoint(&mut self) -> Result<(), StoreError> {
        if let Some(open) = &mut self.open {
            sqlx::query(dialect::CHECKPOINT)
                .execute(&mut open.connection)
                .await?;
        }
        Ok(())
    }

    /// Ends the connection.
    pub(super) async fn close(self) {
        if let Some(open) = self.open {
            // A connection that does not close well leaves its write-ahead log for the next start.
            drop(open.connection.close().await);
        }
    }
}
