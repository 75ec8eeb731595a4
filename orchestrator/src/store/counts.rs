//! How much there is, for people who watch a daemon.

use crate::store::record::Record;
use crate::store::{StatusKind, Store, StoreError};
use serde::Serialize;

/// How much there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Runs that are this far; a status without runs is left out.
    pub runs: Vec<(StatusKind, u64)>,
    /// Events taken in.
    pub events: u64,
    /// Rows of the log.
    pub log: u64,
}

impl Store {
    /// Counts everything.
    ///
    /// # Errors
    /// The database fails, or a row does not read back.
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        let rows = sqlx::query(RUNS).fetch_all(&self.readers).await?;
        let read = |row| {
            let record = Record {
                table: "runs",
                named_by: &["status"],
                row,
            };
            let word = record.get("status")?;
            let status = StatusKind::of_word(word).ok_or_else(|| record.unreadable("status", &word))?;
            Ok((status, record.number("n")?))
        };
        let runs = rows.iter().map(read).collect::<Result<_, StoreError>>()?;
        let row = sqlx::query(REST).fetch_one(&self.readers).await?;
        let record = Record {
            table: "log",
            named_by: &[],
            row: &row,
        };
        Ok(Counts {
            runs,
            events: record.number("events")?,
            log: record.number("log")?,
        })
    }
}

const RUNS: &str = "select status, count(*) as n from runs group by status order by status";

const REST: &str = "select (select count(*) from events) as events, \
     (select coalesce(max(seq), 0) from log) as log";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[RUNS, REST];
