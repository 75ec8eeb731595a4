//! What somebody outside posts to the address that a run has made for it.

use super::Api;
use super::error::Problem;
use super::input::json_body;
use super::path::Path;
use crate::worker::{CallbackError, Taken};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

/// When to post again what came before the run has asked for it, in seconds.
const RETRY_AFTER: &str = "5";

/// `POST /v1/callbacks/RUN/STEP/TICKET`: durable when it answers 200; 200 for the same once more.
pub(super) async fn post(
    State(api): State<Arc<Api>>,
    Path((run, step, ticket)): Path<(String, String, String)>,
    body: Body,
) -> Result<Response, Problem> {
    // Whoever does not know the address learns nothing, not even whether there is such a run.
    if !api.seal.ticket(&run, &step).is(&ticket) {
        return Err(Problem::not_found("callback of this address"));
    }
    let body = json_body(body).await?;
    match api.handle.post(run, step, body).await {
        Ok(Taken::First) => Ok(Json(json!({ "taken": true })).into_response()),
        Ok(Taken::Again) => Ok(Json(json!({ "taken": true, "repeated": true })).into_response()),
        Err(error @ CallbackError::Early) => {
            let early = Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "callback/early",
                error.to_string(),
            );
            Ok(([(header::RETRY_AFTER, RETRY_AFTER)], early).into_response())
        }
        Err(CallbackError::Misfit { why, path }) => Err(Problem::body(why, path)),
        Err(error @ CallbackError::Used) => Err(Problem::new(
            StatusCode::CONFLICT,
            "callback/used",
            error.to_string(),
        )),
        Err(error @ CallbackError::Over) => {
            Err(Problem::new(StatusCode::GONE, "callback/over", error.to_string()))
        }
        Err(CallbackError::Intake(error)) => Err(error.into()),
    }
}
