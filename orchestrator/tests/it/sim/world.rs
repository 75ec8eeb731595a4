//! A world around a daemon, made of a seed: who sends to it, what it reads, what carries out its orders, and what goes
//! wrong.

use super::agenda::{Agenda, Fault, Happening};
use super::clients::Client;
use super::flows;
use super::platform::Platform;
use super::seen::Seen;
use super::sources::Source;
use flow_engine::{Millis, Token};
use flowd::seal::Seal;
use flowd::sim::{Dice, Disk, End, Life, Place, Side, VirtualClock};
use flowd::worker::{Message, News, Newsroom};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::broadcast;

pub(super) const FLOW: &str = "town";
/// Things go wrong until then.
const TROUBLE_MS: Millis = 10 * 60_000;
/// After this all runs have ended.
pub(super) const END_MS: Millis = 72 * 3_600_000;
/// How often people look.
const LOOK_MS: Millis = 60_000;
/// How long a daemon that has died stays dead, at most.
const DEAD_MS: Millis = 40_000;
/// What goes wrong in one life.
const FAULTS: (u64, u64) = (3, 6);

/// Dice for each part, so that one more throw in one does not change all others.
pub(super) struct AllDice {
    pub(super) calls: Dice,
    pub(super) people: Dice,
    pub(super) sources: Dice,
    pub(super) clients: Dice,
    pub(super) order: Dice,
}

pub(super) struct World {
    pub(super) seed: u64,
    pub(super) dice: AllDice,
    pub(super) seen: Seen,
    pub(super) agenda: Agenda,
    pub(super) place: Place,
    pub(super) life: Option<Life>,
    pub(super) platform: Platform,
    pub(super) clients: Vec<Client>,
    pub(super) sources: Vec<Source>,
    /// All runs that anybody has heard of.
    pub(super) runs: BTreeSet<String>,
    pub(super) news: broadcast::Receiver<News>,
    /// When runs of each rule started, as far as was told.
    pub(super) starts: BTreeMap<String, Vec<Millis>>,
    /// Neither the flow nor the clock on the wall was changed.
    pub(super) steady: bool,
    /// Runs that somebody has cancelled.
    pub(super) cancelled: BTreeSet<String>,
    /// What this daemon has ordered.
    pub(super) ordered: HashSet<(String, Token)>,
    pub(super) plan: u64,
    /// What the last group was made of.
    pub(super) group: &'static str,
    /// The clock on the wall was set, and the daemon has not looked at it since.
    pub(super) jumped: bool,
    pub(super) retries: u64,
    /// By then all runs have to have ended.
    pub(super) patience: Millis,
}

impl World {
    /// The world of a seed, around the empty database in `folder`.
    pub(super) fn new(seed: u64, folder: &Path, seal: Arc<Seal>, newsroom: Newsroom) -> World {
        let mut dice = Dice::new(seed);
        let clock = Arc::new(VirtualClock::new(dice.apart()));
        let all = AllDice {
            calls: dice.apart(),
            people: dice.apart(),
            sources: dice.apart(),
            clients: dice.apart(),
            order: dice.apart(),
        };
        let plan = dice.next();
        let mut world = World {
            seed,
            dice: all,
            seen: Seen::default(),
            agenda: Agenda::default(),
            place: Place {
                database: folder.join("flow.db"),
                clock,
                disk: Arc::new(Disk::default()),
                seal,
                newsroom: newsroom.clone(),
            },
            life: None,
            platform: Platform::default(),
            clients: Vec::new(),
            sources: Source::all(),
            runs: BTreeSet::new(),
            news: newsroom.listen(),
            starts: BTreeMap::new(),
            steady: true,
            cancelled: BTreeSet::new(),
            ordered: HashSet::new(),
            plan,
            group: "start",
            jumped: false,
            retries: 0,
            patience: END_MS,
        };
        world.agenda.enter(0, Happening::Start);
        world.agenda.enter(0, Happening::Deploy(plan));
        world.agenda.enter(LOOK_MS, Happening::Look);
        world.make_clients();
        world.make_sources();
        world.make_trouble(&mut dice);
        world
    }

    fn make_trouble(&mut self, dice: &mut Dice) {
        for _ in 0..dice.within(FAULTS.0, FAULTS.1) {
            let fault = match dice.below(10) {
                0 | 1 => Fault::Kill,
                2..=4 => Fault::Crash(Side::Before, dice.below(6)),
                5 | 6 => Fault::Crash(Side::After, dice.below(6)),
                7 => Fault::Jump(i64::try_from(dice.below(7_200_000)).expect("two hours are few")),
                8 => Fault::Jump(-i64::try_from(dice.below(3_600_000)).expect("an hour is short")),
                _ => Fault::Compact(dice.index(self.sources.len())),
            };
            self.agenda.enter(dice.below(TROUBLE_MS), Happening::Fault(fault));
        }
        if dice.chance(40) {
            self.agenda
                .enter(dice.below(TROUBLE_MS), Happening::Deploy(dice.next()));
        }
        if dice.chance(30) {
            self.agenda.enter(dice.below(TROUBLE_MS), Happening::Cancel);
        }
        if dice.chance(30) {
            let source = dice.index(self.sources.len());
            self.agenda.enter(dice.below(TROUBLE_MS), Happening::Turn(source));
        }
    }

    pub(super) fn now(&self) -> Millis {
        self.place.clock.elapsed()
    }

    /// Whether things still go wrong.
    pub(super) fn faulty(&self) -> bool {
        self.now() < TROUBLE_MS
    }

