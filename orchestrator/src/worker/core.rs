//! The loop: take what has come in, move, commit, then acknowledge and carry out.

use super::batch::{Batch, Order, Reply};
use super::handout::Handout;
use super::mailbox::Mailbox;
use super::message::{IntakeError, Message};
use super::news::Newsroom;
use super::state::{Memory, Served};
use super::timeline::Timeline;
use crate::clock::Clock;
use crate::sandbox::Confinement;
use crate::seal::Seal;
use crate::store::{Change, Store, StoreError};
use flow_engine::mutants::{Bug, planted};
use flow_engine::{Event, Millis, State, Status};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// How often rows and requests that have outlived their time are removed.
const EXPIRY_EVERY_MS: Millis = 3_600_000;
/// Without anything to do, the loop looks at the clock this often.
const IDLE_MS: Millis = 60_000;

/// Why the daemon cannot go on. What was committed is safe; start it again.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// The database refused. Nothing of the group was acknowledged.
    #[error("the database refused a commit")]
    Store(#[from] StoreError),
    /// A part of the daemon has ended before its time; its log line says which.
    #[error("a part of the daemon has ended before its time")]
    Room,
}

/// The owner of all runs.
pub struct Core {
    pub(super) store: Arc<Store>,
    pub(super) clock: Arc<dyn Clock>,
    /// What runs go by.
    pub(super) timeline: Timeline,
    pub(super) memory: Memory,
    pub(super) seal: Arc<Seal>,
    mailbox: Mailbox,
    pub(super) handout: Handout,
    served: watch::Sender<Arc<Served>>,
    newsroom: Newsroom,
    pub(super) confinement: Confinement,
    expire_at: Millis,
    /// Requests may be there that no route of now has made.
    forgets: bool,
}

