//! Events, what became of them, and how far feeds have read.

use super::{put, put_counting, put_returning, text};
use crate::store::dialect::rows;
use crate::store::{Change, StatusKind, StoreError};
use flow_engine::{GraphRef, Millis, Run, Status};
use serde_json::Value;
use sqlx::{Row, SqliteConnection};
use std::collections::{BTreeMap, HashSet};

#[derive(Default)]
pub(super) struct Runs<'b> {
    events: Vec<(&'b str, &'b str, &'b str, &'b str, &'b str, String, Millis)>,
    runs: BTreeMap<&'b str, Moved<'b>>,
    decisions: Vec<(&'b str, &'b str, String, u64)>,
    cursors: BTreeMap<(&'b str, &'b str), (&'b Value, &'b Value)>,
}

/// A run after all its changes of a batch.
struct Moved<'b> {
    flow: &'b str,
    plan: &'b str,
    event: &'b str,
    created: Millis,
    started: Option<Millis>,
    at: Millis,
    run: &'b Run,
}

impl<'b> Runs<'b> {
    pub(super) fn add(&mut self, change: &'b Change, seq: u64) -> Result<(), StoreError> {
        if let Change::Event {
            id,
            flow,
            source,
            key,
            digest,
            payload,
            at,
        } = change
        {
            self.events
                .push((id, flow, source, key, digest, text(payload), *at));
        }
        if let Change::Decision { event, rule, verdict } = change {
            self.decisions.push((event, rule, text(verdict), seq));
        }
        if let Change::Run {
            id,
            flow,
            plan,
            event,
            created,
            at,
            run,
            cause: _,
        } = change
        {
            let before = self.runs.get(id.as_str());
            if before.is_some_and(|before| before.run.status.is_terminal()) {
                return Err(StoreError::RunEnded { run: id.clone() });
            }
            let started = before.and_then(|before| before.started).or(started(run, *at));
            let moved = Moved {
                flow,
                plan,
                event,
                created: *created,
                started,
                at: *at,
                run,
            };
            self.runs.insert(id, moved);
        }
        if let Change::Cursor { flow, feed, from, to } = change {
            let entry = self.cursors.entry((flow, feed)).or_insert((from, from));
            if entry.1 != from {
                return Err(StoreError::CursorMoved {
                    flow: flow.clone(),
                    feed: feed.clone(),
                });
            }
            entry.1 = to;
        }
        Ok(())
    }

    pub(super) async fn write(self, tx: &mut SqliteConnection) -> Result<(), StoreError> {
        write_events(tx, &self.events).await?;
        write_runs(tx, &self.runs).await?;
        put(tx, DECISIONS, &self.decisions).await?;
        write_cursors(tx, &self.cursors).await
    }
}

/// When a run started: for rate windows, which count starts.
fn started(run: &Run, at: Millis) -> Option<Millis> {
    match run.status {
        Status::Running { since } => Some(since),
        Status::Succeeded { .. } | Status::Failed { .. } => Some(at),
        Status::Pending | Status::Cancelled { .. } => None,
    }
}

const EVENTS: &str = concat!(
    "insert into events (id, flow, source, key, digest, payload, at) ",
    rows!(0, 1, 2, 3, 4, 5, 6),
    "on conflict do nothing"
);

async fn write_events(
    tx: &mut SqliteConnection,
    events: &[(&str, &str, &str, &str, &str, String, Millis)],
) -> Result<(), StoreError> {
    if put_counting(tx, EVENTS, events).await? == events.len() {
        return Ok(());
    }
    let ids: Vec<_> = events.iter().map(|event| (event.0,)).collect();
    let missing = put_returning(tx, EVENTS_MISSING, &ids).await?;
    let missing: Option<&str> = missing.first().map(|row| row.try_get(0)).transpose()?;
    Err(match events.iter().find(|event| missing == Some(event.0)) {
        Some(taken) => StoreError::EventTaken {
            flow: taken.1.to_owned(),
            source_name: taken.2.to_owned(),
            key: taken.3.to_owned(),
        },
        None => StoreError::Taken {
            table: "events",
            row: "two of this batch under one id".to_owned(),
        },
    })
}

