//! A copy of the database as of one moment, and what it names outside of itself.

use crate::store::dialect::COPY;
use crate::store::{StoreError, schema};
use futures::TryStreamExt;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

/// How references stand in JSON: a mark, then a digest.
const MARKS: [&str; 3] = ["\"$blob\":\"", "\"$dataset\":\"", "\"$model\":\""];
/// Hexadecimal digits of a digest.
const DIGEST: usize = 2 * blake3::OUT_LEN;

/// Writes what the database at `from` holds at this moment into a file at `to`, beside a daemon at work. It is on the disk
/// when this returns; one that was there is replaced.
///
/// # Errors
/// The one cannot be read, or the other cannot be written.
pub async fn copy_database(from: &Path, to: &Path) -> Result<(), StoreError> {
    let mut reader = reader(from).await?;
    copy(&mut reader, to).await?;
    reader.close().await?;
    Ok(())
}

/// The same for who has the database open. A file at `to` is one that broke off, and goes.
pub(super) async fn copy(from: &mut SqliteConnection, to: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(StoreError::file(to)(error));
        }
        Ok(()) | Err(_) => {}
    }
    let copy = sqlx::query(COPY).bind(to.to_string_lossy().into_owned());
    copy.execute(from).await?;
    for path in [to, to.parent().expect("a file is in a folder")] {
        let synced = File::open(path).and_then(|file| file.sync_all());
        synced.map_err(StoreError::file(path))?;
    }
    Ok(())
}

/// The digests of all artifacts that the database at `path` names.
///
/// # Errors
/// It cannot be read.
pub async fn named_artifacts(path: &Path) -> Result<BTreeSet<String>, StoreError> {
    let mut reader = reader(path).await?;
    let mut found = BTreeSet::new();
    let mut texts = sqlx::query_scalar::<_, String>(TEXTS).fetch(&mut reader);
    while let Some(text) = texts.try_next().await? {
        find(&text, &mut found);
    }
    Ok(found)
}

// Whoever only looks brings no schema up to date, and makes no file.
async fn reader(path: &Path) -> Result<SqliteConnection, StoreError> {
    Ok(schema::looker(path).connect().await?)
}

fn find(text: &str, found: &mut BTreeSet<String>) {
    for mark in MARKS {
        for (at, _) in text.match_indices(mark) {
            let digest = text[at + mark.len()..].get(..DIGEST);
            found.extend(digest.filter(|text| is_hex(text)).map(str::to_owned));
        }
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Everything that may hold a reference. What is private holds none.
const TEXTS: &str = "select payload as text from events union all select state from runs \
     union all select \"row\" from rows union all select model from versions \
     union all select model from deployments union all select input from requests \
     union all select output from requests union all select matter from dead_letters \
     union all select body from log";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[TEXTS];
