//! The tables against the log: the log is written into an empty database, and both must hold the same.

use super::VerifyReport;
use crate::store::dialect::BEGIN;
use crate::store::log::LogRow;
use crate::store::tables::Tables;
use crate::store::{Change, StoreError, schema};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

/// Changes that are replayed in one transaction.
const BATCH: usize = 256;
/// Rows that differ and are told, for each table and direction.
const TOLD_MAX: usize = 10;

/// The empty database that the log is written into.
pub(super) struct Replay {
    dir: TempDir,
    connection: SqliteConnection,
    waiting: Vec<(Change, LogRow)>,
}

impl Replay {
    pub(super) async fn new() -> Result<Replay, StoreError> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("replay.db");
        let mut connection = schema::connect(&path).await?;
        schema::migrate(&mut connection, &path).await?;
        sqlx::raw_sql("pragma synchronous = off")
            .execute(&mut connection)
            .await?;
        Ok(Replay {
            dir,
            connection,
            waiting: Vec::new(),
        })
    }

    /// Makes it visible to `reader` as `replay`.
    pub(super) async fn attach(&self, reader: &mut SqliteConnection) -> Result<(), StoreError> {
        let path = self.dir.path().join("replay.db");
        sqlx::query(ATTACH)
            .bind(path.to_string_lossy().into_owned())
            .execute(reader)
            .await?;
        Ok(())
    }

    pub(super) async fn see(
        &mut self,
        change: Change,
        row: LogRow,
        report: &mut VerifyReport,
    ) -> Result<(), StoreError> {
        self.waiting.push((change, row));
        if self.waiting.len() >= BATCH {
            self.flush(report).await?;
        }
        Ok(())
    }

    /// Writes what waits. What the tables refuse is a violation; it is found by writing one by one.
    pub(super) async fn flush(&mut self, report: &mut VerifyReport) -> Result<(), StoreError> {
        let (changes, rows): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting).into_iter().unzip();
        match self.write(&changes, &rows).await {
            Ok(()) => return Ok(()),
            Err(error) if error.is_refusal() => {}
            Err(error) => return Err(error),
        }
        for (change, row) in changes.iter().zip(&rows) {
            let (change, log) = (std::slice::from_ref(change), std::slice::from_ref(row));
            match self.write(change, log).await {
                Ok(()) => {}
                Err(error) if error.is_refusal() => {
                    report.add("I22", Some(row.seq), format!("it cannot have happened: {error}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn write(&mut self, changes: &[Change], rows: &[LogRow]) -> Result<(), StoreError> {
        let tables = Tables::of(changes, rows)?;
        let mut tx = self.connection.begin_with(BEGIN).await?;
        match tables.write(&mut tx, &[]).await {
            Ok(()) => Ok(tx.commit().await?),
            Err(error) => {
                tx.rollback().await?;
                Err(error)
            }
        }
    }
}

const ATTACH: &str = "attach $1 as replay";

/// One table both ways: what it holds beyond the log, and what the log holds beyond it.
macro_rules! table {
    ($name:literal, $key:literal, $columns:literal) => {
        (
            $name,
            concat!(
                "select ",
                $key,
                " as place from (select ",
                $columns,
                " from ",
                $name,
                " except select ",
                $columns,
                " from replay.",
                $name,
                ") as extra order by place"
            ),
            concat!(
                "select ",
                $key,
                " as place from (select ",
                $columns,
                " from replay.",
                $name,
                " except select ",
                $columns,
                " from ",
                $name,
                ") as missing order by place"
            ),
        )
    };
}

type Comparison = (&'static str, &'static str, &'static str);

// `cursors.previous` is left out: it depends on how changes were grouped.
const COMPARISONS: [Comparison; 13] = [
    table!("plans", "flow || '/' || digest", "flow, digest, plan, at"),
    table!("flows", "flow", "flow, plan, at"),
    table!("events", "id", "id, flow, source, key, digest, payload, at"),
    table!(
        "runs",
        "id",
        "id, flow, graph_kind, graph, plan, event, status, created, started, updated, ended, state"
    ),
    table!("decisions", "event || '/' || rule", "event, rule, verdict, seq"),
    table!("cursors", "flow || '/' || feed", "flow, feed, value"),
    table!(
        "rows",
        "flow || '/' || dataset || '/' || key",
        "flow, dataset, key, seq, \"row\", bytes, at"
    ),
    table!(
        "growth",
        "flow || '/' || rule || '/' || dataset",
        "flow, rule, dataset, \"rows\""
    ),
    table!(
        "versions",
        "run || '/' || step",
        "flow, train, version, model, run, step, at"
    ),
    table!(
        "deployments",
        "flow || '/' || name",
        "flow, name, number, model, run, step, at"
    ),
    table!("requests", "id", "id, flow, infer, input, output, expires"),
    table!(
        "dead_letters",
        "id",
        "id, flow, kind, place, key, run, matter, state, outcome, at, updated"
    ),
    table!(
        "standings",
        "flow || '/' || \"trigger\"",
        "flow, \"trigger\", standing, at"
    ),
];

/// I22: every table holds what the log says, and nothing else.
pub(super) async fn compare(tx: &mut SqliteConnection, report: &mut VerifyReport) -> Result<(), StoreError> {
    for (table, extra, missing) in COMPARISONS {
        let extra: Vec<String> = sqlx::query_scalar(extra).fetch_all(&mut *tx).await?;
        let missing: Vec<String> = sqlx::query_scalar(missing).fetch_all(&mut *tx).await?;
        for (rows, what) in [
            (extra, "is not what the log says"),
            (missing, "is not in the table as the log says"),
        ] {
            for row in rows.iter().take(TOLD_MAX) {
                report.add("I22", None, format!("`{row}` of `{table}` {what}"));
            }
            report.untold += rows.len().saturating_sub(TOLD_MAX) as u64;
        }
        report.count("tables");
    }
    Ok(())
}
