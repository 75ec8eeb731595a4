//! Dead letters: what could not be carried out, and what a person decides about it.

use super::Api;
use super::error::Problem;
use super::path::Path;
use crate::store::{LetterFilter, LetterRecord, Matter};
use crate::worker::{Remedy, Settled};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Letters in one answer when nothing else is asked.
const LIST_DEFAULT: u64 = 50;

/// What `GET /v1/dlq` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    flow: Option<String>,
    trigger: Option<String>,
    rule: Option<String>,
    #[serde(default)]
    all: bool,
    before: Option<String>,
    limit: Option<u64>,
}

/// `GET /v1/dlq?flow=&trigger=&rule=&all=&limit=&before=`: newest first, those that are open unless all are asked.
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query?;
    let filter = LetterFilter {
        flow: query.flow,
        trigger: query.trigger,
        rule: query.rule,
        all: query.all,
        before: query.before,
        limit: Some(query.limit.unwrap_or(LIST_DEFAULT)),
    };
    let letters = api.store.letters(&filter).await?;
    Ok(Json(letters.iter().map(in_list).collect()))
}

/// `GET /v1/dlq/ID`: the letter; of a run that failed, with its event and its steps.
pub(super) async fn show(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let letter = api.store.letter(&id).await?;
    let letter = letter.ok_or_else(|| Problem::not_found(format!("dead letter `{id}`")))?;
    let mut answer = in_list(&letter);
    if let Matter::Failed { run, .. } = &letter.matter {
        answer["story"] = super::runs::story(&api, run).await?;
    }
    Ok(Json(answer))
}

/// `POST /v1/dlq/ID/retry`: it comes in again; a second time, the answer is what the first did.
pub(super) async fn retry(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let settled = api.desk.retry(&id).await?;
    Ok(Json(answered(&id, &settled)))
}

/// `POST /v1/runs/ID/retry`: the same, for the letter of a run that failed.
pub(super) async fn retry_run(
    State(api): State<Arc<Api>>,
    Path(run): Path<String>,
) -> Result<Json<Value>, Problem> {
    let Some(letter) = api.store.letter_of_run(&run).await? else {
        let known = api.store.run(&run).await?;
        let known = known.ok_or_else(|| Problem::not_found(format!("run `{run}`")))?;
        let status = known.summary.status.word();
        let message = format!("run `{run}` is {status}, and only one that has failed is run again");
        return Err(Problem::new(StatusCode::CONFLICT, "run/not-failed", message));
    };
    let settled = api.desk.retry(&letter.id).await?;
    let mut answer = answered(&letter.id, &settled);
    answer["run"] = json!(run);
    Ok(Json(answer))
}

/// `POST /v1/dlq/ID/drop`: it is let go.
pub(super) async fn let_go(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let settled = api.handle.remedy(id.clone(), Remedy::Drop).await?;
    Ok(Json(answered(&id, &settled)))
}

fn answered(id: &str, settled: &Settled) -> Value {
    json!({
        "id": id,
        "state": settled.outcome.state(),
        "outcome": settled.outcome,
        "repeated": settled.repeated,
    })
}

/// A letter in one record: of both kinds, the same fields say the same.
pub(super) fn in_list(letter: &LetterRecord) -> Value {
    let (trigger, rule, run, error, why) = match &letter.matter {
        Matter::Unprocessable { trigger, why, .. } => (Some(trigger.as_str()), None, None, None, why),
        Matter::Failed { graph, run, error } => {
            let source = letter.source.as_deref();
            let trigger = source.and_then(|source| source.strip_prefix("trigger/"));
            (
                trigger,
                Some(graph.name()),
                Some(run),
                Some(error),
                &error.message,
            )
        }
    };
    json!({
        "id": letter.id,
        "kind": letter.matter.kind(),
        "flow": letter.flow,
        "trigger": trigger,
        "rule": rule,
        "key": letter.key,
        "event": letter.event,
        "run": run,
        "why": why,
        "error": error,
        "state": letter.state,
        "outcome": letter.outcome,
        "at": letter.at,
        "updated": letter.updated,
    })
}
