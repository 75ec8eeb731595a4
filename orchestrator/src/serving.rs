//! Answering requests: an `infer` graph walked in memory by the same engine that walks durable runs.
//!
//! There is no run row and no retry. The answer goes out when its value is ready; other steps may finish after
//! it, within the deadline. Rows that it appends travel to the owner of the runs and are durable with its next
//! group.

mod invoke;
mod live;
pub mod pool;
mod walk;

pub use invoke::callable;
pub use live::{Live, keep_live};

use crate::artifacts::Artifacts;
use crate::clock::Clock;
use crate::config::{DataDir, SecretValues};
use crate::functions::Functions;
use crate::packages::Acts;
use crate::seal::Seal;
use crate::worker::{Handle, Served};
use flow_engine::StepError;
use flow_lang::plan::{Infer, Plan};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

/// What requests are answered with.
pub struct Serving {
    /// Active plans and live versions.
    pub served: watch::Receiver<Arc<Served>>,
    /// The owner of the runs, for rows and requests to remember.
    pub handle: Handle,
    /// Short functions.
    pub functions: Arc<dyn Functions>,
    /// What is done with packages.
    pub acts: Arc<Acts>,
    /// Workers of live models.
    pub live: Arc<Live>,
    /// Uploaded files.
    pub artifacts: Arc<Artifacts>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where code is staged and logs are written.
    pub data: DataDir,
    /// Values of secrets.
    pub secrets: SecretValues,
    /// Opens and seals what is private.
    pub seal: Arc<Seal>,
    /// Requests under way.
    pub walks: TaskTracker,
}

/// An answer with the id under which feedback can join it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The request's id.
    pub request: String,
    /// The answer.
    pub output: Value,
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServeError {
    /// The model has no live version yet.
    #[error("`{0}` has no live version yet")]
    NotLive(String),
    /// The deadline passed.
    #[error("no answer within {0} ms")]
    Deadline(u64),
    /// A step failed.
    #[error("`{}` failed: {}", .0.step, .0.message)]
    Step(StepError),
}

impl Serving {
    /// Waits until no request is under way, for `grace` at most.
    pub async fn drain(&self, grace: Duration) {
        self.walks.close();
        tokio::select! {
            () = self.walks.wait() => {}
            () = self.clock.sleep(grace) => tracing::warn!("requests under way are given up"),
        }
    }

    /// The plan and the route behind a method and a path, with the flow's name.
    pub fn route(&self, method: &str, path: &str) -> Option<(Arc<Plan>, String)> {
        let served = Arc::clone(&self.served.borrow());
        served.plans.values().find_map(|plan| {
            let fits = |infer: &Infer| infer.method == method && infer.path == path;
            plan.infers
                .iter()
                .find(|(_, infer)| fits(infer))
                .map(|(name, _)| (Arc::clone(plan), name.clone()))
        })
    }
}
