//! Plays one test: a daemon in virtual time, what is outside of it, and at most one fault.

mod end;
mod outside;

use super::Theatre;
use super::fault::{Fault, Kind};
use super::mocks::Mocks;
use super::play::Played;
use crate::sim::{Dice, Disk, End, Life, Place, VirtualClock};
use crate::store::Change;
use crate::worker::{Accepted, Answer, IntakeError, Message, News, Order, Word};
use flow_engine::Millis;
use flow_lang::plan::Plan;
use flowc::cases::{Case, Said};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{broadcast, oneshot};

/// A daemon that has died is started again after this.
const DEAD_MS: Millis = 1_000;
/// A run that is open after this long has no end: the longest that a flow may ask for is a year.
const END_MS: Millis = 400 * 24 * 3_600_000;
/// Times that a daemon may die: each test has one fault.
const DEATHS_MAX: u32 = 8;

/// One test that is played.
pub(super) struct Stage {
    plan: Arc<Plan>,
    place: Place,
    life: Option<Life>,
    mocks: Mocks,
    fault: Option<Fault>,
    /// The fault has happened.
    is_over: bool,
    deaths: u32,
    coming: BTreeMap<(Millis, u64), Coming>,
    entered: u64,
    /// When jobs end, by run, step and generation: they go on without a daemon.
    jobs: BTreeMap<(String, String, u32), Millis>,
    /// The rule of each run.
    rules: BTreeMap<String, String>,
    /// Waits that somebody has answered.
    approved: BTreeSet<(String, String)>,
    /// How many commits there were when runs were last found open.
    open_at: Option<u64>,
    /// Words that are said next.
    yes: Vec<(String, String, Word)>,
    news: broadcast::Receiver<News>,
    played: Played,
}

/// What comes back to the daemon.
struct Coming {
    order: Order,
    answer: Answer,
    /// It has come before.
    again: bool,
}

impl Stage {
    pub(super) fn new(theatre: &Theatre, database: PathBuf, case: &Case, fault: Option<Fault>) -> Stage {
        let disk = Arc::new(Disk::default());
        if let Some((side, commit)) = fault.as_ref().and_then(|fault| fault.commit) {
            disk.crash(side, commit.saturating_sub(1));
        }
        Stage {
            plan: Arc::clone(&theatre.plan),
            place: Place {
                database,
                clock: Arc::new(VirtualClock::new(Dice::new(0))),
                disk,
                seal: Arc::clone(&theatre.seal),
                newsroom: theatre.newsroom.clone(),
            },
            life: None,
            mocks: Mocks::new(case),
            fault,
            is_over: false,
            deaths: 0,
            coming: BTreeMap::new(),
            entered: 0,
            jobs: BTreeMap::new(),
            rules: BTreeMap::new(),
            approved: BTreeSet::new(),
            open_at: None,
            yes: Vec::new(),
            news: theatre.newsroom.listen(),
            played: Played::default(),
        }
    }

    /// Plays it to its end.
    pub(super) async fn play(mut self, case: &Case) -> Played {
        self.begin().await;
        self.prologue(case).await;
        let mut fired = 0;
        for line in &case.lines {
            if let Said::Fire { trigger, payload } = &line.said {
                fired += 1;
                self.fire(trigger, payload.clone(), fired).await;
                self.quiet().await;
            }
        }
        self.end().await
    }

    /// What is there before: the rows, then the flow, so that no rule hears of them.
    async fn prologue(&mut self, case: &Case) {
        for line in &case.lines {
            if let Said::GivenRows { dataset, rows } = &line.said {
                let mut row = |number: u64| Change::Row {
                    flow: self.plan.flow.clone(),
                    dataset: dataset.clone(),
                    key: format!("given/{number}"),
                    row: self.mocks.row(&self.plan, dataset),
                    at: crate::clock::Clock::now(&*self.place.clock),
                };
                let changes: Vec<Change> = (0..*rows).map(&mut row).collect();
                let flow = self.plan.flow.clone();
                self.ask(|reply| Message::Served {
                    flow: flow.clone(),
                    changes: changes.clone(),
                    reply: Some(reply),
                })
                .await;
            }
        }
        let plan = Box::new((*self.plan).clone());
        let deployed = self.ask(|reply| Message::Deploy(plan.clone(), reply)).await;
        if let Some(Err(error)) = deployed {
            self.played
                .broken
                .push(format!("the flow cannot be deployed: {error}"));
        }
        self.quiet().await;
    }

