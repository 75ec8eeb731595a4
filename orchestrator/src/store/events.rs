//! Events, and how far the feeds that bring them have read.

use crate::store::dialect::rows;
use crate::store::record::Record;
use crate::store::{Store, StoreError};
use flow_engine::Millis;
use serde::Serialize;
use serde_json::Value;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::collections::HashSet;

/// An event that was taken in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventRecord {
    /// Its id.
    pub id: String,
    /// The flow.
    pub flow: String,
    /// What it is an event of: `trigger/labelled`.
    pub source: String,
    /// What makes it the same event when it comes again.
    pub key: String,
    /// BLAKE3 of the body, in hexadecimal.
    pub digest: String,
    /// The payload.
    pub payload: Value,
    /// When it was taken in.
    pub at: Millis,
}

impl Store {
    /// The event of this source with this key, if it was taken in.
    ///
    /// # Errors
    /// The database fails, or a row does not read back.
    pub async fn event(
        &self,
        flow: &str,
        source: &str,
        key: &str,
    ) -> Result<Option<EventRecord>, StoreError> {
        let query = sqlx::query(BY_KEY).bind(flow).bind(source).bind(key);
        query
            .fetch_optional(&self.readers)
            .await?
            .as_ref()
            .map(read_event)
            .transpose()
    }

    /// The keys of all events of a source.
    ///
    /// # Errors
    /// The database fails.
    pub async fn keys(&self, flow: &str, source: &str) -> Result<Vec<String>, StoreError> {
        let query = sqlx::query_scalar(KEYS).bind(flow).bind(source);
        Ok(query.fetch_all(&self.readers).await?)
    }

    /// Those of these keys that are events of the source already.
    ///
    /// # Errors
    /// The database fails.
    pub async fn known(
        &self,
        flow: &str,
        source: &str,
        keys: &[&str],
    ) -> Result<HashSet<String>, StoreError> {
        let keys: Vec<[&str; 1]> = keys.iter().map(|key| [*key]).collect();
        let keys = serde_json::to_string(&keys).expect("keys are texts");
        let query = sqlx::query_scalar(KNOWN).bind(keys).bind(flow).bind(source);
        Ok(query.fetch_all(&self.readers).await?.into_iter().collect())
    }

    /// How far a feed has read; null when it has not begun.
    ///
    /// # Errors
    /// The database fails, or the cursor does not read back.
    pub async fn cursor(&self, flow: &str, feed: &str) -> Result<Value, StoreError> {
        let query = sqlx::query(CURSOR).bind(flow).bind(feed);
        let Some(row) = query.fetch_optional(&self.readers).await? else {
            return Ok(Value::Null);
        };
        Record {
            table: "cursors",
            named_by: &["flow", "feed"],
            row: &row,
        }
        .json("value")
    }
}

/// The event with this id.
pub(super) async fn by_id(
    reader: &mut SqliteConnection,
    id: &str,
) -> Result<Option<EventRecord>, StoreError> {
    let query = sqlx::query(BY_ID).bind(id);
    query
        .fetch_optional(reader)
        .await?
        .as_ref()
        .map(read_event)
        .transpose()
}

const BY_KEY: &str = "select id, flow, source, key, digest, payload, at from events \
     where flow = $1 and source = $2 and key = $3";

const BY_ID: &str = "select id, flow, source, key, digest, payload, at from events where id = $1";

fn read_event(row: &SqliteRow) -> Result<EventRecord, StoreError> {
    let record = Record {
        table: "events",
        named_by: &["id"],
        row,
    };
    Ok(EventRecord {
        id: record.get("id")?,
        flow: record.get("flow")?,
        source: record.get("source")?,
        key: record.get("key")?,
        digest: record.get("digest")?,
        payload: record.json("payload")?,
        at: record.number("at")?,
    })
}

const KNOWN: &str = concat!(
    "select key from events where flow = $2 and source = $3 and key in (",
    rows!(0),
    ")"
);

const KEYS: &str = "select key from events where flow = $1 and source = $2 order by key";

const CURSOR: &str = "select flow, feed, value from cursors where flow = $1 and feed = $2";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[BY_KEY, BY_ID, KNOWN, KEYS, CURSOR];
