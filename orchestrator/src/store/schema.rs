//! The file: how it is opened, and how its schema comes to be.

use crate::store::dialect::{BEGIN, VERSION, VERSION_MIN};
use crate::store::tables::whole;
use crate::store::{StoreError, backup};
use flow_engine::Millis;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::path::{Path, PathBuf};
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

/// A connection for who only looks: it makes no file, and may copy.
pub(super) fn looker(path: &Path) -> SqliteConnectOptions {
    options(path).read_only(true)
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

/// A schema that was brought up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The schema that was found.
    pub from: u64,
    /// The one that it has now.
    pub to: u64,
    /// What the database was before, for an older daemon.
    pub before: PathBuf,
}

/// How old the schema of a file is.
pub(super) enum Age {
    /// There is none yet.
    New,
    /// The one that we write.
    Current,
    /// One of an earlier daemon.
    Older(usize),
}

/// Looks at the schema of a file.
///
/// # Errors
/// The file is not ours, or newer than we are.
pub(super) async fn age(connection: &mut SqliteConnection, path: &Path) -> Result<Age, StoreError> {
    let mut ask = async |question: &'static str| -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(question).fetch_one(&mut *connection).await?)
    };
    let application = ask("pragma application_id").await?;
    let version = ask("pragma user_version").await?;
    let tables = ask("select count(*) from sqlite_master").await?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(StoreError::Foreign {
            path: path.display().to_string(),
        });
    }
    let known = MIGRATIONS.len();
    match usize::try_from(version) {
        Ok(0) => Ok(Age::New),
        Ok(done) if done < known => Ok(Age::Older(done)),
        Ok(done) if done == known => Ok(Age::Current),
        Ok(_) | Err(_) => Err(StoreError::Newer {
            path: path.display().to_string(),
            found: version,
            known: i64::try_from(known).unwrap_or(i64::MAX),
        }),
    }
}

/// Brings the schema up to date, all of it in one transaction. What an older daemon left is copied before, beside the
/// file. INVARIANT: nobody else has the file.
///
/// # Errors
/// The file is not ours, or newer than we are, or cannot be copied.
pub(super) async fn migrate(
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<Option<Migrated>, StoreError> {
    let done = match age(connection, path).await? {
        Age::Current => return Ok(None),
        Age::New => 0,
        Age::Older(done) => done,
    };
    let before = match done {
        0 => None,
        _ => Some(keep(connection, path, done).await?),
    };
    let mut tx = connection.begin_with(BEGIN).await?;
    for migration in &MIGRATIONS[done..] {
        sqlx::raw_sql(*migration).execute(&mut *tx).await?;
    }
    sqlx::raw_sql(STAMP).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(before.map(|before| Migrated {
        from: done as u64,
        to: MIGRATIONS.len() as u64,
        before,
    }))
}

/// Copies the file to `<path>.schema-<version>`, whole and on the disk when it has its name.
async fn keep(connection: &mut SqliteConnection, path: &Path, version: usize) -> Result<PathBuf, StoreError> {
    let named = |ending: String| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let (draft, copy) = (
        named(".schema-draft".to_owned()),
        named(format!(".schema-{version}")),
    );
    backup::copy(connection, &draft).await?;
    std::fs::rename(&draft, &copy).map_err(StoreError::file(&copy))?;
    Ok(copy)
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
