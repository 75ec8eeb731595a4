//! What became of events: the runs they caused, and why rules did not start one.

use crate::store::record::Record;
use crate::store::tables::whole;
use crate::store::{Store, StoreError, Verdict};
use serde::Serialize;
use sqlx::sqlite::SqliteRow;

/// The most decisions that one answer lists.
pub const DECISIONS_MAX: u64 = 1_000;

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

impl Store {
    /// The ids of the runs that an event caused.
    ///
    /// # Errors
    /// The database fails.
    pub async fn runs_of(&self, event: &str) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(RUNS)
            .bind(event)
            .fetch_all(&self.readers)
            .await?)
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
}

const RUNS: &str = "select id from runs where event = $1 order by id";

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

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[RUNS, DECISIONS];
