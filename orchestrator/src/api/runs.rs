//! What runs are doing and what they wrote.

use super::Api;
use super::error::Problem;
use super::path::Path;
use crate::store::{Change, RunFilter, RunRecord, StatusKind};
use crate::worker::NETWORK_NOTE;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use flow_lang::plan::Op;
use serde::Deserialize;
use serde_json::{Value, json};
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
    before: Option<String>,
    limit: Option<u64>,
}

/// `GET /v1/runs?flow=&status=&rule=&limit=&before=`: newest first.
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
    let run = &record.run;
    let walked = graph.into_iter().flat_map(|graph| {
        let walked = run.walked(graph);
        walked.map(move |(at, step, state)| {
            let mut shown = json!({ "name": run.step_name(graph, at), "state": state });
            if let Op::Approval { group, .. } = &step.op {
                shown["group"] = json!(group);
            }
            if let Op::Await { callback, .. } = &step.op {
                shown["callback"] = json!(graph.steps[*callback].name);
            }
            shown
        })
    });
    let steps: Vec<_> = walked.collect();
    let mut answer = json!(record);
    answer["steps"] = json!(steps);
    if let Some(network) = network_of(&record) {
        answer["network"] = json!(network);
    }
    Ok(answer)
}

/// What was noted when its network was not enforced.
fn network_of(record: &RunRecord) -> Option<&str> {
    record.log.iter().find_map(|entry| match &entry.change {
        Change::Note { text, .. } => text.strip_prefix(NETWORK_NOTE),
        _ => None,
    })
}

/// `GET /v1/runs/ID/logs`: what each try of each step wrote, in order of its steps' names.
pub(super) async fn logs(
    State(api): State<Arc<Api>>,
    Path(run): Path<String>,
) -> Result<Json<Value>, Problem> {
    // The id becomes a path below the data directory only if it is an id.
    let id = uuid::Uuid::try_parse(&run).map_err(|_| Problem::not_found(format!("run `{run}`")))?;
    let folder = api.data.run_logs(&id.to_string());
    let seal = Arc::clone(&api.seal);
    let read = move || super::logs::read_all(&folder, LOG_MAX, &seal);
    let logs = tokio::task::spawn_blocking(read).await.map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "daemon/logs",
            error.to_string(),
        )
    })?;
    let logs = logs.map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "daemon/logs",
            error.to_string(),
        )
    })?;
    Ok(Json(json!(logs)))
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
