//! Approvals: they come in over the socket only, where it is known who asks.

use super::error::Problem;
use super::input::{check_reason, json_body};
use super::path::Path;
use super::{Api, JSON_MAX};
use crate::socket;
use crate::worker::{ApproveError, Word};
use axum::body::Body;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::serve::IncomingStream;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::UnixListener;

/// The user id of who asks, if the kernel tells it.
#[derive(Clone, Copy, Debug)]
pub struct Peer(Option<u32>);

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Peer {
        Peer(stream.io().peer_cred().ok().map(|peer| peer.uid()))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    /// Why not; a yes without it.
    deny: Option<String>,
}

/// What can be asked over the socket, and nothing else.
pub fn by_socket(api: Arc<Api>) -> Router {
    Router::new()
        .route("/v1/runs/{run}/steps/{step}/approve", post(approve))
        .method_not_allowed_fallback(super::error::wrong_method)
        .layer(DefaultBodyLimit::max(JSON_MAX))
        .with_state(api)
}

/// The same over HTTP, where nobody can be told from another.
pub(super) async fn by_nobody() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "approve/no-identity",
        "an approval needs to know who gives it, and HTTP does not say: use `flowd approve` on the daemon's machine",
    )
}

/// `POST /v1/runs/ID/steps/NAME/approve` with `{}` or `{ "deny": "why" }`.
async fn approve(
    State(api): State<Arc<Api>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path((run, step)): Path<(String, String)>,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let said: Said = serde_json::from_value(json_body(body).await?)
        .map_err(|error| Problem::body(error.to_string(), ""))?;
    check_reason(said.deny.as_deref().unwrap_or_default(), "deny")?;
    let by = who(peer).await?;
    let word = Word {
        by: by.clone(),
        deny: said.deny,
    };
    match api.handle.approve(run.clone(), step.clone(), word).await {
        Ok(()) => Ok(Json(json!({ "run": run, "step": step, "by": by }))),
        Err(ApproveError::Intake(error)) => Err(error.into()),
        Err(ApproveError::NoRun) => Err(Problem::not_found(format!("open run `{run}`"))),
        Err(ApproveError::NoStep) => Err(Problem::not_found(format!("step `{step}` of run `{run}`"))),
        Err(error @ ApproveError::NotHeld) => Err(Problem::new(
            StatusCode::CONFLICT,
            "run/not-held",
            error.to_string(),
        )),
        Err(error @ ApproveError::Stranger { .. }) => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "approve/not-in-group",
            error.to_string(),
        )),
    }
}

async fn who(peer: Peer) -> Result<String, Problem> {
    let unknown = |why: String| {
        let message = format!("it cannot be told who asks: {why}");
        Problem::new(StatusCode::FORBIDDEN, "approve/no-identity", message)
    };
    let Some(uid) = peer.0 else {
        return Err(unknown("the kernel does not say".to_owned()));
    };
    let user = tokio::task::spawn_blocking(move || socket::user(uid)).await;
    match user {
        Ok(Ok(user)) => Ok(user),
        Ok(Err(error)) => Err(unknown(error.to_string())),
        Err(error) => Err(unknown(error.to_string())),
    }
}
