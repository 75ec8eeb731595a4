//! Models and datasets.

use super::Api;
use super::error::Problem;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// What both lists take.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FlowQuery {
    pub(super) flow: Option<String>,
}

/// `GET /v1/models?flow=`: what is live, who was live when, and all versions with their reports.
pub(super) async fn models(
    State(api): State<Arc<Api>>,
    query: Result<Query<FlowQuery>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query?;
    Ok(Json(json!(api.store.models(query.flow.as_deref()).await?)))
}

/// `GET /v1/datasets?flow=`: rows, bytes and the time of the last row.
pub(super) async fn datasets(
    State(api): State<Arc<Api>>,
    query: Result<Query<FlowQuery>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query?;
    Ok(Json(json!(api.store.datasets(query.flow.as_deref()).await?)))
}