impl Core {
    /// Loads what is durable. What is private is sealed with `seal` before it is kept; what `confinement` does not do
    /// is noted at each run that has functions. Orders go to `orders` in the order of their commits; what routes are answered
    /// with is in `served`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load(
        store: Arc<Store>,
        clock: Arc<dyn Clock>,
        seal: Arc<Seal>,
        mailbox: Mailbox,
        orders: mpsc::Sender<Order>,
        newsroom: Newsroom,
        confinement: Confinement,
    ) -> Result<(Core, watch::Receiver<Arc<Served>>), CoreError> {
        let memory = Memory::from_loaded(store.load().await?);
        let (served, watcher) = watch::channel(Arc::new(memory.served()));
        let expire_at = clock.now();
        Ok((
            Core {
                store,
                timeline: Timeline::new(Arc::clone(&clock)),
                clock,
                seal,
                memory,
                mailbox,
                handout: Handout::new(orders),
                served,
                newsroom,
                confinement,
                expire_at,
                forgets: true,
            },
            watcher,
        ))
    }

    /// Takes over what an earlier daemon left open, then works until it is closed.
    ///
    /// # Errors
    /// When a commit fails; the caller stops the process, since memory is ahead of the database then.
    pub async fn run(mut self) -> Result<(), CoreError> {
        let mut batch = Batch::default();
        // In one order each time, so that the same past has the same future.
        let runs = self.memory.runs.iter();
        let open: BTreeMap<String, bool> = runs
            .map(|(id, open)| (id.clone(), open.run.status == Status::Pending))
            .collect();
        for (run, waited) in open {
            let begun = self
                .memory
                .runs
                .get(&run)
                .map(|open| open.run.status != Status::Pending);
            // It has started meanwhile, because another one ended: what it has handed over is not handed over again.
            if waited && begun == Some(true) {
                continue;
            }
            self.advance(&mut batch, run, Event::Restarted);
        }
        self.start_waiting(&mut batch);
        self.commit(batch).await?;
        loop {
            let mut batch = Batch::default();
            let wait =
                Duration::from_millis(self.next_wake().saturating_sub(self.timeline.now()).min(IDLE_MS));
            let clock = Arc::clone(&self.clock);
            let first = tokio::select! {
                message = self.mailbox.recv() => Some(message),
                () = clock.sleep(wait) => None,
            };
            if first.as_ref().is_some_and(Option::is_none) {
                return Ok(());
            }
            self.look_at_the_clock(&mut batch);
            let mut next = first.flatten();
            let mut closing = None;
            while let Some(message) = next {
                closing = self.take(&mut batch, message).await;
                let more = closing.is_none() && !batch.is_full();
                next = if more { self.mailbox.try_recv() } else { None };
            }
            self.wake(&mut batch);
            self.commit(batch).await?;
            if let Some(reply) = closing {
                Reply::Done(reply).pay();
                return Ok(());
            }
        }
    }

    /// Takes one message into the group. What comes back is owed to somebody who wants no further group.
    async fn take(&mut self, batch: &mut Batch, message: Message) -> Option<oneshot::Sender<()>> {
        batch.messages += 1;
        match message {
            Message::Intake {
                flow,
                source,
                key,
                payload,
                reply,
            } => {
                let outcome = self.intake(batch, &flow, &source, key, payload).await;
                batch.replies.push(Reply::Fired(reply, outcome));
            }
            Message::Feed(read, reply) => {
                let outcome = self.feed(batch, read).await;
                batch.replies.push(Reply::Fed(reply, outcome));
            }
            Message::Prepared(done, reply) => {
                let outcome = self.prepared(batch, done);
                batch.replies.push(Reply::Fed(reply, outcome));
            }
            Message::Answer {
                run, token, answer, ..
            } => {
                self.handout.over(&run, token);
                self.answer(batch, run, token, answer);
            }
            Message::Deploy(plan, reply) => {
                let outcome = self.deploy(batch, Arc::new(*plan)).await;
                batch.replies.push(Reply::Deployed(reply, outcome));
            }
            Message::Served { changes, reply, .. } => {
                for change in changes {
                    match change {
                        row @ Change::Row { .. } => self.append(batch, row),
                        request => batch.changes.push(request),
                    }
                }
                batch.replies.extend(reply.map(Reply::Done));
            }
            Message::Cancel { run, why, reply } => {
                let found = self.memory.runs.contains_key(&run);
                self.advance(batch, run, Event::Cancel { why });
                batch.replies.push(Reply::Cancelled(reply, found));
            }
            Message::Approve {
                run,
                step,
                word,
                reply,
            } => {
                let outcome = self.approve(batch, run, &step, word);
                batch.replies.push(Reply::Approved(reply, outcome));
            }
            Message::Posted {
                run,
                step,
                body,
                reply,
            } => {
                let outcome = self.posted(batch, run, &step, body).await;
                batch.replies.push(Reply::Posted(reply, outcome));
            }
            Message::Resolve {
                run,
                step,
                verdict,
                reply,
            } => {
                let outcome = self.resolve(batch, run, &step, verdict);
                batch.replies.push(Reply::Resolved(reply, outcome));
            }
            Message::Letter {
                letter,
                remedy,
                reply,
            } => {
                let outcome = self.remedy(batch, letter, remedy).await;
                batch.replies.push(Reply::Settled(reply, outcome));
            }
            Message::Turn {
                flow,
                trigger,
                turn,
                reply,
            } => {
                let standing = self.turn(batch, flow, trigger, turn);
                batch.replies.push(Reply::Turned(reply, standing));
            }
            Message::Rest(reply) => self.handout.rest(reply),
            Message::Close(reply) => return Some(reply),
        }
        None
    }

    /// Commits a group and pays what it owes. Nobody hears of a change before it is durable.
    async fn commit(&mut self, mut batch: Batch) -> Result<(), CoreError> {
        self.commit_badly(&mut batch).await?;
        if !batch.changes.is_empty() {
            self.store.commit(batch.changes).await?;
        }
        if batch.served_changed {
            self.served.send_replace(Arc::new(self.memory.served()));
        }
        self.handout.take(batch.orders).await;
        self.mailbox.tell(self.handout.depths());
        batch.replies.into_iter().for_each(Reply::pay);
        batch.news.into_iter().for_each(|news| self.newsroom.tell(news));
        Ok(())
    }

    /// What must not happen at a commit, if it is planted.
    async fn commit_badly(&mut self, batch: &mut Batch) -> Result<(), CoreError> {
        if planted(Bug::AckBeforeCommit) {
            batch.replies.drain(..).for_each(Reply::pay);
        }
        if planted(Bug::OrderBeforeCommit) {
            self.handout.take(std::mem::take(&mut batch.orders)).await;
        }
        if planted(Bug::OrderedTwice) {
            batch.orders.extend(batch.orders.first().cloned());
        }
        if planted(Bug::CursorBeforeEvents) {
            let is_cursor = |change: &mut Change| matches!(change, Change::Cursor { .. });
            let cursors: Vec<_> = batch.changes.extract_if(.., is_cursor).collect();
            if !cursors.is_empty() {
                self.store.commit(cursors).await?;
            }
        }
        Ok(())
    }

    fn next_wake(&self) -> Millis {
        let run = self.memory.wakes.first().map(|(at, _)| *at);
        let lane = self.memory.lane_wakes.first().map(|(at, ..)| *at);
        let starting = (!self.memory.starting.is_empty()).then_some(0);
        [run, lane, starting, Some(self.expire_at)]
            .into_iter()
            .flatten()
            .min()
            .expect("expiry is always due some time")
    }

    /// Ticks every run and looks at every lane whose time has come.
    fn wake(&mut self, batch: &mut Batch) {
        let now = self.timeline.now();
        while let Some((at, run)) = self.memory.wakes.pop_first() {
            if at > now {
                self.memory.wakes.insert((at, run));
                break;
            }
            self.advance(batch, run, Event::Tick);
        }
        while let Some((at, flow, rule)) = self.memory.lane_wakes.pop_first() {
            if at > now {
                self.memory.lane_wakes.insert((at, flow, rule));
                break;
            }
            self.start_next(batch, &flow, &rule);
        }
        for (flow, rule) in std::mem::take(&mut self.memory.starting) {
            self.start_next(batch, &flow, &rule);
        }
        if self.expire_at <= now {
            self.expire_at = now + EXPIRY_EVERY_MS;
            self.expire(batch, self.clock.now());
        }
    }

    /// A clock that was set moves no sleep and no deadline, and the log and `/healthz` tell of it.
    fn look_at_the_clock(&mut self, batch: &mut Batch) {
        let Some(jump) = self.timeline.look() else { return };
        tracing::warn!(by_ms = jump.by_ms, "the wall clock was set");
        batch.changes.push(Change::Note {
            about: "clock".into(),
            text: format!(
                "clock.jump: the wall clock was set by {} ms; sleeps, back-offs and deadlines go on as they were",
                jump.by_ms
            ),
        });
        self.memory.jumps = (self.memory.jumps.0 + 1, Some(jump));
        batch.served_changed = true;
    }

    /// Removes rows that have outlived their dataset's retention, and requests that feedback cannot join any more.
    fn expire(&mut self, batch: &mut Batch, now: Millis) {
        for (flow, active) in &self.memory.flows {
            for (dataset, declared) in &active.plan.datasets {
                if let Some(retention) = declared.retention_ms {
                    batch.changes.push(Change::Expired {
                        flow: flow.clone(),
                        dataset: dataset.clone(),
                        before: now.saturating_sub(retention),
                    });
                }
            }
        }
        // Only routes make requests; those of a route that is gone go when the next daemon starts.
        let has_routes = self
            .memory
            .flows
            .values()
            .any(|active| !active.plan.infers.is_empty());
        if std::mem::take(&mut self.forgets) || has_routes {
            batch.changes.push(Change::Forgotten { before: now });
        }
    }

    /// Jobs that open runs wait for: run, step and try. Others that still go on belong to nobody.
    pub fn jobs(&self) -> Vec<(String, String, u32)> {
        let runs = self.memory.runs.iter();
        let parked = runs.flat_map(|(id, open)| {
            let graph = open.run.graph.find(&open.plan);
            graph.into_iter().flat_map(move |graph| {
                open.run.walked(graph).filter_map(|(at, _, state)| match state {
                    State::Parked { generation, .. } => {
                        Some((id.clone(), open.run.step_name(graph, at), *generation))
                    }
                    _ => None,
                })
            })
        });
        parked.collect()
    }

    pub(super) fn unknown(&self, what: &str) -> IntakeError {
        IntakeError::Unknown(format!("no {what} is deployed here"))
    }
}
