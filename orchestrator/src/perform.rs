//! Carrying out what a committed transition asked for: calls, jobs, snapshots, warm-ups.
//!
//! Each order becomes one task that ends in one answer to the owner of the runs. An order may be carried out
//! twice (the daemon may die between an answer and its commit), so each carries a key that is the same every
//! time.

mod callback;
mod invoke;
mod launch;
mod prepare;
mod register;
mod snapshot;
mod warm;

use crate::artifacts::Artifacts;
use crate::clock::Clock;
use crate::config::{DataDir, SecretValues};
use crate::functions::Functions;
use crate::functions::environment::Environments;
use crate::jobs::Jobs;
use crate::packages::Acts;
use crate::seal::Seal;
use crate::serving::Live;
use crate::store::Store;
use crate::worker::{Answer, Handle, Message, Newsroom, Order};
use flow_engine::{Effect, ErrorKind, StepError, Token};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What orders are carried out with.
pub struct Parts {
    /// The owner of the runs.
    pub handle: Handle,
    /// For exports of datasets.
    pub store: Arc<Store>,
    /// Files by digest.
    pub artifacts: Arc<Artifacts>,
    /// Short functions.
    pub functions: Arc<dyn Functions>,
    /// What is done with packages.
    pub acts: Arc<Acts>,
    /// Long work.
    pub jobs: Arc<dyn Jobs>,
    /// Python environments, for jobs.
    pub environments: Arc<Environments>,
    /// Workers of live models.
    pub live: Arc<Live>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where code is staged and logs are written.
    pub data: DataDir,
    /// Values of secrets.
    pub secrets: SecretValues,
    /// Opens and seals what is private.
    pub seal: Arc<Seal>,
    /// Names this installation in the names of its jobs.
    pub install: String,
    /// Where others reach this daemon, without a slash at the end.
    pub url: String,
    /// Where progress is told.
    pub newsroom: Newsroom,
}

/// What is under way, by run and step: how it is stopped.
type Stops = HashMap<(String, usize), (Token, CancellationToken)>;

/// Takes orders and starts a task for each.
pub struct Performer {
    parts: Arc<Parts>,
    tasks: TaskTracker,
    stops: Arc<Mutex<Stops>>,
}

impl Performer {
    /// A performer with nothing under way.
    pub fn new(parts: Parts) -> Performer {
        Performer {
            parts: Arc::new(parts),
            tasks: TaskTracker::new(),
            stops: Arc::default(),
        }
    }

    /// Works until the owner of the runs has closed, then waits for nobody: what is under way is carried out
    /// again by the next daemon.
    pub async fn run(self, mut orders: mpsc::Receiver<Order>) {
        while let Some(order) = orders.recv().await {
            self.start(order);
        }
    }

    fn start(&self, order: Order) {
        if let Effect::Stop { .. } = order.effect {
            self.stop(order);
            return;
        }
        let (flow, run, token) = (order.plan.flow.clone(), order.run.clone(), order.token);
        let stop = CancellationToken::new();
        let place = (run.clone(), token.step);
        self.lock().insert(place.clone(), (token, stop.clone()));
        let (parts, stops) = (Arc::clone(&self.parts), Arc::clone(&self.stops));
        self.tasks.spawn(async move {
            let carried = Arc::clone(&parts);
            let carried = tokio::spawn(async move { carried.carry_out(order, stop).await }).await;
            let answer = match carried {
                Ok(answer) => answer.unwrap_or_else(Answer::Failed),
                // A step without an answer would keep its run open for ever.
                Err(panic) => Answer::Failed(crashed(format!("carrying it out failed: {panic}"))),
            };
            let answered = Message::Answer {
                flow,
                run,
                token,
                answer,
            };
            parts.handle.tell(answered).await;
            let mut stops = stops
                .lock()
                .expect("nothing panics while it holds the list of tasks");
            if stops.get(&place).is_some_and(|(started, _)| *started == token) {
                stops.remove(&place);
            }
        });
    }

    /// Stops what was handed over. A job may have been launched by a daemon before this one: it is found by name.
    fn stop(&self, order: Order) {
        let under_way = self
            .lock()
            .get(&(order.run.clone(), order.token.step))
            .map(|(_, stop)| stop.clone());
        match under_way {
            Some(stop) => stop.cancel(),
            None if order.is_job => {
                let parts = Arc::clone(&self.parts);
                self.tasks.spawn(async move { parts.cancel_job(&order).await });
            }
            None => {}
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Stops> {
        self.stops
            .lock()
            .expect("nothing panics while it holds the list of tasks")
    }
}

impl Parts {
    async fn carry_out(&self, order: Order, stop: CancellationToken) -> Result<Answer, StepError> {
        match order.effect.clone() {
            Effect::Invoke { action, args, .. } => self.invoke(&order, &action, args, stop).await,
            Effect::Launch { job, args, .. } => self.launch(&order, &job, args, stop).await,
            Effect::Act {
                package,
                action,
                args,
                ..
            } => {
                let value = self.acts.act(&order.plan, &package, &action, args, stop).await;
                value.map(Answer::Value)
            }
            Effect::Predict { model, input, .. } => self.predict(&order.plan, &model, input, stop).await,
            Effect::Snapshot { dataset, .. } => self.snapshot(&order.plan, &dataset).await,
            Effect::Split { dataset, test, .. } => self.split(&order.plan, &dataset, test).await,
            Effect::Warm { model, candidate, .. } => self.warm(&order.plan, &model, candidate).await,
            Effect::Prepare { rule, prepare, .. } => self.prepare(&order, &rule, &prepare, stop).await,
            Effect::Register { blob, .. } => self.register(&order.step, blob).await,
            Effect::Callback { .. } => self.callback(&order.run, &order.step),
            Effect::Live { .. }
            | Effect::Emit { .. }
            | Effect::Stop { .. }
            | Effect::Append { .. }
            | Effect::Publish { .. }
            | Effect::GoLive { .. }
            | Effect::Ended
            | Effect::Wake { .. } => Err(refused("this is part of a commit and nothing to carry out")),
        }
    }
}

/// A failure that another try would not mend.
fn refused(message: impl Into<String>) -> StepError {
    StepError {
        kind: ErrorKind::Refused,
        message: message.into(),
        step: String::new(),
        attempts: 0,
    }
}

/// A failure of the machine that another try may mend.
fn crashed(message: impl Into<String>) -> StepError {
    StepError {
        kind: ErrorKind::Crash,
        message: message.into(),
        step: String::new(),
        attempts: 0,
    }
}
