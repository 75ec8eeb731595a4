//! Model workers: processes that have loaded one version of a model and answer predictions.
//!
//! A [`ModelPool`] starts them when somebody asks and ends them when nobody has for a while; requests that come
//! while all are busy are predicted together. [`Pools`] says which pool answers for a name, and exchanges it
//! for the next version's without losing a request.

mod batch;
mod crew;
mod registry;
#[cfg(test)]
mod tests;

pub use registry::Pools;

use crate::artifacts::{Artifacts, references};
use crate::functions::{Launcher, failure};
use batch::Ask;
use crew::{Crew, Order};
use flow_engine::{ErrorKind, StepError};
use flow_lang::plan::{Model, ModelRef, text_size};
use flow_lang::units;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// Requests on their way to the crew; those that wait for a worker are counted there.
const ORDERS_MAX: usize = 64;

/// What a pool serves.
#[derive(Clone, Debug)]
pub struct Served {
    /// The model as the plan declares it.
    pub model: Model,
    /// The version.
    pub version: ModelRef,
    /// The files of `load` and `predict`, which nobody writes to any more.
    pub code_dir: PathBuf,
    /// What the workers print is appended to this file; it is kept small.
    pub log: PathBuf,
}

/// The workers of one version of a model. They are killed when it is dropped.
pub struct ModelPool {
    served: Arc<Served>,
    launcher: Arc<Launcher>,
    artifacts: Arc<Artifacts>,
    orders: mpsc::Sender<Order>,
    retired: CancellationToken,
}

impl ModelPool {
    /// A pool without workers. Has to be called inside a runtime.
    pub fn new(launcher: Arc<Launcher>, artifacts: Arc<Artifacts>, served: Served) -> Arc<ModelPool> {
        let served = Arc::new(served);
        let (orders, incoming) = mpsc::channel(ORDERS_MAX);
        let retired = CancellationToken::new();
        let crew = Crew::new(served.clone(), launcher.clone(), artifacts.clone());
        // It ends when this pool, which holds the only sender, is dropped.
        tokio::spawn(crew.run(incoming, retired.clone()));
        Arc::new(ModelPool {
            served,
            launcher,
            artifacts,
            orders,
            retired,
        })
    }

    /// The version that it serves.
    pub fn version(&self) -> &ModelRef {
        &self.served.version
    }

    /// The model as the plan of the version declares it.
    pub fn model(&self) -> &Model {
        &self.served.model
    }

    /// Predicts rows, in their order. Dropping the future takes the request back.
    ///
    /// # Errors
    /// When the model cannot be loaded, fails on these rows, or breaks a limit; when too many requests wait.
    pub async fn predict(&self, rows: Vec<Value>) -> Result<Vec<Value>, StepError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let bytes = text_size(&rows);
        let allowed = self.served.model.function.payload;
        if bytes > allowed {
            let (bytes, allowed) = (units::size(bytes), units::size(allowed));
            let message = format!("was asked with {bytes}, the limit of its payload is {allowed}");
            return Err(failure(ErrorKind::Limit, message));
        }
        let mut local = Vec::with_capacity(rows.len());
        for row in rows {
            let row = references::localise(&self.artifacts, &self.served.model.input, row).await;
            local.push(row.map_err(|error| failure(ErrorKind::Type, error.to_string()))?);
        }
        let (answer, answered) = oneshot::channel();
        let since = self.launcher.clock().now();
        self.order(Order::Predict(Ask::new(local, bytes, since, answer)), answered)
            .await?
    }

    /// Starts a worker, unless there is one, and waits until it has loaded the model.
    ///
    /// # Errors
    /// When the code or the model cannot be loaded.
    pub async fn warm(&self) -> Result<(), StepError> {
        let (answer, answered) = oneshot::channel();
        self.order(Order::Warm(answer), answered).await?
    }

    /// Keeps no worker any longer than requests wait for it. Requests that still come are answered.
    pub fn retire(&self) {
        self.retired.cancel();
    }

    /// Retires the pool and waits until what was asked is answered and its workers have ended.
    pub async fn drain(&self) {
        self.retire();
        let (answer, answered) = oneshot::channel();
        // An error says that the crew has ended, and the workers with it.
        drop(self.order(Order::Drain(answer), answered).await);
    }

    async fn order<T>(&self, order: Order, answered: oneshot::Receiver<T>) -> Result<T, StepError> {
        let ended = || failure(ErrorKind::Crash, "the workers of the model have ended");
        self.orders.send(order).await.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())
    }
}
