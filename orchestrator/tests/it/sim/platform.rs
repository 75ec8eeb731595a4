//! Where code runs: what it has done is in its own journal, whatever the daemon knows of it.

use super::agenda::Happening;
use super::world::World;
use flow_engine::{Effect, ErrorKind, Millis, StepError, Token};
use flow_lang::plan::{DatasetRef, Effects};
use flowd::jobs::JobName;
use flowd::sim::{Dice, digest, sample};
use flowd::worker::{Answer, Order};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Jobs and functions take so long, at most; a slow one ten times that.
const QUICK_MS: Millis = 3_000;
const SLOW_MS: Millis = 120_000;

/// All that was ordered.
#[derive(Debug, Default)]
pub(super) struct Platform {
    pub(super) calls: BTreeMap<u64, Call>,
    next: u64,
    pub(super) jobs: BTreeMap<JobName, Job>,
    /// How often each `once` step was sent, and how often a person said that it may be sent again.
    pub(super) once: BTreeMap<(String, String), (u64, u64)>,
}

/// Something that is under way for the daemon, or was answered.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) order: Order,
    outcome: Result<Value, ErrorKind>,
    pub(super) answered: bool,
    /// The place of a prepare.
    pub(super) place: Option<String>,
}

/// A job of the backend.
#[derive(Clone, Debug)]
pub(super) struct Job {
    ends: Millis,
    outcome: Result<Value, ErrorKind>,
    model: (String, u64),
}

impl World {
    /// Takes up what the daemon has ordered.
    pub(super) fn take_orders(&mut self) {
        let orders = self.life.as_mut().map_or_else(Vec::new, |life| life.orders());
        for order in orders {
            self.runs.insert(order.run.clone());
            if !matches!(order.effect, Effect::Stop { .. }) {
                self.ordered_once(&order);
            }
            match &order.effect {
                Effect::Stop { .. } => self.stop(&order),
                Effect::Launch { .. } => self.launch(order),
                Effect::Prepare { rule, prepare, .. } => {
                    let place = format!("prepare/{rule}/{prepare}");
                    let call = self.call(order, Ok(json!({})), Some(place));
                    self.agenda.enter(self.now() + 1, Happening::Prepare(call));
                }
                _ => self.invoke(order),
            }
        }
    }

    fn call(&mut self, order: Order, outcome: Result<Value, ErrorKind>, place: Option<String>) -> u64 {
        self.platform.next += 1;
        let id = self.platform.next;
        self.platform.calls.insert(
            id,
            Call {
                order,
                outcome,
                answered: false,
                place,
            },
        );
        id
    }

    fn invoke(&mut self, order: Order) {
        self.as_often_as_declared(&order);
        let now = self.now();
        let faulty = self.faulty();
        let dice = &mut self.dice.calls;
        let value = value(&order, dice);
        let mut took = 1 + dice.below(QUICK_MS);
        let mut outcome = Ok(value);
        let mut again = None;
        if order.token.resend > 0 {
            self.seen.note("a second sending");
        }
        if order.token.attempt > 1 {
            self.seen.note("a second try");
        }
        if is_once(&order) {
            let sent = self
                .platform
                .once
                .entry((order.run.clone(), order.step.clone()))
                .or_default();
            sent.0 += 1;
        }
        if faulty && dice.chance(35) {
            match dice.below(7) {
                0 => outcome = Err(ErrorKind::Crash),
                1 => {
                    (outcome, took) = (Err(ErrorKind::Timeout), SLOW_MS);
                    self.seen.note("fault: a timeout");
                }
                2 => outcome = Err(ErrorKind::Refused),
                3 => {
                    again = Some(took + 1 + dice.below(SLOW_MS));
                    self.seen.note("fault: answered twice");
                }
                4 => {
                    took += dice.below(SLOW_MS);
                    self.seen.note("fault: slow");
                }
                5 => {
                    // The code has done it, and the answer gets lost on the way: what is told is a crash.
                    outcome = Err(ErrorKind::Crash);
                    self.seen.note("fault: done but reported as failed");
                }
                _ => {
                    outcome = Ok(json!({ "v": "no number" }));
                    self.seen.note("fault: an answer that does not fit");
                }
            }
        }
        let call = self.call(order, outcome, None);
        self.agenda.enter(now + took, Happening::Answer(call));
        if let Some(again) = again {
            self.agenda.enter(now + again, Happening::Again(call));
        }
    }

    fn launch(&mut self, order: Order) {
        let Effect::Launch { job, .. } = &order.effect else {
            return;
        };
        let (now, faulty) = (self.now(), self.faulty());
        let name = JobName::new("sim", &order.run, &order.step, order.token.attempt);
        let declared = &order.plan.jobs[job];
        self.one_generation_at_a_time(&order);
        let dice = &mut self.dice.calls;
        match self.platform.jobs.get(&name) {
            Some(_) => self.seen.note("a job adopted"),
            None => {
                let reports = sample(&declared.reports, dice);
                let outcome = match faulty && dice.chance(30) {
                    true => Err(dice.pick(&[ErrorKind::Crash, ErrorKind::Timeout, ErrorKind::Refused])),
                    false => Ok(reports),
                };
                let ends = now + 1 + dice.below(SLOW_MS);
                let job = Job {
                    ends,
                    outcome,
                    model: (digest(dice), 9),
                };
                self.platform.jobs.insert(name.clone(), job);
                if order.token.attempt > 1 {
                    self.seen.note("a second generation of a job");
                }
            }
        }
        let job = &self.platform.jobs[&name];
        let (ends, outcome) = (job.ends, job.outcome.clone());
        let call = self.call(order, outcome, None);
        self.agenda.enter(ends.max(now + 1), Happening::Answer(call));
    }

