//! What runs are doing and what they wrote.

use super::Api;
use super::error::Problem;
use super::logs::Wanted;
use super::path::Path;
use crate::store::{Change, RunFilter, RunRecord, StatusKind};
use crate::worker::NETWORK_NOTE;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use flow_engine::Millis;
use flow_lang::plan::{Graph, Op, StepIx};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Runs in one answer when nothing else is asked.
const LIST_DEFAULT: u64 = 50;
/// Bytes of one log in an answer; the end of a longer one.
const LOG_MAX: u64 = 1 << 20;

/// What `GET /v1/runs` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    flow: Option<String>,
    status: Option<String>,
    rule: Option<String>,
    since: Option<Millis>,
    until: Option<Millis>,
    before: Option<String>,
    limit: Option<u64>,
}

/// `GET /v1/runs?flow=&status=&rule=&since=&until=&limit=&before=`: newest first.
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query?;
    let status = query.status.as_deref().map(|word| {
        let unknown = || Problem::body(format!("`{word}` is no status of a run"), "status");
        StatusKind::of_word(word).ok_or_else(unknown)
    });
    let filter = RunFilter {
        flow: query.flow,
        status: status.transpose()?,
        graph: query.rule,
        since: query.since,
        until: query.until,
        before: query.before,
        limit: Some(query.limit.unwrap_or(LIST_DEFAULT)),
    };
    let runs = api.store.runs(&filter).await?;
    let served = Arc::clone(&api.serving.served.borrow());
    let rows = runs.into_iter().map(|run| {
        let unresolved = served.unresolved.contains(&run.id);
        let mut row = json!(run);
        row["unresolved"] = json!(unresolved);
        if let Some(waits) = served.held.get(&run.id) {
            row["waits"] = json!(waits);
        }
        row
    });
    Ok(Json(rows.collect()))
}

/// `GET /v1/runs/ID`: the run with the name and state of each step.
pub(super) async fn show(
    State(api): State<Arc<Api>>,
    Path(run): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(story(&api, &run).await?))
}

/// All that is known of a run.
pub(super) async fn story(api: &Api, run: &str) -> Result<Value, Problem> {
    let record = api
        .store
        .run(run)
        .await?
        .ok_or_else(|| Problem::not_found(format!("run `{run}`")))?;
    let plan = api.store.plan(&record.summary.flow, &record.summary.plan).await?;
    let graph = plan.as_ref().and_then(|plan| record.run.graph.find(plan));
    let walked = graph.into_iter().flat_map(|graph| {
        let walked = record.run.walked(graph);
        walked.map(move |(at, _, _)| (graph, at))
    });
    let steps: Vec<_> = walked
        .map(|(graph, at)| step_of(api, &record, graph, at))
        .collect();
    let mut answer = json!(record);
    answer["steps"] = json!(steps);
    if let Some(network) = network_of(&record) {
        answer["network"] = json!(network);
    }
    if let Some(waits) = api.serving.served.borrow().held.get(run) {
        answer["waits"] = json!(waits);
    }
    if let Some(letter) = api.store.letter_of_run(run).await? {
        answer["letter"] = super::letters::in_list(&letter);
    }
    Ok(answer)
}

/// A step as people see it: by its name, in the round that it belongs to, with what it needs and what it waits for.
fn step_of(api: &Api, record: &RunRecord, graph: &Graph, at: StepIx) -> Value {
    let run = &record.run;
    let name = run.step_name(graph, at);
    let names = |places: Vec<StepIx>| -> Vec<String> {
        let places = places.into_iter();
        places.map(|place| run.step_name(graph, place)).collect()
    };
    let mut shown = json!({ "name": name, "state": run.steps[at], "needs": names(run.needs(graph, at)) });
    let mut around = run.rounds.iter().rev();
    if let Some(round) = around.find(|round| round.first <= at && at >= graph.steps.len()) {
        shown["within"] = json!(run.step_name(graph, round.each));
        shown["round"] = json!(round.at);
    }
    match run.step(graph, at).map(|step| &step.op) {
        Some(Op::Approval { group, .. }) => shown["group"] = json!(group),
        Some(Op::Await { callback, .. }) => shown["callback"] = json!(graph.steps[*callback].name),
        _ => {}
    }
    if let Some(line) = api.newsroom.progress(&record.summary.id, &name) {
        shown["progress"] = line;
    }
    shown
}

/// What was noted when its network was not enforced.
fn network_of(record: &RunRecord) -> Option<&str> {
    record.log.iter().find_map(|entry| match &entry.change {
        Change::Note { text, .. } => text.strip_prefix(NETWORK_NOTE),
        _ => None,
    })
}

/// What `GET /v1/runs/ID/logs` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogQuery {
    step: Option<String>,
    after: Option<String>,
}

/// `GET /v1/runs/ID/logs?step=&after=`: what each try of each step wrote, in order of its steps' names; of one step, or what
/// came after so many bytes of each.
pub(super) async fn logs(
    State(api): State<Arc<Api>>,
    Path(run): Path<String>,
    query: Result<Query<LogQuery>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query?;
    let after: Option<BTreeMap<String, u64>> = match query.after.as_deref().map(serde_json::from_str) {
        None => None,
        Some(Ok(after)) => Some(after),
        Some(Err(error)) => {
            return Err(Problem::body(
                format!("it names no bytes of logs: {error}"),
                "after",
            ));
        }
    };
    // The id becomes a path below the data directory only if it is an id.
    let id = uuid::Uuid::try_parse(&run).map_err(|_| Problem::not_found(format!("run `{run}`")))?;
    let folder = api.data.run_logs(&id.to_string());
    let seal = Arc::clone(&api.seal);
    let wanted = Wanted {
        step: query.step,
        after,
        max: LOG_MAX,
    };
    let read = move || super::logs::read_all(&folder, &wanted, &seal);
    let failed = |error: &dyn std::fmt::Display| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "daemon/logs",
            error.to_string(),
        )
    };
    let logs = tokio::task::spawn_blocking(read)
        .await
        .map_err(|error| failed(&error))?;
    Ok(Json(json!(logs.map_err(|error| failed(&error))?)))
}

/// `POST /v1/runs/ID/cancel`.
pub(super) async fn cancel(
    State(api): State<Arc<Api>>,
    Path(run): Path<String>,
) -> Result<Json<Value>, Problem> {
    let found = api.handle.cancel(run.clone(), "cancelled by hand".into()).await?;
    if found {
        Ok(Json(json!({ "run": run })))
    } else {
        Err(Problem::not_found(format!("open run `{run}`")))
    }
}
