//! Keeps the feeds of all active plans going: throttled, with their positions, waiting when a rule is full.

use super::throttle::Throttle;
use super::{Feed, FeedError, Parts, open};
use crate::worker::{FeedBatch, Handle, IntakeError, Served};
use flow_lang::plan::{Plan, Source};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
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
    let mut going: BTreeMap<String, (Arc<Plan>, CancellationToken)> = BTreeMap::new();
    let tasks = TaskTracker::new();
    loop {
        let plans = served.borrow_and_update().plans.clone();
        for (flow, plan) in plans {
            if going.get(&flow).is_some_and(|(old, _)| Arc::ptr_eq(old, &plan)) {
                continue;
            }
            let own = stop.child_token();
            if let Some((_, old)) = going.insert(flow, (Arc::clone(&plan), own.clone())) {
                old.cancel();
            }
            for (trigger, declared) in &plan.triggers {
                let Some(source) = declared.source.clone() else {
                    continue;
                };
                let pump = Pump {
                    parts: Arc::clone(&parts),
                    handle: handle.clone(),
                    plan: Arc::clone(&plan),
                    trigger: trigger.clone(),
                    source,
                    throttle: declared.at_most.map(Throttle::new),
                };
                let own = own.clone();
                tasks.spawn(async move {
                    tokio::select! {
                        () = pump.run() => {}
                        () = own.cancelled() => {}
                    }
                });
            }
        }
        tokio::select! {
            changed = served.changed() => if changed.is_err() { return },
            () = stop.cancelled() => return,
        }
    }
}

/// One trigger's feed.
struct Pump {
    parts: Arc<Parts>,
    handle: Handle,
    plan: Arc<Plan>,
    trigger: String,
    source: Source,
    throttle: Option<Throttle>,
}

impl Pump {
    /// Reads for ever. A failure is logged and tried again from the position that is durable.
    async fn run(mut self) {
        let mut wait = BACK_OFF_FIRST;
        loop {
            match self.read_on().await {
                Ok(Closed) => return,
                Err(error) => {
                    tracing::warn!(flow = self.plan.flow, trigger = self.trigger, %error, "feed failed");
                    self.parts.clock.sleep(wait).await;
                    wait = (wait * 2).min(BACK_OFF_MAX);
                }
            }
        }
    }

    async fn read_on(&mut self) -> Result<Closed, FeedError> {
        let mut feed = open(&self.parts, &self.plan, &self.trigger, &self.source).await?;
        let position = self.parts.store.cursor(&self.plan.flow, &self.trigger).await;
        let mut position = position.map_err(|error| FeedError(error.to_string()))?;
        loop {
            let now = self.parts.clock.now();
            let room = self
                .throttle
                .as_mut()
                .map_or(READ_MAX, |throttle| throttle.room(now));
            let mut wait = LOOK_EVERY;
            if room > 0 {
                let before = position.clone();
                if !self.step(&mut *feed, &mut position, room).await? {
                    return Ok(Closed);
                }
                if position == before {
                    let took = self.parts.clock.now().saturating_sub(now);
                    let quiet = Duration::from_millis(took.saturating_mul(QUIET_SHARE));
                    wait = quiet.clamp(LOOK_EVERY, QUIET_MAX);
                }
            }
            self.parts.clock.sleep(wait).await;
        }
    }

    /// Reads once and hands it in; waits while the rules are full. False when the daemon is stopping.
    async fn step(
        &mut self,
        feed: &mut dyn Feed,
        position: &mut Value,
        room: u64,
    ) -> Result<bool, FeedError> {
        let max = usize::try_from(room.min(READ_MAX)).expect("READ_MAX is small");
        let reading = feed.read(position, max).await?;
        if reading.to == *position {
            return Ok(true);
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
            match self.handle.feed(batch.clone()).await {
                Ok(()) => break,
                Err(IntakeError::Busy(_)) => self.parts.clock.sleep(LOOK_EVERY).await,
                Err(IntakeError::Closed) => return Ok(false),
                Err(error) => return Err(FeedError(error.to_string())),
            }
        }
        *position = reading.to;
        if let Some(throttle) = &mut self.throttle {
            throttle.took(count);
        }
        Ok(true)
    }
}

/// The daemon is stopping.
struct Closed;