    /// I13: a job is launched anew when the one before has ended.
    fn one_generation_at_a_time(&self, order: &Order) {
        let Some(before) = order.token.attempt.checked_sub(1) else {
            return;
        };
        let name = JobName::new("sim", &order.run, &order.step, before);
        if let Some(job) = self.platform.jobs.get(&name) {
            let ended = job.ends <= self.now();
            self.hold(ended, "I13", || {
                format!("`{}` of {} has a generation too many", order.step, order.run)
            });
        }
    }

    /// I16: no more tries than the plan and people allow.
    fn as_often_as_declared(&self, order: &Order) {
        let Effect::Invoke { action, .. } = &order.effect else {
            return;
        };
        let place = (order.run.clone(), order.step.clone());
        let again = self.platform.once.get(&place).map_or(0, |(_, again)| *again);
        let most = u64::from(order.plan.actions[action].attempts) + again;
        self.hold(u64::from(order.token.attempt) <= most, "I16", || {
            format!("`{}` of {} has the try {:?}", order.step, order.run, order.token)
        });
    }

    /// I11, I12: one daemon orders one try of a step once. I15: and none of a run that was cancelled.
    fn ordered_once(&mut self, order: &Order) {
        let first = self.ordered.insert((order.run.clone(), order.token));
        let is_open = !self.cancelled.contains(&order.run);
        self.hold(is_open, "I15", || {
            format!(
                "`{}` of {} was ordered after it was cancelled",
                order.step, order.run
            )
        });
        self.hold(first, "I12", || {
            format!(
                "`{}` of {} was ordered twice: {:?}",
                order.step, order.run, order.token
            )
        });
    }

    /// Nobody waits for it any more. Some answer all the same.
    fn stop(&mut self, order: &Order) {
        let same = |call: &&mut Call| {
            call.order.run == order.run && call.order.token.step == order.token.step && !call.answered
        };
        let Some(call) = self.platform.calls.values_mut().filter(same).last() else {
            return;
        };
        if order.is_job {
            self.seen.note("a run ended while a job of it ran");
            let name = JobName::new("sim", &order.run, &order.step, call.order.token.attempt);
            if let Some(job) = self.platform.jobs.get_mut(&name) {
                job.outcome = Err(ErrorKind::Crash);
            }
        }
        if self.dice.calls.chance(50) {
            call.answered = true;
        }
    }

    /// The message with which a call comes back, the first time.
    pub(super) fn answer(&mut self, id: u64) -> Option<(String, Token, Answer)> {
        let call = self.platform.calls.get_mut(&id)?;
        if std::mem::replace(&mut call.answered, true) {
            return None;
        }
        Some(self.answer_of(id))
    }

    /// What a call came back with, or comes back with once more.
    pub(super) fn answer_of(&self, id: u64) -> (String, Token, Answer) {
        let call = &self.platform.calls[&id];
        let order = &call.order;
        let answer = match (&call.outcome, &order.effect) {
            (Err(kind), _) => Answer::Failed(StepError::new(*kind, "dice")),
            (Ok(reports), Effect::Launch { job, .. }) => {
                let name = JobName::new("sim", &order.run, &order.step, order.token.attempt);
                let made = &self.platform.jobs[&name].model;
                let trains = order.plan.jobs[job].model_size.is_some();
                Answer::Job {
                    model: trains.then(|| made.clone()),
                    reports: reports.clone(),
                }
            }
            (Ok(_), Effect::Warm { model, candidate, .. }) => Answer::Warm {
                model: model.clone(),
                candidate: candidate.clone(),
            },
            (Ok(value), _) => Answer::Value(value.clone()),
        };
        (order.run.clone(), order.token, answer)
    }
}

fn is_once(order: &Order) -> bool {
    let Effect::Invoke { action, .. } = &order.effect else {
        return false;
    };
    order.plan.actions[action].effects == Effects::Once
}

/// What it comes to when nothing goes wrong.
fn value(order: &Order, dice: &mut Dice) -> Value {
    let plan = &order.plan;
    match &order.effect {
        Effect::Invoke { action, .. } => sample(&plan.actions[action].output, dice),
        Effect::Act { package, action, .. } => sample(&plan.packages[package].actions[action].output, dice),
        Effect::Predict { model, .. } => {
            sample(plan.asked(model).expect("a plan knows its models").output, dice)
        }
        Effect::Snapshot { dataset, .. } => snapshot(dataset, dice),
        Effect::Split { dataset, .. } => {
            json!({ "train": snapshot(dataset, dice), "test": snapshot(dataset, dice) })
        }
        _ => Value::Null,
    }
}

fn snapshot(dataset: &str, dice: &mut Dice) -> Value {
    json!(DatasetRef {
        digest: digest(dice),
        name: dataset.to_owned(),
        rows: 1,
        size: 1
    })
}
