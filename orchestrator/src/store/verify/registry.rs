//! Versions and deployments: each version comes from one step that succeeded, and each deployment names the
//! one before it.

use super::plans::Plans;
use super::runs::{Runs, Seen};
use super::{Entry, VerifyReport};
use crate::store::Change;
use flow_engine::State;
use flow_lang::plan::{ModelRef, Op, Plan, Type};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

#[derive(Default)]
pub(super) struct Registry {
    /// By run and step: what it made.
    made: BTreeMap<(String, String), (u64, ModelRef)>,
    /// By flow, train and version: the digest.
    versions: HashMap<(String, String, u64), String>,
    /// By flow and model: the number of the last deployment.
    live: HashMap<(String, String), u64>,
    plans: HashMap<String, Arc<Plan>>,
}

impl Registry {
    pub(super) fn see(&mut self, entry: &Entry<'_>, runs: &Runs, plans: &Plans, report: &mut VerifyReport) {
        let seq = Some(entry.row.seq);
        if let Change::Run { plan: digest, .. } = entry.change
            && let Some(plan) = plans.get(digest)
        {
            self.plans
                .entry(digest.clone())
                .or_insert_with(|| Arc::clone(plan));
        }
        if let Change::Version {
            flow,
            model,
            run,
            step,
            ..
        } = entry.change
        {
            report.count("versions");
            let name = format!("version {} of `{}`", model.version, model.train);
            if runs.get(run).is_none() {
                report.add(
                    "I21",
                    seq,
                    format!("{name} comes from a run `{run}` that nobody made"),
                );
            }
            let key = (flow.clone(), model.train.clone(), model.version);
            if self.versions.insert(key, model.digest.clone()).is_some() {
                report.add("I21", seq, format!("{name} is there twice"));
            }
            let made = (entry.row.seq, model.clone());
            if self.made.insert((run.clone(), step.clone()), made).is_some() {
                report.add("I21", seq, format!("`{step}` of run `{run}` made two versions"));
            }
        }
        if let Change::Live {
            flow,
            name,
            number,
            model,
            ..
        } = entry.change
        {
            report.count("deployments");
            let last = self.live.entry((flow.clone(), name.clone())).or_default();
            if *number != *last + 1 {
                report.add(
                    "I20",
                    seq,
                    format!("deployment {number} of `{name}` follows {last}"),
                );
            }
            *last = *number;
            let key = (flow.clone(), model.train.clone(), model.version);
            if self.versions.get(&key) != Some(&model.digest) {
                let version = format!("version {} of `{}`", model.version, model.train);
                report.add(
                    "I20",
                    seq,
                    format!("`{name}` went live with {version}, which is not registered"),
                );
            }
        }
    }

    /// I21 in both directions, when the last state of every run is known.
    pub(super) fn end(&self, runs: &Runs, report: &mut VerifyReport) {
        let mut trained = HashSet::new();
        for (id, seen) in runs.iter() {
            let Some(plan) = self.plans.get(&seen.plan) else {
                continue;
            };
            for (step, model) in succeeded_trains(plan, seen) {
                let key = (id.clone(), step);
                if self.made.get(&key).map(|(_, made)| made) != Some(&model) {
                    let what = format!("`{}` of run `{id}` succeeded and its version is missing", key.1);
                    report.add("I21", None, what);
                }
                trained.insert(key);
            }
        }
        for ((run, step), (seq, _)) in &self.made {
            if !trained.contains(&(run.clone(), step.clone())) {
                let what = format!("a version comes from `{step}` of run `{run}`, which did not succeed");
                report.add("I21", Some(*seq), what);
            }
        }
    }
}

/// The train and register steps of a run that are done, with what they made.
fn succeeded_trains(plan: &Plan, seen: &Seen) -> Vec<(String, ModelRef)> {
    let Some(graph) = seen.run.graph.find(plan) else {
        return Vec::new();
    };
    let made = |state: &State| match state {
        State::Done { output } => serde_json::from_value::<ModelRef>(output.clone()).ok(),
        _ => None,
    };
    let trains = seen.run.walked(graph).filter(|(_, step, _)| match &step.op {
        Op::Launch { job, .. } => plan
            .jobs
            .get(job)
            .is_some_and(|job| matches!(job.output, Type::Model { .. })),
        Op::Register { .. } => true,
        _ => false,
    });
    trains
        .filter_map(|(at, _, state)| Some((seen.run.step_name(graph, at), made(state)?)))
        .collect()
}
