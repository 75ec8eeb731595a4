//! Proves from the log that the daemon kept its promises.
//!
//! The log is read from its first row in one snapshot, beside a daemon that may be at work, and replayed: each
//! promise is a witness that sees every row. What the tables hold is then compared with what the log says they
//! must hold.

mod intake;
mod letters;
mod plans;
mod proof;
mod registry;
mod report;
mod runs;
mod tables;

pub use proof::Proof;
pub use report::{VIOLATIONS_MAX, VerifyReport, Violation};

use crate::store::log::{Head, LogRow};
use crate::store::record::Record;
use crate::store::schema::Age;
use crate::store::{Change, StoreError, backup, schema};
use futures::TryStreamExt;
use plans::Plans;
use sqlx::sqlite::SqliteRow;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::path::Path;

/// Reads the log of the database at `path` and reports what does not hold. Changes nothing: what an older daemon left is
/// brought up to date in a copy, and that is looked at.
///
/// # Errors
/// The database cannot be read at all; everything that is wrong in it is in the report.
pub async fn verify(path: &Path) -> Result<VerifyReport, StoreError> {
    let mut looker = schema::looker(path).connect().await?;
    let age = schema::age(&mut looker, path).await?;
    looker.close().await?;
    match age {
        Age::New | Age::Current => verify_current(path).await,
        Age::Older(_) => {
            let folder = tempfile::tempdir()?;
            let copy = folder.path().join("flow.db");
            backup::copy_database(path, &copy).await?;
            let mut connection = schema::connect(&copy).await?;
            schema::migrate(&mut connection, &copy).await?;
            connection.close().await?;
            verify_current(&copy).await
        }
    }
}

async fn verify_current(path: &Path) -> Result<VerifyReport, StoreError> {
    let replay = tables::Replay::new().await?;
    let mut reader = schema::reader(path).read_only(true).connect().await?;
    replay.attach(&mut reader).await?;
    let mut tx = reader.begin().await?;
    let mut report = VerifyReport::default();
    let mut replay = replay_log(&mut tx, replay, &mut report).await?;
    replay.flush(&mut report).await?;
    tables::compare(&mut tx, &mut report).await?;
    tx.rollback().await?;
    Ok(report)
}

/// A row of the log with what it says.
struct Entry<'e> {
    row: &'e LogRow,
    change: &'e Change,
}

const LOG: &str = "select seq, epoch, at, entity, kind, body, prev, hash from log order by seq";

async fn replay_log(
    tx: &mut SqliteConnection,
    mut replay: tables::Replay,
    report: &mut VerifyReport,
) -> Result<tables::Replay, StoreError> {
    let mut head = Head::empty();
    let mut epoch = 0;
    let mut plans = Plans::default();
    let mut intake = intake::Intake::default();
    let mut runs = runs::Runs::default();
    let mut registry = registry::Registry::default();
    let mut letters = letters::Letters::default();
    let mut log = sqlx::query(LOG).fetch(tx);
    while let Some(row) = log.try_next().await? {
        report.rows += 1;
        let row = match read(&row) {
            Ok(row) => row,
            Err(error) => {
                report.add("I1", None, error.to_string());
                continue;
            }
        };
        check_chain(&mut head, &mut epoch, &row, report);
        let change: Change = match serde_json::from_str(&row.body) {
            Ok(change) => change,
            Err(error) => {
                report.add("I1", Some(row.seq), format!("the body cannot be read: {error}"));
                continue;
            }
        };
        check_label(&row, &change, report);
        let entry = Entry {
            row: &row,
            change: &change,
        };
        plans.see(&entry, report);
        intake.see(&entry, &plans, &letters, report);
        runs.see(&entry, &plans, report);
        letters.see(&entry, &runs, report);
        registry.see(&entry, &runs, &plans, report);
        replay.see(change, row, report).await?;
    }
    intake.end(report);
    letters.end(report);
    registry.end(&runs, report);
    runs.end(report);
    Ok(replay)
}

fn read(row: &SqliteRow) -> Result<LogRow, StoreError> {
    let record = Record {
        table: "log",
        named_by: &["seq"],
        row,
    };
    Ok(LogRow {
        seq: record.number("seq")?,
        epoch: record.number("epoch")?,
        at: record.number("at")?,
        entity: record.get("entity")?,
        kind: record.get("kind")?,
        body: record.get("body")?,
        prev: record.get("prev")?,
        hash: record.get("hash")?,
    })
}

/// I1: no row is missing, none was changed, none stands elsewhere. Goes on from the row as it is, so that one
/// broken link is one violation.
fn check_chain(head: &mut Head, epoch: &mut u64, row: &LogRow, report: &mut VerifyReport) {
    let seq = Some(row.seq);
    if row.seq != head.seq + 1 {
        report.add(
            "I1",
            seq,
            format!("the row before it is missing: the last one was {}", head.seq),
        );
    }
    if row.prev != head.hash {
        report.add("I1", seq, "it does not continue the row before it".to_owned());
    }
    if row.hash != row.sealed() {
        report.add("I1", seq, "it was changed after it was written".to_owned());
    }
    if row.epoch < *epoch {
        report.add(
            "I1",
            seq,
            format!("a daemon of epoch {} wrote after one of {epoch}", row.epoch),
        );
    }
    *epoch = row.epoch.max(*epoch);
    *head = Head {
        seq: row.seq,
        hash: row.hash.clone(),
        at: row.at,
    };
}

/// I1: what the row is filed under is what it says.
fn check_label(row: &LogRow, change: &Change, report: &mut VerifyReport) {
    if row.kind != change.kind() || row.entity != change.entity() {
        let filed = format!("it says `{}`, `{}`", row.kind, row.entity);
        report.add(
            "I1",
            Some(row.seq),
            format!("{filed} and is `{}`, `{}`", change.kind(), change.entity()),
        );
    }
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LOG];
