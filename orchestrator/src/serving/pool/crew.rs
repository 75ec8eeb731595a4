//! The one task that owns a pool's workers: it alone decides who predicts what, who is started and who ends.

use super::Served;
use super::batch::{self, Ask, Done};
use crate::artifacts::Artifacts;
use crate::functions::{Kind, Launcher, Worker, failure};
use flow_engine::{ErrorKind, Millis, StepError};
use flow_lang::plan::batch::Batch;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Requests that may wait for a worker.
const QUEUE_MAX: usize = 1_000;
/// How long a request waits for a busy worker before another one is started: a start costs seconds of
/// processor time, most predictions milliseconds.
const SCALE_AFTER: Duration = Duration::from_millis(100);
/// How long nothing is started after a start has failed while other workers answer.
const PAUSE: Duration = Duration::from_secs(10);
/// How often idle workers are looked at.
const REAP_EVERY: Duration = Duration::from_secs(1);

/// What the crew is told.
pub(super) enum Order {
    Predict(Ask),
    Warm(oneshot::Sender<Result<(), StepError>>),
    Drain(oneshot::Sender<()>),
}

/// What a task of the crew came to.
enum Outcome {
    Started(Result<Box<Worker>, StepError>),
    Done(Box<Done>),
}

/// The workers of a pool and the requests that wait for them.
pub(super) struct Crew {
    served: Arc<Served>,
    launcher: Arc<Launcher>,
    artifacts: Arc<Artifacts>,
    queue: VecDeque<Ask>,
    idle: Vec<(Worker, Millis)>,
    starting: usize,
    busy: usize,
    tasks: JoinSet<Outcome>,
    warming: Vec<oneshot::Sender<Result<(), StepError>>>,
    draining: Vec<oneshot::Sender<()>>,
    /// No worker is kept any longer than requests wait.
    retired: bool,
    /// Somebody has asked: the least workers are kept from then on.
    wanted: bool,
    no_start_before: Millis,
    /// What one call holds.
    room: Batch,
}

impl Crew {
    pub(super) fn new(served: Arc<Served>, launcher: Arc<Launcher>, artifacts: Arc<Artifacts>) -> Crew {
        Crew {
            room: served.model.batch(),
            served,
            launcher,
            artifacts,
            queue: VecDeque::new(),
            idle: Vec::new(),
            starting: 0,
            busy: 0,
            tasks: JoinSet::new(),
            warming: Vec::new(),
            draining: Vec::new(),
            retired: false,
            wanted: false,
            no_start_before: 0,
        }
    }

