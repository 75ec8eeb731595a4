//! A batch, sorted by table: one statement for all rows of a kind.
//!
//! Where one entity changes more than once in a batch, its last state is written; the log has all of them.

mod content;
mod letters;
mod registry;
mod runs;

use crate::store::StoreError;
use crate::store::log::LogRow;
use crate::store::{Change, log};
use serde::Serialize;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// The rows that a batch writes.
#[derive(Default)]
pub(super) struct Tables<'b> {
    runs: runs::Runs<'b>,
    content: content::Content<'b>,
    registry: registry::Registry<'b>,
    letters: letters::Letters<'b>,
}

impl<'b> Tables<'b> {
    /// Sorts a batch; `log` has its rows of the log, in the same order.
    ///
    /// # Errors
    /// The batch contradicts itself: a run moves after its end, a cursor jumps.
    pub(super) fn of(batch: &'b [Change], log: &[LogRow]) -> Result<Tables<'b>, StoreError> {
        let mut tables = Tables::default();
        for (change, row) in batch.iter().zip(log) {
            match change {
                Change::Event { .. }
                | Change::Decision { .. }
                | Change::Run { .. }
                | Change::Cursor { .. } => {
                    tables.runs.add(change, row.seq)?;
                }
                Change::Row { .. }
                | Change::Growth { .. }
                | Change::Request { .. }
                | Change::Expired { .. }
                | Change::Forgotten { .. } => tables.content.add(change, row.seq),
                Change::Deployed { .. } | Change::Version { .. } | Change::Live { .. } => {
                    tables.registry.add(change);
                }
                Change::Letter { .. } | Change::Settled { .. } | Change::Standing { .. } => {
                    tables.letters.add(change);
                }
                Change::Note { .. } => {}
            }
        }
        Ok(tables)
    }

    /// Writes everything. Plans stand before the runs that started on them, runs before what they made.
    pub(super) async fn write(self, tx: &mut SqliteConnection, log: &[LogRow]) -> Result<(), StoreError> {
        self.registry.write_plans(tx).await?;
        self.runs.write(tx).await?;
        self.registry.write_models(tx).await?;
        self.content.write(tx).await?;
        self.letters.write(tx).await?;
        log::append(tx, log).await
    }
}

/// Runs a statement over rows; without rows it is not sent.
pub(super) async fn put<T: Serialize>(
    tx: &mut SqliteConnection,
    sql: &'static str,
    rows: &[T],
) -> Result<(), StoreError> {
    put_counting(tx, sql, rows).await.map(drop)
}

/// Runs a statement over rows and says how many it wrote. Rows that come back cost more than those that go in: who
/// was not written is asked for only when somebody was not.
async fn put_counting<T: Serialize>(
    tx: &mut SqliteConnection,
    sql: &'static str,
    rows: &[T],
) -> Result<usize, StoreError> {
    if rows.is_empty() {
        return Ok(0);
    }
    let rows = serde_json::to_string(rows).expect("rows hold only texts and numbers");
    let written = sqlx::query(sql).bind(rows).execute(tx).await?.rows_affected();
    Ok(usize::try_from(written).unwrap_or(usize::MAX))
}

/// Runs a statement over rows and gives what it returns.
async fn put_returning<T: Serialize>(
    tx: &mut SqliteConnection,
    sql: &'static str,
    rows: &[T],
) -> Result<Vec<SqliteRow>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let rows = serde_json::to_string(rows).expect("rows hold only texts and numbers");
    Ok(sqlx::query(sql).bind(rows).fetch_all(tx).await?)
}

/// JSON as the tables hold it.
fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a value has only strings as keys")
}

/// A number as databases have it. Ours are counts and times, which stay far below the bound.
pub(super) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
pub(super) fn statements() -> Vec<&'static str> {
    [
        runs::STATEMENTS,
        content::STATEMENTS,
        registry::STATEMENTS,
        letters::STATEMENTS,
    ]
    .concat()
}
