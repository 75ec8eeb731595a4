//! Keeps the feeds of all active plans going: throttled, with their positions, waiting when a rule is full.

use super::throttle::Throttle;
use super::{Board, Feed, FeedError, GapPolicy, Parts, Start};
use crate::worker::{FeedBatch, Handle, IntakeError, Served, Turn};
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
/// The longest that a source may ask to be left alone.
const ASKED_MAX: Duration = Duration::from_secs(15 * 60);
/// Items of one reading.
const READ_MAX: u64 = 256;

/// Runs until `stop`; feeds start and end with the plans that declare them, and stand still when they are told to.
pub async fn run(
    parts: Arc<Parts>,
    board: Arc<Board>,
    handle: Handle,
    mut served: watch::Receiver<Arc<Served>>,
    stop: CancellationToken,
) {
    let all = stop.child_token();
    let mut going: BTreeMap<Place, Going> = BTreeMap::new();
    let tasks = TaskTracker::new();
    loop {
        let now = Arc::clone(&served.borrow_and_update());
        let wanted = wanted(&now);
        for (place, old) in &going {
            if wanted
                .get(place)
                .is_none_or(|(plan, _)| !Arc::ptr_eq(plan, &old.plan))
            {
                old.stop.cancel();
            }
        }
        for place in now.standings.keys() {
            board.stands(place);
        }
        for (place, (plan, source)) in wanted {
            if going.get(&place).is_some_and(|old| !old.stop.is_cancelled()) {
                continue;
            }
            let stop = all.child_token();
            let throttle = plan.triggers[&place.1].at_most.map(Throttle::new);
            let pump = Pump {
                parts: Arc::clone(&parts),
                board: Arc::clone(&board),
                handle: handle.clone(),
                served: served.clone(),
                plan: Arc::clone(&plan),
                place: place.clone(),
                source,
                throttle,
                stop: stop.clone(),
            };
            let before = going.remove(&place);
            let task = tasks.spawn(async move {
                // INVARIANT: a trigger has one feed at a time, and nothing of the one before is on its way
                // when the next asks how far it has read.
                if let Some(before) = before {
                    drop(before.task.await);
                }
                pump.run().await;
            });
            going.insert(place, Going { plan, stop, task });
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

/// The triggers that have a source and may read, each with its plan.
fn wanted(served: &Served) -> BTreeMap<Place, (Arc<Plan>, Source)> {
    let mut wanted = BTreeMap::new();
    for (flow, plan) in &served.plans {
        for (trigger, declared) in &plan.triggers {
            let place = (flow.clone(), trigger.clone());
            if let Some(source) = declared
                .source
                .clone()
                .filter(|_| !served.standings.contains_key(&place))
            {
                wanted.insert(place, (Arc::clone(plan), source));
            }
        }
    }
    wanted
}

/// A flow and one of its triggers.
type Place = (String, String);

/// A feed that was started. It stays here when its plan has gone, so that its successor can wait for its end.
struct Going {
    plan: Arc<Plan>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// One trigger's feed.
struct Pump {
    parts: Arc<Parts>,
    board: Arc<Board>,
    handle: Handle,
    served: watch::Receiver<Arc<Served>>,
    plan: Arc<Plan>,
    place: Place,
    source: Source,
    throttle: Option<Throttle>,
    stop: CancellationToken,
}

impl Pump {
    /// Reads until it is stopped. A failure is logged, and the feed is opened again at the position that is
    /// durable.
    async fn run(mut self) {
        let mut back_off = BACK_OFF_FIRST;
        while !self.stop.is_cancelled() {
            // What a feed had in memory goes with it, so a panic is a failure like any other.
            let ended = AssertUnwindSafe(self.read_on(&mut back_off)).catch_unwind().await;
            let error = match ended {
                Ok(Ok(Stopped)) => return,
                Ok(Err(error)) => error,
                Err(_) => FeedError::failed("it panicked"),
            };
            let (why, asked) = match error {
                FeedError::Failed { why, wait } => (why, wait),
                FeedError::Gap(why) => match self.bridge(&why).await {
                    Ok(Bridge::Decided) => continue,
                    Ok(Bridge::Closed) => return,
                    // The next gap waits for its turn: a source that loses its place again and again is no
                    // reason to ask it without a pause.
                    Ok(Bridge::Crossed) => (why, None),
                    Err(error) => (error.to_string(), None),
                },
            };
            let (flow, trigger) = &self.place;
            tracing::warn!(flow, trigger, error = why, "feed failed");
            self.board.failed(&self.place, self.parts.clock.now(), why);
            let wait = asked.map_or(back_off, |asked| asked.min(ASKED_MAX));
            if self.rest(wait).await.is_none() {
                return;
            }
            if asked.is_none() {
                back_off = (back_off * 2).min(BACK_OFF_MAX);
            }
        }
    }

    /// The source cannot go on from the durable position: what the feed's policy says is done, durably, and the
    /// log tells of it.
    async fn bridge(&mut self, why: &str) -> Result<Bridge, FeedError> {
        let (flow, trigger) = self.place.clone();
        let from = self.durable().await?;
        let mut feed = self.parts.open(&self.plan, &trigger, &self.source)?;
        let policy = feed.on_gap();
        let (start, told) = match policy {
            GapPolicy::Halt => {
                let why = why.to_owned();
                let turn = Turn::Halt { from, why };
                return match self.handle.turn(&flow, &trigger, turn).await {
                    Ok(_) => {
                        self.board.stands(&self.place);
                        self.stand_still().await;
                        Ok(Bridge::Decided)
                    }
                    Err(IntakeError::Closed) => Ok(Bridge::Closed),
                    Err(error) => Err(FeedError::failed(error.to_string())),
                };
            }
            GapPolicy::Rescan => (Start::Beginning, "everything is read again"),
            GapPolicy::ResumeFromNow => (Start::Now, "what came since then is passed over"),
        };
        let to = feed.position(start).await?;
        let why = format!("the source cannot go on from its position, {told}: {why}");
        match self
            .handle
            .turn(&flow, &trigger, Turn::Skip { from, to, why })
            .await
        {
            Ok(_) => Ok(Bridge::Crossed),
            Err(IntakeError::Closed) => Ok(Bridge::Closed),
            Err(error) => Err(FeedError::failed(error.to_string())),
        }
    }

    /// Returns when it may read again, or is stopped: it has no more than this to tell it so when both changes
    /// are heard of at once.
    async fn stand_still(&mut self) {
        let (served, place) = (&mut self.served, &self.place);
        let may_read = served.wait_for(|served| !served.standings.contains_key(place));
        drop(self.stop.run_until_cancelled(may_read).await);
    }

    /// The position that is durable.
    async fn durable(&self) -> Result<Value, FeedError> {
        let position = self.parts.store.cursor(&self.place.0, &self.place.1).await;
        position.map_err(|error| FeedError::failed(error.to_string()))
    }

    /// Opens the feed and reads on and on; `back_off` starts anew when something went well.
    async fn read_on(&mut self, back_off: &mut Duration) -> Result<Stopped, FeedError> {
        let mut feed = self.parts.open(&self.plan, &self.place.1, &self.source)?;
        let mut position = self.durable().await?;
        loop {
            let now = self.parts.clock.now();
            let room = self
                .throttle
                .as_mut()
                .map_or(READ_MAX, |throttle| throttle.room(now));
            let mut wait = Some(LOOK_EVERY);
            if room > 0 {
                let before = position.clone();
                let Some(more) = self.step(&mut *feed, &mut position, room).await? else {
                    return Ok(Stopped);
                };
                *back_off = BACK_OFF_FIRST;
                if more {
                    wait = None;
                } else if position == before {
                    let took = self.parts.clock.now().saturating_sub(now);
                    let quiet = Duration::from_millis(took.saturating_mul(QUIET_SHARE));
                    wait = Some(quiet.clamp(LOOK_EVERY, QUIET_MAX));
                }
            }
            let rested = match wait {
                Some(wait) => self.rest(wait).await,
                // A feed that says that there is more and is wrong leaves others their turn.
                None => self.stop.run_until_cancelled(tokio::task::yield_now()).await,
            };
            if rested.is_none() {
                return Ok(Stopped);
            }
        }
    }

    /// Nothing when it is stopped meanwhile.
    async fn rest(&self, wait: Duration) -> Option<()> {
        self.stop.run_until_cancelled(self.parts.clock.sleep(wait)).await
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
        let (read_at, count) = (self.parts.clock.now(), reading.items.len() as u64);
        self.board.read(&self.place, read_at, count, reading.behind);
        if reading.to == *position {
            return Ok(Some(reading.more));
        }
        let batch = FeedBatch {
            flow: self.place.0.clone(),
            trigger: self.place.1.clone(),
            from: std::mem::take(position),
            to: reading.to.clone(),
            items: reading.items,
            refused: reading.refused,
        };
        loop {
            // Not given up when it is stopped: a batch that has been sent is answered before the feed ends.
            match self.handle.feed(batch.clone()).await {
                Ok(()) => break,
                Err(IntakeError::Busy(_)) => {
                    if self.rest(LOOK_EVERY).await.is_none() {
                        return Ok(None);
                    }
                }
                Err(IntakeError::Closed) => return Ok(None),
                // Whatever it is, the feed is opened again at the durable position.
                Err(error) => return Err(FeedError::failed(error.to_string())),
            }
        }
        *position = reading.to;
        self.board
            .taken(&self.place, read_at, self.parts.clock.now(), count);
        if let Some(throttle) = &mut self.throttle {
            throttle.took(count);
        }
        Ok(Some(reading.more))
    }
}

/// What came of a gap.
enum Bridge {
    /// A person has decided where it goes on, or it is stopped.
    Decided,
    /// The daemon ends.
    Closed,
    /// It goes on elsewhere.
    Crossed,
}

/// The plan or the daemon has ended.
struct Stopped;

#[cfg(test)]
mod tests;