    /// Works until nobody can give orders any more.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>, retired: CancellationToken) {
        let clock = self.launcher.clock().clone();
        loop {
            self.dispatch();
            self.reap();
            let look_again = if self.queue.is_empty() {
                REAP_EVERY
            } else {
                SCALE_AFTER
            };
            let waits = !self.queue.is_empty() || !self.idle.is_empty();
            tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => self.take(order),
                    None => return,
                },
                Some(outcome) = self.tasks.join_next() => {
                    self.settle(outcome.expect("tasks of a crew neither panic nor are aborted while it works"));
                }
                () = retired.cancelled(), if !self.retired => self.retired = true,
                () = clock.sleep(look_again), if waits => {}
            }
        }
    }

    fn take(&mut self, order: Order) {
        match order {
            Order::Predict(ask) if self.queue.len() >= QUEUE_MAX => {
                let message = format!("{QUEUE_MAX} requests wait already");
                ask.answer(Err(failure(ErrorKind::Limit, message)));
            }
            Order::Predict(ask) => {
                self.wanted = true;
                self.queue.push_back(ask);
            }
            Order::Warm(answer) => {
                self.wanted = true;
                self.warming.push(answer);
            }
            Order::Drain(answer) => self.draining.push(answer),
        }
    }

    fn settle(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Started(started) => {
                self.starting -= 1;
                match started {
                    Ok(worker) => self.idle.push((*worker, self.now())),
                    Err(error) => self.could_not_start(&error),
                }
            }
            Outcome::Done(done) => {
                self.busy -= 1;
                self.idle.extend(done.worker.map(|worker| (worker, self.now())));
                done.again
                    .into_iter()
                    .rev()
                    .for_each(|ask| self.queue.push_front(ask));
            }
        }
    }

    /// Without another worker nobody is left to answer: those who wait are told why.
    fn could_not_start(&mut self, error: &StepError) {
        self.no_start_before = self.now().saturating_add(millis(PAUSE));
        if self.idle.is_empty() && self.busy + self.starting == 0 {
            self.wanted = false;
            self.queue
                .drain(..)
                .for_each(|ask| ask.answer(Err(error.clone())));
            self.warming
                .drain(..)
                .for_each(|warming| drop(warming.send(Err(error.clone()))));
        }
    }

    /// Gives waiting requests to idle workers, and starts workers if there are too few.
    fn dispatch(&mut self) {
        self.queue.retain(Ask::is_wanted);
        self.idle.retain_mut(|(worker, _)| worker.lives());
        if !self.idle.is_empty() || self.busy > 0 {
            self.warming
                .drain(..)
                .for_each(|warming| drop(warming.send(Ok(()))));
        }
        while !self.queue.is_empty()
            && let Some((worker, _)) = self.idle.pop()
        {
            let batch = batch::take(&mut self.queue, self.room);
            let predicting =
                batch::predict(worker, batch, self.served.clone(), self.launcher.clock().clone());
            self.busy += 1;
            self.tasks
                .spawn(async move { Outcome::Done(Box::new(predicting.await)) });
        }
        while self.needs_another() {
            self.starting += 1;
            let starting = start(self.served.clone(), self.launcher.clone(), self.artifacts.clone());
            self.tasks
                .spawn(async move { Outcome::Started(starting.await.map(Box::new)) });
        }
    }

    fn needs_another(&self) -> bool {
        let (least, most) = self.served.model.scale;
        let all = self.idle.len() + self.busy + self.starting;
        if all == 0 {
            return !self.queue.is_empty() || !self.warming.is_empty();
        }
        if self.now() < self.no_start_before {
            return false;
        }
        if !self.retired && self.wanted && all < least as usize {
            return true;
        }
        let waited = self
            .queue
            .front()
            .is_some_and(|ask| ask.since.saturating_add(millis(SCALE_AFTER)) <= self.now());
        waited && self.starting == 0 && all < most.max(1) as usize
    }

    /// Ends workers that have had nothing to do for too long.
    fn reap(&mut self) {
        let now = self.now();
        let least = if self.retired {
            0
        } else {
            self.served.model.scale.0 as usize
        };
        let idle = if self.retired {
            0
        } else {
            self.served.model.idle_ms
        };
        // The one that has waited longest stands first.
        while self.idle.len() + self.busy > least
            && self
                .idle
                .first()
                .is_some_and(|(_, since)| since.saturating_add(idle) <= now)
        {
            self.idle.remove(0);
        }
        if self.retired && self.queue.is_empty() && self.idle.is_empty() && self.busy + self.starting == 0 {
            for draining in self.draining.drain(..) {
                _ = draining.send(());
            }
        }
    }

    fn now(&self) -> Millis {
        self.launcher.clock().now()
    }
}

fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

async fn start(
    served: Arc<Served>,
    launcher: Arc<Launcher>,
    artifacts: Arc<Artifacts>,
) -> Result<Worker, StepError> {
    let crash = |what: String| failure(ErrorKind::Crash, what);
    let model = artifacts
        .dir(&served.version.digest)
        .await
        .map_err(|error| crash(error.to_string()))?;
    let log = batch::open_log(&served, launcher.clock().clone());
    let mut log = log.map_err(|error| crash(format!("{}: {error}", served.log.display())))?;
    launcher
        .start(
            &served.model.function,
            &Kind::Model(model),
            &served.code_dir,
            &mut log,
        )
        .await
}
