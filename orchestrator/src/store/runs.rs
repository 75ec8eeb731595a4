//! Runs, as people ask for them.

use crate::store::events::EventRecord;
use crate::store::record::Record;
use crate::store::tables::whole;
use crate::store::{Change, StatusKind, Store, StoreError, events};
use flow_engine::{GraphRef, Millis, Run};
use serde::Serialize;

/// The most runs that one answer lists.
pub const RUNS_MAX: u64 = 1_000;
/// The most rows of the log that come with a run: its first ones.
pub const RUN_LOG_MAX: u64 = 10_000;

/// Which runs are asked for. Newest first.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    /// Runs of this flow.
    pub flow: Option<String>,
    /// Runs that are this far.
    pub status: Option<StatusKind>,
    /// Runs of this rule, route or feedback.
    pub graph: Option<String>,
    /// Runs that were made at this time or later.
    pub since: Option<Millis>,
    /// Runs that were made before this time.
    pub until: Option<Millis>,
    /// Runs that are older than the one with this id: the next page.
    pub before: Option<String>,
    /// So many, at most [`RUNS_MAX`].
    pub limit: Option<u64>,
}

/// A run in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunSummary {
    /// Its id.
    pub id: String,
    /// The flow.
    pub flow: String,
    /// What it walks through.
    pub graph: GraphRef,
    /// The digest of its plan.
    pub plan: String,
    /// The event that caused it.
    pub event: String,
    /// How far it is.
    pub status: StatusKind,
    /// When it was made.
    pub created: Millis,
    /// When its first step could start.
    pub started: Option<Millis>,
    /// When it last changed.
    pub updated: Millis,
    /// When it ended.
    pub ended: Option<Millis>,
}

/// A run with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunRecord {
    /// What a list says of it.
    #[serde(flatten)]
    pub summary: RunSummary,
    /// Its state.
    pub run: Run,
    /// The event that caused it.
    pub cause: EventRecord,
    /// What happened to it, oldest first.
    pub log: Vec<LogEntry>,
}

/// A row of the log, as people see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogEntry {
    /// Its number.
    pub seq: u64,
    /// Which start of the daemon wrote it.
    pub epoch: u64,
    /// When it happened.
    pub at: Millis,
    /// What happened.
    pub change: Change,
}

impl Store {
    /// Runs that fit, newest first.
    ///
    /// # Errors
    /// The database fails, or a row does not read back.
    pub async fn runs(&self, filter: &RunFilter) -> Result<Vec<RunSummary>, StoreError> {
        let query = sqlx::query(LIST)
            .bind(&filter.flow)
            .bind(filter.status.map(StatusKind::word))
            .bind(&filter.graph)
            .bind(filter.before.as_deref().unwrap_or(AFTER_ALL_IDS))
            .bind(whole(filter.limit.unwrap_or(RUNS_MAX).min(RUNS_MAX)))
            .bind(first_id(filter.since.unwrap_or(0)))
            .bind(filter.until.map_or_else(|| AFTER_ALL_IDS.to_owned(), first_id));
        let rows = query.fetch_all(&self.readers).await?;
        rows.iter().map(|row| summary(&record(row))).collect()
    }

    /// One run, or nothing when there is none with this id.
    ///
    /// # Errors
    /// The database fails, or a row does not read back.
    pub async fn run(&self, id: &str) -> Result<Option<RunRecord>, StoreError> {
        let mut reader = self.readers.acquire().await?;
        let Some(row) = sqlx::query(ONE).bind(id).fetch_optional(&mut *reader).await? else {
            return Ok(None);
        };
        let found = record(&row);
        let summary = summary(&found)?;
        let cause = events::by_id(&mut reader, &summary.event).await?;
        let cause = cause.ok_or_else(|| found.unreadable("event", &"there is no such event"))?;
        let log = sqlx::query(LOG)
            .bind(format!("run/{id}"))
            .bind(whole(RUN_LOG_MAX));
        let log = log.fetch_all(&mut *reader).await?;
        let log = log.iter().map(entry).collect::<Result<_, _>>()?;
        Ok(Some(RunRecord {
            summary,
            run: found.json("state")?,
            cause,
            log,
        }))
    }
}

fn record(row: &sqlx::sqlite::SqliteRow) -> Record<'_> {
    Record {
        table: "runs",
        named_by: &["id"],
        row,
    }
}

fn summary(record: &Record<'_>) -> Result<RunSummary, StoreError> {
    let status = record.get("status")?;
    let status = StatusKind::of_word(status).ok_or_else(|| record.unreadable("status", &status))?;
    let name = record.get::<String>("graph")?;
    let graph = match record.get("graph_kind")? {
        "rule" => GraphRef::Rule(name),
        "infer" => GraphRef::Infer(name),
        "feedback" => GraphRef::Feedback(name),
        "prepare" => GraphRef::Prepare(name),
        other => return Err(record.unreadable("graph_kind", &other)),
    };
    Ok(RunSummary {
        id: record.get("id")?,
        flow: record.get("flow")?,
        graph,
        plan: record.get("plan")?,
        event: record.get("event")?,
        status,
        created: record.number("created")?,
        started: record.number_if_any("started")?,
        updated: record.number("updated")?,
        ended: record.number_if_any("ended")?,
    })
}

fn entry(row: &sqlx::sqlite::SqliteRow) -> Result<LogEntry, StoreError> {
    let record = Record {
        table: "log",
        named_by: &["seq"],
        row,
    };
    Ok(LogEntry {
        seq: record.number("seq")?,
        epoch: record.number("epoch")?,
        at: record.number("at")?,
        change: record.json("body")?,
    })
}

/// Ids are made of letters, digits and hyphens, all of which stand before it.
const AFTER_ALL_IDS: &str = "~";

/// What stands before every id that is made at this time or later: ids begin with their time.
fn first_id(at: Millis) -> String {
    let digits = format!("{:012x}", at.min((1 << 48) - 1));
    format!("{}-{}", &digits[..8], &digits[8..])
}

const LIST: &str = "select id, flow, graph_kind, graph, plan, event, status, created, started, updated, ended \
     from runs where flow = coalesce($1, flow) and status = coalesce($2, status) \
     and graph = coalesce($3, graph) and id < $4 and id >= $6 and id < $7 order by id desc limit $5";

const ONE: &str = "select id, flow, graph_kind, graph, plan, event, status, created, started, updated, ended, state \
     from runs where id = $1";

const LOG: &str = "select seq, epoch, at, body from log where entity = $1 order by seq limit $2";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LIST, ONE, LOG];
