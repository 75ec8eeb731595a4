//! The log: what happened, in order, each row sealed by a hash that covers the one before it.

use crate::store::dialect::rows;
use crate::store::record::Record;
use crate::store::{Change, StoreError};
use flow_engine::Millis;
use sqlx::SqliteConnection;

/// The end of the log. INVARIANT: only the one writer moves it, and only after its commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The last row's number; 0 when there is none.
    pub(super) seq: u64,
    /// The last row's hash, in hexadecimal.
    pub(super) hash: String,
    /// When the last row happened.
    pub(super) at: Millis,
}

impl Head {
    /// Where an empty log ends.
    pub(super) fn empty() -> Head {
        Head {
            seq: 0,
            hash: "0".repeat(2 * blake3::OUT_LEN),
            at: 0,
        }
    }
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogRow {
    pub(super) seq: u64,
    pub(super) epoch: u64,
    pub(super) at: Millis,
    pub(super) entity: String,
    pub(super) kind: String,
    pub(super) body: String,
    pub(super) prev: String,
    pub(super) hash: String,
}

impl LogRow {
    /// The row that follows `head`. A change that has no time of its own happened at `at`.
    pub(super) fn after(head: &Head, epoch: u64, at: Millis, change: &Change) -> LogRow {
        let mut row = LogRow {
            seq: head.seq + 1,
            epoch,
            at: change.at().unwrap_or(at),
            entity: change.entity(),
            kind: change.kind().to_owned(),
            body: serde_json::to_string(change).expect("a change has only strings as keys"),
            prev: head.hash.clone(),
            hash: String::new(),
        };
        row.hash = row.sealed();
        row
    }

    /// BLAKE3 over the hash before and this row, with the length before each text, so that no byte can move
    /// from one field to the next unseen.
    pub(super) fn sealed(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.prev.as_bytes());
        for number in [self.seq, self.epoch, self.at] {
            hasher.update(&number.to_le_bytes());
        }
        for text in [&self.entity, &self.kind, &self.body] {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

const HEAD: &str = "select seq, hash, at from log order by seq desc limit 1";

/// Where the log ends.
pub(super) async fn head(connection: &mut SqliteConnection) -> Result<Head, StoreError> {
    let Some(row) = sqlx::query(HEAD).fetch_optional(connection).await? else {
        return Ok(Head::empty());
    };
    let record = Record {
        table: "log",
        named_by: &["seq"],
        row: &row,
    };
    Ok(Head {
        seq: record.number("seq")?,
        hash: record.get("hash")?,
        at: record.number("at")?,
    })
}

const APPEND: &str = concat!(
    "insert into log (seq, epoch, at, entity, kind, body, prev, hash) ",
    rows!(0, 1, 2, 3, 4, 5, 6, 7)
);

/// Writes rows at the end.
pub(super) async fn append(connection: &mut SqliteConnection, log: &[LogRow]) -> Result<(), StoreError> {
    let rows: Vec<_> = log
        .iter()
        .map(|row| {
            (
                row.seq,
                row.epoch,
                row.at,
                &row.entity,
                &row.kind,
                &row.body,
                &row.prev,
                &row.hash,
            )
        })
        .collect();
    super::tables::put(connection, APPEND, &rows).await
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[HEAD, APPEND];
