//! Datasets: how much they hold, page by page, and as the lines of a snapshot.

use crate::store::record::Record;
use crate::store::tables::whole;
use crate::store::{Store, StoreError};
use flow_engine::Millis;
use futures::TryStreamExt;
use serde::Serialize;
use serde_json::Value;
use tokio::io::{AsyncWrite, AsyncWriteExt};

/// The most rows of one page.
pub const PAGE_MAX: u64 = 1_000;

/// A dataset that has had rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DatasetRecord {
    /// The flow.
    pub flow: String,
    /// Its name.
    pub name: String,
    /// Rows.
    pub rows: u64,
    /// Bytes, as JSON lines.
    pub bytes: u64,
    /// When the last row was added.
    pub latest: Millis,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowRecord {
    /// Its place in the order in which rows were committed.
    pub seq: u64,
    /// `run/step`, or `request/step`.
    pub key: String,
    /// The row.
    pub row: Value,
    /// When it was added.
    pub at: Millis,
}

impl Store {
    /// The datasets of a flow, or of all flows, that hold rows.
    ///
    /// # Errors
    /// The database fails, or a row does not read back.
    pub async fn datasets(&self, flow: Option<&str>) -> Result<Vec<DatasetRecord>, StoreError> {
        let rows = sqlx::query(LIST).bind(flow).fetch_all(&self.readers).await?;
        let read = |row| {
            let record = Record {
                table: "rows",
                named_by: &["flow", "dataset"],
                row,
            };
            Ok(DatasetRecord {
                flow: record.get("flow")?,
                name: record.get("dataset")?,
                rows: record.number("n")?,
                bytes: record.number("bytes")?,
                latest: record.number("latest")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Rows in the order of their commits, from place `from` on; `limit` is at most [`PAGE_MAX`].
    ///
    /// # Errors
    /// The database fails, or a row does not read back.
    pub async fn rows(
        &self,
        flow: &str,
        dataset: &str,
        from: u64,
        limit: u64,
    ) -> Result<Vec<RowRecord>, StoreError> {
        let query = sqlx::query(PAGE).bind(flow).bind(dataset).bind(whole(from));
        let rows = query
            .bind(whole(limit.min(PAGE_MAX)))
            .fetch_all(&self.readers)
            .await?;
        let read = |row| {
            let record = Record {
                table: "rows",
                named_by: &["flow", "dataset", "seq"],
                row,
            };
            Ok(RowRecord {
                seq: record.number("seq")?,
                key: record.get("key")?,
                row: record.json("row")?,
                at: record.number("at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The place of the last row; nothing if there is none.
    ///
    /// # Errors
    /// The database fails.
    pub async fn last_row(&self, flow: &str, dataset: &str) -> Result<Option<u64>, StoreError> {
        let query = sqlx::query_scalar::<_, Option<i64>>(LAST)
            .bind(flow)
            .bind(dataset);
        let last = query.fetch_one(&self.readers).await?;
        Ok(last.and_then(|seq| u64::try_from(seq).ok()))
    }

    /// Writes the rows as JSON lines in the order of their commits, those up to place `upto` in the log or
    /// all there are, and tells how many they were. The same `upto` gives the same bytes until rows expire.
    ///
    /// # Errors
    /// The database fails, or `sink` does.
    pub async fn export<W: AsyncWrite + Unpin>(
        &self,
        flow: &str,
        dataset: &str,
        upto: Option<u64>,
        sink: &mut W,
    ) -> Result<u64, StoreError> {
        let upto = whole(upto.unwrap_or(u64::MAX));
        let query = sqlx::query(EXPORT).bind(flow).bind(dataset).bind(upto);
        let mut rows = query.fetch(&self.readers);
        let mut count = 0;
        while let Some(row) = rows.try_next().await? {
            let record = Record {
                table: "rows",
                named_by: &["flow", "dataset"],
                row: &row,
            };
            let line: &str = record.get("row")?;
            sink.write_all(line.as_bytes()).await?;
            sink.write_all(b"\n").await?;
            count += 1;
        }
        sink.flush().await?;
        Ok(count)
    }
}

const LIST: &str = "select flow, dataset, count(*) as n, sum(bytes) as bytes, max(at) as latest \
     from rows where flow = coalesce($1, flow) group by flow, dataset order by flow, dataset";

const PAGE: &str = "select flow, dataset, seq, key, \"row\", at from rows \
     where flow = $1 and dataset = $2 and seq >= $3 order by seq limit $4";

const LAST: &str = "select max(seq) from rows where flow = $1 and dataset = $2";

const EXPORT: &str = "select flow, dataset, \"row\" from rows \
     where flow = $1 and dataset = $2 and seq <= $3 order by seq";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LIST, PAGE, LAST, EXPORT];
