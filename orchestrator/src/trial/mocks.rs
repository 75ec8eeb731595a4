//! What is outside of what is played: it answers what the test says, else something that fits.

use crate::clock::{Clock, rfc3339};
use crate::sim::{Dice, VirtualClock, digest, sample};
use crate::worker::{Answer, Order};
use flow_engine::{Effect, ErrorKind, Millis, StepError};
use flow_lang::plan::{DatasetRef, Plan, Source};
use flowc::cases::{Case, Said};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How long a call takes when nobody says how long.
const TOOK_MS: Millis = 100;
/// How long a job takes.
const JOB_MS: Millis = 60_000;

/// What a test says of what is outside.
#[derive(Debug)]
pub(super) struct Mocks {
    returns: BTreeMap<String, Value>,
    fails: BTreeMap<String, ErrorKind>,
    dice: Dice,
}

impl Mocks {
    pub(super) fn new(case: &Case) -> Mocks {
        let mut mocks = Mocks {
            returns: BTreeMap::new(),
            fails: BTreeMap::new(),
            dice: Dice::new(1),
        };
        for line in &case.lines {
            match &line.said {
                Said::GivenReturns { of, value } => drop(mocks.returns.insert(of.clone(), value.clone())),
                Said::GivenFails { of, kind } => drop(mocks.fails.insert(of.clone(), kind_of(kind))),
                Said::GivenRows { .. }
                | Said::Fire { .. }
                | Said::ExpectCalled { .. }
                | Said::ExpectRows { .. }
                | Said::ExpectDeploy { .. }
                | Said::ExpectNoDeploy
                | Said::ExpectRun { .. } => {}
            }
        }
        mocks
    }

    /// What an order comes back with, and after how long.
    pub(super) fn answer(&mut self, order: &Order) -> (Millis, Answer) {
        let took = if order.is_job { JOB_MS } else { TOOK_MS };
        if let Some(kind) = called(&order.effect).and_then(|of| self.fails.get(of)) {
            return (took, Answer::Failed(StepError::new(*kind, "the test says so")));
        }
        (took, self.value(order))
    }

    fn value(&mut self, order: &Order) -> Answer {
        let plan = &order.plan;
        let given = called(&order.effect).and_then(|of| self.returns.get(of)).cloned();
        let mut made = |ty| sample(ty, &mut self.dice);
        let value = match &order.effect {
            Effect::Invoke { action, .. } => given.unwrap_or_else(|| {
                plan.actions
                    .get(action)
                    .map_or(json!({}), |action| made(&action.output))
            }),
            Effect::Predict { model, .. } => {
                given.unwrap_or_else(|| plan.asked(model).map_or(json!({}), |asked| made(asked.output)))
            }
            Effect::Act { package, action, .. } => {
                let declared = plan
                    .packages
                    .get(package)
                    .and_then(|package| package.actions.get(action));
                declared.map_or(json!({}), |action| made(&action.output))
            }
            Effect::Snapshot { dataset, .. } => self.snapshot(dataset),
            Effect::Split { dataset, .. } => {
                json!({ "train": self.snapshot(dataset), "test": self.snapshot(dataset) })
            }
            Effect::Launch { job, .. } => {
                let declared = plan.jobs.get(job);
                let trains = declared.is_some_and(|job| job.model_size.is_some());
                return Answer::Job {
                    model: trains.then(|| (digest(&mut self.dice), 1)),
                    reports: declared.map_or(json!({}), |job| sample(&job.reports, &mut self.dice)),
                };
            }
            Effect::Warm { model, candidate, .. } => {
                return Answer::Warm {
                    model: model.clone(),
                    candidate: candidate.clone(),
                };
            }
            Effect::Register { .. } => {
                return Answer::Registered {
                    digest: digest(&mut self.dice),
                    size: 1,
                };
            }
            Effect::Callback { .. } => json!({ "url": "https://callback.example" }),
            _ => json!({}),
        };
        Answer::Value(value)
    }

    fn snapshot(&mut self, dataset: &str) -> Value {
        json!(DatasetRef {
            digest: digest(&mut self.dice),
            name: dataset.to_owned(),
            rows: 1,
            size: 1,
        })
    }

    /// A row of a dataset that a test has before.
    pub(super) fn row(&mut self, plan: &Plan, dataset: &str) -> Value {
        let declared = plan.datasets.get(dataset);
        declared.map_or(Value::Null, |dataset| sample(&dataset.row, &mut self.dice))
    }

    /// The event of a trigger about which the test says nothing.
    pub(super) fn event(&mut self, plan: &Plan, trigger: &str, clock: &VirtualClock) -> Value {
        match plan.triggers.get(trigger) {
            None => json!({}),
            Some(declared) => match declared.source {
                Some(Source::Cron { .. }) => json!({ "at": rfc3339(clock.now()) }),
                Some(Source::Package { .. }) | None => sample(&declared.payload, &mut self.dice),
            },
        }
    }
}

/// The action, job or model that an order is for.
pub(super) fn called(effect: &Effect) -> Option<&str> {
    match effect {
        Effect::Invoke { action, .. } => Some(action),
        Effect::Launch { job, .. } => Some(job),
        Effect::Predict { model, .. } => Some(model),
        _ => None,
    }
}

fn kind_of(word: &str) -> ErrorKind {
    let kinds = [
        ErrorKind::Timeout,
        ErrorKind::Crash,
        ErrorKind::Limit,
        ErrorKind::Type,
        ErrorKind::Refused,
        ErrorKind::RolledBack,
    ];
    let kind = kinds.into_iter().find(|kind| kind.word() == word);
    kind.expect("the compiler has looked at the kinds of tests")
}
