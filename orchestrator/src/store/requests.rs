//! The requests that feedback can join.

use crate::store::record::Record;
use crate::store::{Store, StoreError};
use flow_engine::Millis;
use serde::Serialize;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;

/// A request that feedback can join.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestRecord {
    /// Its id.
    pub id: String,
    /// The flow.
    pub flow: String,
    /// The route's declaration.
    pub infer: String,
    /// What was asked.
    pub input: Value,
    /// What was answered.
    pub output: Value,
    /// When it is forgotten; it can be found for a while after.
    pub expires: Millis,
}

impl Store {
    /// The request with this id, if it is still known.
    ///
    /// # Errors
    /// The database fails, or a row does not read back.
    pub async fn request(&self, id: &str) -> Result<Option<RequestRecord>, StoreError> {
        let query = sqlx::query(REQUEST).bind(id);
        query
            .fetch_optional(&self.readers)
            .await?
            .as_ref()
            .map(read_request)
            .transpose()
    }
}

const REQUEST: &str = "select id, flow, infer, input, output, expires from requests where id = $1";

fn read_request(row: &SqliteRow) -> Result<RequestRecord, StoreError> {
    let record = Record {
        table: "requests",
        named_by: &["id"],
        row,
    };
    Ok(RequestRecord {
        id: record.get("id")?,
        flow: record.get("flow")?,
        infer: record.get("infer")?,
        input: record.json("input")?,
        output: record.json("output")?,
        expires: record.number("expires")?,
    })
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[REQUEST];
