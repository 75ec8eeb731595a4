//! Keeps the feeds of all active plans going: throttled, with their positions, waiting when a rule is full.

use super::throttle::Throttle;
use super::{Feed, FeedError, Parts, open};
use crate::worker::{FeedBatch, Handle, IntakeError, Served};
use flow_lang::plan::{Plan, Source};
use futures::FutureExt;
use serde_json::Value;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Between two looks of a feed.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A feed that finds nothing looks for a twentieth of the time at most: a large folder is listed less often.
const QUIET_SHARE: u64 = 20;
/// The longest wait of a quiet feed.
const QUIET_MAX: Duration = Duration::from_secs(5);
/// After a failure, the first wait; doubled up to the last.
const BACK_OFF_FIRST: Duration = Duration::from_secs(1);
/// The longest wait after failures.
const BACK_OFF_MAX: Duration = Duration::from_secs(60);
/// Items of one reading.
const READ_MAX: u64 = 256;

/// Runs until `stop`; feeds start and end with the plans that declare them.
pub async fn run(
    parts: Arc<Parts>,
    handle: Handle,
    mut served: watch::Receiver<Arc<Served>>,
    stop: CancellationToken,
) {
    let all = stop.child_token();
    let mut plans: BTreeMap<String, Arc<Plan>> = BTreeMap::new();
    let mut going: BTreeMap<(String, String), Going> = BTreeMap::new();
    let tasks = TaskTracker::new();
    loop {
        let active = served.borrow_and_update().plans.clone();
        for (flow, plan) in active {
            if plans.get(&flow).is_some_and(|old| Arc::ptr_eq(old, &plan)) {
                continue;
            }
            plans.insert(flow.clone(), Arc::clone(&plan));
            for ((of, _), old) in &going {
                if *of == flow {
                    old.stop.cancel();
                }
            }
            for (trigger, declared) in &plan.triggers {
                let Some(source) = declared.source.clone() else {
                    continue;
                };
                let stop = all.child_token();
                let pump = Pump {
                    parts: Arc::clone(&parts),
                    handle: handle.clone(),
                    plan: Arc::clone(&plan),
                    trigger: trigger.clone(),
                    source,
                    throttle: declared.at_most.map(Throttle::new),
                    stop: stop.clone(),
                };
                let place = (flow.clone(), trigger.clone());
                let before = going.remove(&place);
                let task = tasks.spawn(async move {
                    // INVARIANT: a trigger has one feed at a time, and nothing of the one before is on its way
                    // when the next asks how far it has read.
                    if let Some(before) = before {
                        drop(before.task.await);
                    }
                    pump.run().await;
                });
                going.insert(place, Going { stop, task });
            }
        }
        tokio::select! {
            changed = served.changed() => if changed.is_err() { break },
            () = stop.cancelled() => break,
        }
    }
    all.cancel();
    tasks.close();
    tasks.wait().await;
}

/// A feed that was started. It stays here when its plan has gone, so that its successor can wait for its end.
struct Going {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// One trigger's feed.
struct Pump {
    parts: Arc<Parts>,
    handle: Handle,
    plan: Arc<Plan>,
    trigger: String,
    source: Source,
    throttle: Option<Throttle>,
    stop: CancellationToken,
}

impl Pump {
    /// Reads until it is stopped. A failure is logged, and the feed is opened again at the position that is
    /// durable.
    async fn run(mut self) {
        let mut wait = BACK_OFF_FIRST;
        while !self.stop.is_cancelled() {
            // What a feed had in memory goes with it, so a panic is a failure like any other.
            let ended = AssertUnwindSafe(self.read_on(&mut wait)).catch_unwind().await;
            let error = match ended {
                Ok(Ok(Stopped)) => return,
                Ok(Err(error)) => error,
                Err(_) => FeedError::failed("it panicked"),
            };
            tracing::warn!(flow = self.plan.flow, trigger = self.trigger, %error, "feed failed");
            if self
                .stop
                .run_until_cancelled(self.parts.clock.sleep(wait))
                .await
                .is_none()
            {
                return;
            }
            wait = (wait * 2).min(BACK_OFF_MAX);
        }
    }

    /// Opens the feed and reads on and on; `back_off` starts anew when something went well.
    async fn read_on(&mut self, back_off: &mut Duration) -> Result<Stopped, FeedError> {
        let mut feed = open(&self.parts, &self.plan, &self.trigger, &self.source)?;
        let position = self.parts.store.cursor(&self.plan.flow, &self.trigger).await;
        let mut position = position.map_err(|error| FeedError::failed(error.to_string()))?;
        loop {
            let now = self.parts.clock.now();
            let room = self
                .throttle
                .as_mut()
                .map_or(READ_MAX, |throttle| throttle.room(now));
            let mut wait = LOOK_EVERY;
            if room > 0 {
                let before = position.clone();
                let Some(more) = self.step(&mut *feed, &mut position, room).await? else {
                    return Ok(Stopped);
                };
                *back_off = BACK_OFF_FIRST;
                if more {
                    continue;
                }
                if position == before {
                    let took = self.parts.clock.now().saturating_sub(now);
                    let quiet = Duration::from_millis(took.saturating_mul(QUIET_SHARE));
                    wait = quiet.clamp(LOOK_EVERY, QUIET_MAX);
                }
            }
            if self
                .stop
                .run_until_cancelled(self.parts.clock.sleep(wait))
                .await
                .is_none()
            {
                return Ok(Stopped);
            }
        }
    }

    /// Reads once and hands it in; waits while the rules are full. Whether reading again at once is worth it;
    /// nothing when it is stopped.
    async fn step(
        &mut self,
        feed: &mut dyn Feed,
        position: &mut Value,
        room: u64,
    ) -> Result<Option<bool>, FeedError> {
        let max = usize::try_from(room.min(READ_MAX)).expect("READ_MAX is small");
        let Some(reading) = self.stop.run_until_cancelled(feed.read(position, max)).await else {
            return Ok(None);
        };
        let reading = reading?;
        if reading.to == *position {
            return Ok(Some(reading.more));
        }
        let count = reading.items.len() as u64;
        let batch = FeedBatch {
            flow: self.plan.flow.clone(),
            trigger: self.trigger.clone(),
            from: position.clone(),
            to: reading.to.clone(),
            items: reading.items,
            refused: reading.refused,
        };
        loop {
            // Not given up when it is stopped: a batch that has been sent is answered before the feed ends.
            match self.handle.feed(batch.clone()).await {
                Ok(()) => break,
                Err(IntakeError::Busy(_)) => {
                    let pause = self.parts.clock.sleep(LOOK_EVERY);
                    if self.stop.run_until_cancelled(pause).await.is_none() {
                        return Ok(None);
                    }
                }
                Err(IntakeError::Closed) => return Ok(None),
                // Whatever it is, the feed is opened again at the durable position.
                Err(error) => return Err(FeedError::failed(error.to_string())),
            }
        }
        *position = reading.to;
        if let Some(throttle) = &mut self.throttle {
            throttle.took(count);
        }
        Ok(Some(reading.more))
    }
}

/// The plan or the daemon has ended.
struct Stopped;

#[cfg(test)]
mod tests;
