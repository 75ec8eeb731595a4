//! The HTTP side: routes under `/v1`, health and metrics, and the routes that flows declare.
//!
//! Authorisation is by place for now: the daemon listens on loopback only, and a request must say so in its
//! `Host` and `Origin`.

mod approve;
mod callbacks;
mod error;
mod flows;
mod gate;
mod guard;
mod health;
mod input;
mod letters;
mod logs;
mod path;
mod registry;
mod resolve;
mod routes;
mod runs;
mod triggers;
mod uploads;

pub use approve::{Peer, by_socket};
pub use gate::Gate;
pub use guard::{ListenError, loopback};
pub use uploads::Uploads;

use crate::clock::Clock;
use crate::config::DataDir;
use crate::deploy::Deployer;
use crate::feeds::Desk;
use crate::sandbox::Confinement;
use crate::seal::Seal;
use crate::serving::Serving;
use crate::store::Store;
use crate::worker::{Handle, Newsroom};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use std::sync::Arc;

/// The most bytes of a JSON body.
const JSON_MAX: usize = 1 << 20;
/// The most bytes of a deployment: its code in base64.
const DEPLOY_MAX: usize = 96 << 20;

/// What requests are answered with.
pub struct Api {
    /// The owner of the runs.
    pub handle: Handle,
    /// What is durable.
    pub store: Arc<Store>,
    /// Routes of flows.
    pub serving: Arc<Serving>,
    /// Feeds, and items that are read anew.
    pub desk: Desk,
    /// New plans.
    pub deployer: Arc<Deployer>,
    /// Logs.
    pub data: DataDir,
    /// Opens sealed lines of logs.
    pub seal: Arc<Seal>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Whether functions reach the named endpoints only.
    pub confinement: Confinement,
    /// What jobs that are under way have said last.
    pub newsroom: Newsroom,
    /// Files on their way in.
    pub uploads: Uploads,
    /// Whether there is room for a request.
    pub gate: Gate,
}

/// All routes.
pub fn router(api: Arc<Api>) -> Router {
    Router::new()
        .route(
            "/v1/flows",
            post(flows::deploy).layer(DefaultBodyLimit::max(DEPLOY_MAX)),
        )
        .route("/v1/flows/{flow}/triggers/{trigger}", post(flows::fire))
        .route("/v1/flows/{flow}/triggers/{trigger}/pause", post(triggers::pause))
        .route(
            "/v1/flows/{flow}/triggers/{trigger}/resume",
            post(triggers::resume),
        )
        .route("/v1/triggers", get(triggers::list))
        .route("/v1/dlq", get(letters::list))
        .route("/v1/dlq/{letter}", get(letters::show))
        .route("/v1/dlq/{letter}/retry", post(letters::retry))
        .route("/v1/dlq/{letter}/drop", post(letters::let_go))
        .route("/v1/flows/{flow}/actions/{action}", post(flows::invoke))
        .route("/v1/flows/{flow}/infers/{infer}", get(routes::describe))
        .route("/v1/runs", get(runs::list))
        .route("/v1/runs/{run}", get(runs::show))
        .route("/v1/runs/{run}/logs", get(runs::logs))
        .route("/v1/runs/{run}/cancel", post(runs::cancel))
        .route("/v1/runs/{run}/retry", post(letters::retry_run))
        .route("/v1/runs/{run}/steps/{step}/approve", post(approve::by_nobody))
        .route("/v1/runs/{run}/steps/{step}/resolve", post(resolve::resolve))
        .route("/v1/callbacks/{run}/{step}/{ticket}", post(callbacks::post))
        .route("/v1/models", get(registry::models))
        .route("/v1/datasets", get(registry::datasets))
        .route("/healthz", get(health::health))
        .route("/metrics", get(health::metrics))
        .fallback(routes::answer)
        .method_not_allowed_fallback(error::wrong_method)
        .layer(DefaultBodyLimit::max(JSON_MAX))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&api), gate::pass))
        .layer(axum::middleware::from_fn(guard::same_machine))
        .with_state(api)
}