const EVENTS_MISSING: &str = concat!(
    "select c0 from (",
    rows!(0),
    ") as batch where not exists (select 1 from events e where e.id = batch.c0)"
);

// INVARIANT: a run that has ended is never written again.
const RUNS: &str = concat!(
    "insert into runs (id, flow, graph_kind, graph, plan, event, status, created, started, updated, ended, state) ",
    rows!(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
    "on conflict (id) do update set status = excluded.status, started = coalesce(runs.started, excluded.started), \
     updated = excluded.updated, ended = excluded.ended, state = excluded.state \
     where runs.ended is null"
);

async fn write_runs(tx: &mut SqliteConnection, runs: &BTreeMap<&str, Moved<'_>>) -> Result<(), StoreError> {
    let rows: Vec<_> = runs
        .iter()
        .map(|(id, moved)| {
            let status = StatusKind::from(&moved.run.status).word();
            let ended = moved.run.status.is_terminal().then_some(moved.at);
            let (kind, graph) = (graph_kind(&moved.run.graph), moved.run.graph.name());
            let state = text(moved.run);
            (
                (id, moved.flow, kind, graph, moved.plan, moved.event, status),
                (moved.created, moved.started, moved.at, ended, state),
            )
        })
        .map(|((a, b, c, d, e, f, g), (h, i, j, k, l))| (a, b, c, d, e, f, g, h, i, j, k, l))
        .collect();
    if put_counting(tx, RUNS, &rows).await? == rows.len() {
        return Ok(());
    }
    let kept: Vec<_> = rows.iter().map(|row| (row.0, row.9, &row.11)).collect();
    let kept = put_returning(tx, RUNS_KEPT, &kept).await?;
    let kept = kept.first().map(|row| row.try_get(0)).transpose()?;
    let run = kept.unwrap_or_else(|| "one of this batch".to_owned());
    Err(StoreError::RunEnded { run })
}

// Those that do not stand as the batch wrote them.
const RUNS_KEPT: &str = concat!(
    "select r.id from (",
    rows!(0, 1, 2),
    ") as batch join runs r on r.id = batch.c0 where r.updated <> batch.c1 or r.state <> batch.c2"
);

/// The word for the kind of declaration that a run walks through.
fn graph_kind(graph: &GraphRef) -> &'static str {
    match graph {
        GraphRef::Rule(_) => "rule",
        GraphRef::Infer(_) => "infer",
        GraphRef::Feedback(_) => "feedback",
        GraphRef::Prepare(_) => "prepare",
    }
}

const DECISIONS: &str = concat!(
    "insert into decisions (event, rule, verdict, seq) ",
    rows!(0, 1, 2, 3)
);

// Compare and set: a row is inserted only where the feed has not been read yet, and moved only from where the
// batch says it stood.
const CURSORS: &str = concat!(
    "insert into cursors (flow, feed, previous, value) select c0, c1, c2, c3 from (",
    rows!(0, 1, 2, 3),
    ") as batch where (c2 = 'null' or exists \
     (select 1 from cursors c where c.flow = batch.c0 and c.feed = batch.c1)) \
     on conflict (flow, feed) do update set previous = excluded.previous, value = excluded.value \
     where cursors.value = excluded.previous returning flow, feed"
);

async fn write_cursors(
    tx: &mut SqliteConnection,
    cursors: &BTreeMap<(&str, &str), (&Value, &Value)>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = cursors
        .iter()
        .map(|((flow, feed), (from, to))| (flow, feed, text(from), text(to)))
        .collect();
    let written = put_returning(tx, CURSORS, &rows).await?;
    if written.len() == cursors.len() {
        return Ok(());
    }
    let moved = written.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    let moved = moved.collect::<Result<HashSet<(&str, &str)>, sqlx::Error>>()?;
    let (flow, feed) = cursors
        .keys()
        .find(|key| !moved.contains(*key))
        .expect("one was not moved");
    Err(StoreError::CursorMoved {
        flow: (*flow).to_owned(),
        feed: (*feed).to_owned(),
    })
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[EVENTS, EVENTS_MISSING, RUNS, RUNS_KEPT, DECISIONS, CURSORS];
