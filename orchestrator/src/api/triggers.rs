//! How feeds stand, and that they stop or go on. Firing a trigger by hand is another matter: nothing here affects it.

use super::Api;
use super::error::Problem;
use super::input::json_body;
use super::path::Path;
use super::registry::FlowQuery;
use crate::feeds::Start;
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET /v1/triggers?flow=`: every trigger of the active plans.
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    query: Result<Query<FlowQuery>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(query) = query?;
    Ok(Json(json!(api.desk.triggers(query.flow.as_deref()).await?)))
}

/// `POST /v1/flows/F/triggers/T/pause`: its feed stops after the batch that is under way.
pub(super) async fn pause(
    State(api): State<Arc<Api>>,
    Path((flow, trigger)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    api.desk.pause(&flow, &trigger).await?;
    Ok(Json(
        json!({ "flow": flow, "trigger": trigger, "state": "paused" }),
    ))
}

/// `POST /v1/flows/F/triggers/T/resume`: its feed reads on; with `{ "from": "beginning" }` or `"now"`, from there.
pub(super) async fn resume(
    State(api): State<Arc<Api>>,
    Path((flow, trigger)): Path<(String, String)>,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let asked = json_body(body).await?;
    let from = match asked.get("from").unwrap_or(&Value::Null) {
        Value::Null => None,
        Value::String(word) if word == "beginning" => Some(Start::Beginning),
        Value::String(word) if word == "now" => Some(Start::Now),
        other => {
            let message = format!("{other} is no place to begin: `beginning` or `now`");
            return Err(Problem::body(message, "from"));
        }
    };
    api.desk.resume(&flow, &trigger, from).await?;
    Ok(Json(
        json!({ "flow": flow, "trigger": trigger, "state": "active" }),
    ))
}
