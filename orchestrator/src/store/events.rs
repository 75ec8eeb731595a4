//! Events, what became of them, and the requests that feedback can join.

use crate::store::record::Record;
use crate::store::tables::whole;
use crate::store::{Store, StoreError, Verdict};
use flow_engine::Millis;
use serde::Serialize;
use serde_json::Value;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

/// The most decisions that one answer lists.
pub const DECISIONS_MAX: u64 = 1_000;

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

/// Why a rule did not start a run of its own for an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DecisionRecord {
    /// Its place in the log.
    pub seq: u64,
    /// The event.
    pub event: String,
    /// The flow.
    pub flow: String,
    /// The rule.
    pub rule: String,
    /// What became of it.
    pub verdict: Verdict,
}

/// Which decisions are asked for. Newest first.
#[derive(Clone, Debug, Default)]
pub struct DecisionFilter {
    /// Decisions of this flow.
    pub flow: Option<String>,
    /// Decisions of this rule.
    pub rule: Option<String>,
    /// Decisions about this event.
    pub event: Option<String>,
    /// Decisions that are older than this place in the log: the next page.
    pub before: Option<u64>,
    /// So many, at most [`DECISIONS_MAX`].
    pub limit: Option<u64>,
}

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

    /// Decisions that fit, newest first.
    ///
    /// # Errors
    /// The database fails, or a row does not read back.
    pub async fn decisions(&self, filter: &DecisionFilter) -> Result<Vec<DecisionRecord>, StoreError> {
        let query = sqlx::query(DECISIONS)
            .bind(&filter.flow)
            .bind(&filter.rule)
            .bind(&filter.event)
            .bind(whole(filter.before.unwrap_or(u64::MAX)))
            .bind(whole(filter.limit.unwrap_or(DECISIONS_MAX).min(DECISIONS_MAX)));
        let rows = query.fetch_all(&self.readers).await?;
        rows.iter().map(read_decision).collect()
    }

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

const DECISIONS: &str = "select d.seq, d.event, e.flow, d.rule, d.verdict \
     from decisions d join events e on e.id = d.event \
     where e.flow = coalesce($1, e.flow) and d.rule = coalesce($2, d.rule) \
     and d.event = coalesce($3, d.event) and d.seq < $4 order by d.seq desc limit $5";

fn read_decision(row: &SqliteRow) -> Result<DecisionRecord, StoreError> {
    let record = Record {
        table: "decisions",
        named_by: &["event", "rule"],
        row,
    };
    Ok(DecisionRecord {
        seq: record.number("seq")?,
        event: record.get("event")?,
        flow: record.get("flow")?,
        rule: record.get("rule")?,
        verdict: record.json("verdict")?,
    })
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
pub(super) const STATEMENTS: &[&str] = &[BY_KEY, BY_ID, DECISIONS, REQUEST];