    async fn fire(&mut self, trigger: &str, payload: Option<Value>, number: u32) {
        let payload = payload.unwrap_or_else(|| self.mocks.event(&self.plan, trigger, &self.place.clock));
        let (flow, source) = (self.plan.flow.clone(), format!("trigger/{trigger}"));
        let accepted: Option<Result<Accepted, IntakeError>> = self
            .ask(|reply| Message::Intake {
                flow: flow.clone(),
                source: source.clone(),
                key: Some(format!("fire-{number}")),
                payload: payload.clone(),
                reply,
            })
            .await;
        if let Some(Err(error)) = accepted {
            self.played
                .broken
                .push(format!("`{trigger}` was not taken in: {error}"));
        }
    }

    /// Asks until there is an answer: who asks a daemon that dies asks the next one.
    async fn ask<T>(&mut self, message: impl Fn(oneshot::Sender<T>) -> Message) -> Option<T> {
        loop {
            let (reply, mut answer) = oneshot::channel();
            let life = self.life.as_ref()?;
            life.handle.tell(message(reply)).await;
            self.settle().await;
            if let Ok(answer) = answer.try_recv() {
                return Some(answer);
            }
        }
    }

    async fn begin(&mut self) {
        loop {
            match Life::begin(&self.place).await {
                Ok(life) => {
                    self.life = Some(life);
                    return self.hear().await;
                }
                Err(end) if !self.died(&end) => return,
                Err(_) => {}
            }
        }
    }

    /// Lets the daemon do what it was told; starts another one if that is its end.
    async fn settle(&mut self) {
        let Some(life) = &mut self.life else { return };
        let settled = life.settle().await;
        self.after(settled).await;
    }

    async fn after(&mut self, settled: Result<(), End>) {
        match settled {
            Ok(()) => self.hear().await,
            Err(end) => {
                if let Some(life) = self.life.take() {
                    life.bury().await;
                }
                self.tell_news();
                if self.died(&end) {
                    Box::pin(self.begin()).await;
                }
            }
        }
    }

    /// Whether another one shall begin.
    fn died(&mut self, end: &End) -> bool {
        self.deaths += 1;
        self.coming.clear();
        self.approved.clear();
        self.yes.clear();
        let planned = matches!(end, End::Crash) && self.deaths < DEATHS_MAX;
        if !planned {
            self.played.broken.push(end.to_string());
        }
        self.is_over = true;
        self.place.clock.pass(self.place.clock.elapsed() + DEAD_MS);
        planned
    }

    async fn hear(&mut self) {
        self.tell_news();
        self.take_orders().await;
        self.approve();
    }

    fn tell_news(&mut self) {
        let commit = self.place.disk.commits();
        while let Ok(news) = self.news.try_recv() {
            self.note(news, commit);
        }
    }

    /// Lets time pass until nothing more happens by itself.
    async fn quiet(&mut self) {
        while self.life.is_some() && !self.is_quiet().await {
            while let Some((run, step, word)) = self.yes.pop() {
                self.ask(|reply| Message::Approve {
                    run: run.clone(),
                    step: step.clone(),
                    word: word.clone(),
                    reply,
                })
                .await;
            }
            let now = self.place.clock.elapsed();
            let coming = self.coming.first_key_value().map(|((at, _), _)| *at);
            let next = [coming, self.place.clock.wakes_at()].into_iter().flatten().min();
            let next = next.unwrap_or(now);
            if next > END_MS {
                return;
            }
            if let Some(life) = &mut self.life {
                let passed = life.pass(next).await;
                self.place.clock.pass(next);
                self.after(passed).await;
            }
            while let Some(entry) = self.coming.first_entry()
                && entry.key().0 <= next
            {
                let coming = entry.remove();
                self.come(coming).await;
            }
        }
    }

    /// Something comes back to the daemon.
    async fn come(&mut self, coming: Coming) {
        let Coming { order, answer, again } = coming;
        let doubled = !again && self.is_hit(&order, Kind::Duplicate);
        if doubled {
            self.is_over = true;
            let (order, answer) = (order.clone(), answer.clone());
            self.enter(
                1,
                Coming {
                    order,
                    answer,
                    again: true,
                },
            );
        }
        let Some(life) = &self.life else { return };
        let (flow, run, token) = (order.plan.flow.clone(), order.run, order.token);
        let answer = Message::Answer {
            flow,
            run,
            token,
            answer,
        };
        life.handle.tell(answer).await;
        self.settle().await;
    }

    fn enter(&mut self, after: Millis, coming: Coming) {
        self.entered += 1;
        self.coming
            .insert((self.place.clock.elapsed() + after, self.entered), coming);
    }
}
