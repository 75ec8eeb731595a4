//! Which version answers for a model: warmed before it goes live, exchanged without losing a request.

use super::pool::{ModelPool, Pools, Served as PoolServed};
use crate::artifacts::Artifacts;
use crate::config::DataDir;
use crate::functions::Launcher;
use crate::worker::Served;
use flow_engine::StepError;
use flow_lang::plan::{Model, ModelRef, Plan};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, watch};

/// Versions that are warm and not live; a deploy that failed leaves one behind, which the next one replaces.
type Warm = HashMap<String, Arc<ModelPool>>;

/// Why a model cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// It has no live version yet.
    #[error("`{0}` has no live version yet")]
    NotLive(String),
    /// The flow that it is imported from has changed its input or output.
    #[error("`{model}` of flow `{flow}` has another input or output now: deploy this flow again")]
    Changed {
        /// The model.
        model: String,
        /// The flow that declares it.
        flow: String,
    },
}

/// The workers of live models.
pub struct Live {
    /// Which pool answers now.
    pools: Pools,
    warm: Mutex<Warm>,
    /// Told when a version goes live.
    changed: Notify,
    launcher: Arc<Launcher>,
    artifacts: Arc<Artifacts>,
    data: DataDir,
}

impl Live {
    /// No model has workers yet.
    pub fn new(launcher: Arc<Launcher>, artifacts: Arc<Artifacts>, data: DataDir) -> Live {
        Live {
            pools: Pools::default(),
            warm: Mutex::default(),
            changed: Notify::new(),
            launcher,
            artifacts,
            data,
        }
    }

    /// The pool that answers for a model, if a version is live.
    pub fn get(&self, flow: &str, model: &str) -> Option<Arc<ModelPool>> {
        self.pools.get(&name(flow, model))
    }

    /// The pool that a flow asks under a name: of a model of its own, or of one that it imports.
    ///
    /// # Errors
    /// No version is live, or the other flow declares the model otherwise than when this one was compiled.
    pub fn asked(&self, plan: &Plan, model: &str) -> Result<Arc<ModelPool>, AskError> {
        let not_live = || AskError::NotLive(model.to_owned());
        let asked = plan.asked(model).ok_or_else(not_live)?;
        let pool = self.get(asked.flow, model).ok_or_else(not_live)?;
        let declared = pool.model();
        if (&declared.input, &declared.output) != (asked.input, asked.output) {
            return Err(AskError::Changed {
                model: model.to_owned(),
                flow: asked.flow.to_owned(),
            });
        }
        Ok(pool)
    }

    /// The pool that a flow asks under a name, as soon as there is one.
    pub async fn once_live(&self, plan: &Plan, model: &str) -> Result<Arc<ModelPool>, AskError> {
        loop {
            // Before the look: a version that goes live in between is heard of.
            let changed = self.changed.notified();
            match self.asked(plan, model) {
                Err(AskError::NotLive(_)) => changed.await,
                known => return known,
            }
        }
    }

    /// Starts a worker of a version, and keeps its pool for the moment when it goes live.
    ///
    /// # Errors
    /// When its code or its files cannot be loaded.
    pub async fn warm(
        &self,
        flow: &str,
        model: &str,
        declared: &Model,
        version: &ModelRef,
    ) -> Result<(), StepError> {
        let pool = self.pool(flow, model, declared, version);
        pool.warm().await?;
        self.warm
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name(flow, model), pool);
        Ok(())
    }

    /// Lets a version answer for its model from now on: its warm pool, or one that starts workers when asked.
    pub fn go_live(&self, flow: &str, model: &str, declared: &Model, version: &ModelRef) {
        let name = name(flow, model);
        let serves = |pool: &Arc<ModelPool>| pool.version() == version && pool.model() == declared;
        if self.pools.get(&name).as_ref().is_some_and(serves) {
            return;
        }
        let warm = self
            .warm
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&name)
            .filter(serves);
        self.pools.swap(
            &name,
            warm.unwrap_or_else(|| self.pool(flow, model, declared, version)),
        );
        self.changed.notify_waiters();
    }

    /// Answers what was asked, then ends all workers.
    pub async fn close(&self) {
        self.pools.close().await;
    }

    fn pool(&self, flow: &str, model: &str, declared: &Model, version: &ModelRef) -> Arc<ModelPool> {
        let served = PoolServed {
            model: declared.clone(),
            version: version.clone(),
            code_dir: self.data.code(&declared.function.code.digest),
            log: self.data.model_log(flow, model, version.version),
        };
        ModelPool::new(Arc::clone(&self.launcher), Arc::clone(&self.artifacts), served)
    }
}

fn name(flow: &str, model: &str) -> String {
    format!("{flow}/{model}")
}

/// Keeps the workers in step with the registry until the owner of the runs has closed.
pub async fn keep_live(live: Arc<Live>, mut served: watch::Receiver<Arc<Served>>) {
    loop {
        let now = Arc::clone(&served.borrow_and_update());
        for ((flow, model), version) in &now.live {
            if let Some(declared) = now.plans.get(flow).and_then(|plan| plan.models.get(model)) {
                live.go_live(flow, model, declared, version);
            }
        }
        if served.changed().await.is_err() {
            return;
        }
    }
}
