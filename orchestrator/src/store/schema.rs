//! The file: how it is opened, and how its schema comes to be.

use crate::store::StoreError;
use crate::store::dialect::{BEGIN, VERSION, VERSION_MIN};
use crate::store::tables::whole;
use flow_engine::Millis;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::path::Path;
use std::time::Duration;

/// Marks the file as ours: `flow` in ASCII.
const APPLICATION_ID: i64 = 0x666c_6f77;
/// The schema, version by version. A version that has been released never changes.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001.sql")];
/// How long a statement waits for a lock that somebody else holds.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// What all connections have in common.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_WAIT)
        .foreign_keys(true)
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .disable_statement_logging()
}

/// A connection that answers questions and cannot write.
pub(super) fn reader(path: &Path) -> SqliteConnectOptions {
    options(path).pragma("query_only", "ON")
}

/// The connection that writes. A commit is on the disk when it returns. The write-ahead log keeps its size:
/// overwriting in place costs a tenth of growing a file.
///
/// # Errors
/// The library is too old, or the file cannot be opened.
pub(super) async fn connect(path: &Path) -> Result<SqliteConnection, StoreError> {
    let options = options(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", "-1");
    let mut connection = options.connect().await?;
    let found: String = sqlx::query_scalar(VERSION).fetch_one(&mut connection).await?;
    if !is_new_enough(&found) {
        return Err(StoreError::OldLibrary { found });
    }
    Ok(connection)
}

/// The version of the SQLite that is linked in, and whether it is one that can be relied on.
///
/// # Errors
/// The library does not answer.
pub async fn sqlite_version() -> Result<(String, bool), StoreError> {
    let options = SqliteConnectOptions::new().in_memory(true);
    let mut connection = options.connect().await?;
    let found: String = sqlx::query_scalar(VERSION).fetch_one(&mut connection).await?;
    let is_new_enough = is_new_enough(&found);
    Ok((found, is_new_enough))
}

fn is_new_enough(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next()) >= VERSION_MIN
}

/// Brings the schema up to date, all of it in one transaction.
///
/// # Errors
/// The file is not ours, or newer than we are.
pub(super) async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let known = MIGRATIONS.len();
    let mut tx = connection.begin_with(BEGIN).await?;
    let application: i64 = sqlx::query_scalar("pragma application_id")
        .fetch_one(&mut *tx)
        .await?;
    let version: i64 = sqlx::query_scalar("pragma user_version")
        .fetch_one(&mut *tx)
        .await?;
    let tables: i64 = sqlx::query_scalar("select count(*) from sqlite_master")
        .fetch_one(&mut *tx)
        .await?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(StoreError::Foreign {
            path: path.display().to_string(),
        });
    }
    let done = usize::try_from(version)
        .ok()
        .filter(|done| *done <= known)
        .ok_or_else(|| StoreError::Newer {
            path: path.display().to_string(),
            found: version,
            known: i64::try_from(known).unwrap_or(i64::MAX),
        })?;
    for migration in &MIGRATIONS[done..] {
        sqlx::raw_sql(*migration).execute(&mut *tx).await?;
    }
    if done < known {
        sqlx::raw_sql(STAMP).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Pragmas take no parameters; a test holds this text against the constants.
const STAMP: &str = "pragma application_id = 1718382455; pragma user_version = 1";

const BEGIN_EPOCH: &str = "update daemon set epoch = epoch + 1, started = $1 where id = 1 returning epoch";

/// Counts this start of the daemon, durably.
pub(super) async fn begin_epoch(connection: &mut SqliteConnection, at: Millis) -> Result<u64, StoreError> {
    let epoch: i64 = sqlx::query_scalar(BEGIN_EPOCH)
        .bind(whole(at))
        .fetch_one(connection)
        .await?;
    Ok(epoch.unsigned_abs())
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[VERSION, BEGIN_EPOCH];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stamp_says_what_the_constants_say() {
        let expected = format!(
            "pragma application_id = {APPLICATION_ID}; pragma user_version = {}",
            MIGRATIONS.len()
        );
        assert_eq!(STAMP, expected);
    }

    #[test]
    fn an_old_library_is_refused() {
        for (version, accepted) in [
            ("3.51.2", false),
            ("3.40.1", false),
            ("3.51.3", true),
            ("3.52.0", true),
            ("4.0", true),
        ] {
            assert_eq!(is_new_enough(version), accepted, "{version}");
        }
    }
}
