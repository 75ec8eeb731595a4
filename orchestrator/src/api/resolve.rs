//! What a person says of a step whose outcome is not known.

use super::Api;
use super::error::Problem;
use super::input::{check_reason, json_body};
use super::path::Path;
use crate::worker::ResolveError;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use flow_engine::{Unresolved, Verdict};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// One of three.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    /// The value that it has.
    Succeeded(Value),
    /// Why, in one line; may be empty.
    Failed(String),
    /// `true`.
    Again(bool),
}

/// `POST /v1/runs/ID/steps/NAME/resolve` with `{ "succeeded": … }`, `{ "failed": "why" }` or `{ "again": true }`.
pub(super) async fn resolve(
    State(api): State<Arc<Api>>,
    Path((run, step)): Path<(String, String)>,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let said = serde_json::from_value(json_body(body).await?);
    let said = said.map_err(|error| Problem::body(error.to_string(), ""))?;
    let verdict = match said {
        Said::Succeeded(output) => Verdict::Succeeded { output },
        Said::Failed(message) => {
            check_reason(&message, "failed")?;
            Verdict::Failed { message }
        }
        Said::Again(true) => Verdict::Again,
        Said::Again(false) => return Err(Problem::body("`again` is `true` or not there", "again")),
    };
    match api.handle.resolve(run.clone(), step.clone(), verdict).await {
        Ok(()) => Ok(Json(json!({ "run": run, "step": step }))),
        Err(ResolveError::Intake(error)) => Err(error.into()),
        Err(ResolveError::NoRun) => Err(Problem::not_found(format!("open run `{run}`"))),
        Err(ResolveError::Step(Unresolved::NoStep)) => {
            Err(Problem::not_found(format!("step `{step}` of run `{run}`")))
        }
        Err(ResolveError::Step(error @ Unresolved::Known)) => {
            Err(Problem::new(StatusCode::CONFLICT, "run/known", error.to_string()))
        }
        Err(ResolveError::Step(error @ Unresolved::Misfit(_))) => {
            Err(Problem::body(error.to_string(), "succeeded"))
        }
    }
}