    /// Lives until all runs have ended, and holds the daemon to its promises meanwhile.
    pub(super) async fn live(&mut self) {
        while !self.is_over().await {
            let timer = self.life.as_ref().and_then(|_| self.place.clock.wakes_at());
            let next = [self.agenda.next(), timer].into_iter().flatten().min();
            let next = next.expect("people always look again");
            self.hold(next < self.patience, "I23", || "runs do not end".to_owned());
            if let Some(life) = &mut self.life {
                let commits = self.place.disk.commits();
                let passed = life.pass(next).await;
                if self.place.disk.commits() > commits {
                    self.group = "timer";
                }
                self.jumped &= passed.is_ok() && timer.is_none_or(|at| at > next);
                self.after(passed).await;
            }
            self.place.clock.pass(next);
            self.happen().await;
        }
    }

    /// What is due now happens, as one group if the daemon lives.
    async fn happen(&mut self) {
        let mut due = self.agenda.due(self.now());
        if self.dice.order.chance(30) {
            self.dice.order.shuffle(&mut due);
        }
        for what in due {
            match what {
                Happening::Start => self.start().await,
                Happening::Send(client) => self.send(client).await,
                Happening::Grow(source) => self.grow(source),
                Happening::Read(source) => self.read(source).await,
                Happening::Answer(call) => {
                    if let Some((run, token, answer)) = self.answer(call) {
                        let flow = FLOW.into();
                        self.tell(
                            "answer",
                            Message::Answer {
                                flow,
                                run,
                                token,
                                answer,
                            },
                        )
                        .await;
                    }
                }
                Happening::Again(call) => self.answer_again(call).await,
                Happening::Prepare(call) => self.prepare(call).await,
                Happening::Look => {
                    self.look().await;
                    self.agenda.enter(self.now() + LOOK_MS, Happening::Look);
                }
                Happening::Cancel => self.cancel().await,
                Happening::Deploy(plan) => self.deploy(plan).await,
                Happening::Turn(source) => self.turn(source).await,
                Happening::Fault(fault) => self.fault(fault).await,
            }
        }
        self.settle().await;
    }

    async fn start(&mut self) {
        self.group = "start";
        match Life::begin(&self.place).await {
            Ok(life) => {
                self.life = Some(life);
                self.take_orders();
                self.begin_reading();
            }
            Err(end) => self.died(&end),
        }
    }

    async fn deploy(&mut self, plan: u64) {
        if self.life.is_none() {
            self.agenda.enter(self.now() + LOOK_MS, Happening::Deploy(plan));
            return;
        }
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.steady &= plan == self.plan;
        let deployed = Box::new((*flows::plan(plan)).clone());
        self.tell("deploy", Message::Deploy(deployed, reply)).await;
        self.settle().await;
        match answer.await {
            Ok(done) => {
                done.unwrap_or_else(|error| self.fail("P1", &format!("a deploy was refused: {error}")));
                self.seen.note(if plan == self.plan {
                    "a deploy"
                } else {
                    "another flow in its place"
                });
            }
            // It was lost with the daemon: who deploys does it again.
            Err(_) => self.agenda.enter(self.now() + LOOK_MS, Happening::Deploy(plan)),
        }
    }

    async fn fault(&mut self, fault: Fault) {
        match fault {
            Fault::Kill => {
                self.settle().await;
                if let Some(life) = self.life.take() {
                    life.kill().await;
                    self.seen.note("fault: killed between commits");
                    self.died(&End::Crash);
                }
            }
            Fault::Crash(side, skip) => self.place.disk.crash(side, skip),
            Fault::Jump(by) => {
                self.place.clock.jump(by);
                self.jumped = true;
                self.steady = false;
                self.seen.note(if by < 0 {
                    "fault: the clock went back"
                } else {
                    "fault: the clock went on"
                });
            }
            Fault::Compact(source) => self.compact(source),
        }
    }

    /// Hands a message to the daemon. It is dropped when there is none: who sent it sees that.
    pub(super) async fn tell(&mut self, kind: &'static str, message: Message) {
        self.group = kind;
        if let Some(life) = &self.life {
            life.handle.tell(message).await;
        }
    }

    /// Lets the daemon do what it was told.
    pub(super) async fn settle(&mut self) {
        if let Some(life) = &mut self.life {
            let settled = life.settle().await;
            self.after(settled).await;
        }
    }

    async fn after(&mut self, settled: Result<(), End>) {
        match settled {
            Ok(()) => {
                self.take_orders();
                self.hear_replies();
            }
            Err(end) => {
                // What was handed over before it died is carried out, whatever is durable.
                self.take_orders();
                let life = self.life.take().expect("it has just ended");
                life.bury().await;
                self.hear_replies();
                self.died(&end);
            }
        }
    }

    fn died(&mut self, end: &End) {
        match end {
            End::Crash => self.seen.note(format!("a crash at: {}", self.group)),
            End::Closed | End::GaveUp(_) | End::Store(_) | End::Panic(_) => self.fail("P1", &end.to_string()),
        }
        self.ordered.clear();
        self.platform.calls.retain(|_, call| call.answered);
        self.agenda.daemon_died();
        self.stop_reading();
        let dead = 1 + self.dice.order.below(DEAD_MS);
        self.agenda.enter(self.now() + dead, Happening::Start);
    }

    /// Holds the daemon to one of its promises.
    pub(super) fn hold(&self, holds: bool, promise: &str, why: impl FnOnce() -> String) {
        if !holds {
            self.fail(promise, &why());
        }
    }

    pub(super) fn fail(&self, promise: &str, why: &str) -> ! {
        panic!(
            "{promise} at {} ms, after {}: {why}\nseed {}; this one alone: FLOW_SEED={} cargo test -p flowd --test it sim\n{}",
            self.now(),
            self.group,
            self.seed,
            self.seed,
            flows::text(self.plan),
        )
    }
}
