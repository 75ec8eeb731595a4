//! What the owner of the runs knows: everything that a transition may ask for, in memory.

use super::approve::Wait;
use crate::clock::Jump;
use crate::store::{Loaded, Standing};
use flow_engine::admit::Lane;
use flow_engine::{GraphRef, Millis, Run, Status};
use flow_lang::plan::{ModelRef, Plan};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// An open run.
#[derive(Clone, Debug)]
pub(super) struct OpenRun {
    pub(super) flow: String,
    pub(super) digest: String,
    pub(super) plan: Arc<Plan>,
    pub(super) event: String,
    pub(super) created: Millis,
    pub(super) run: Run,
    /// When it wants to be ticked: its one entry in [`Memory::wakes`].
    pub(super) wake: Option<Millis>,
}

/// The active plan of a flow.
#[derive(Clone, Debug)]
pub(super) struct Active {
    pub(super) digest: String,
    pub(super) plan: Arc<Plan>,
}

/// A version that is live.
#[derive(Clone, Debug)]
pub(super) struct LiveModel {
    pub(super) number: u64,
    pub(super) model: ModelRef,
}

/// What routes are answered with: the active plans and the live versions. Replaced whole, never changed.
#[derive(Clone, Debug, Default)]
pub struct Served {
    /// The active plans by flow.
    pub plans: BTreeMap<String, Arc<Plan>>,
    /// Feeds that do not read, by flow and trigger.
    pub standings: BTreeMap<(String, String), Standing>,
    /// The live versions by flow and model.
    pub live: BTreeMap<(String, String), ModelRef>,
    /// Open runs that wait for a person who says what became of a step.
    pub unresolved: BTreeSet<String>,
    /// Open runs that wait for approvals.
    pub held: BTreeMap<String, Vec<Wait>>,
    /// How often the wall clock was set while this daemon ran, and the last time.
    pub jumps: (u64, Option<Jump>),
}

/// Everything in memory.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The active plan of each flow.
    pub(super) flows: BTreeMap<String, Active>,
    /// Open runs by id.
    pub(super) runs: HashMap<String, OpenRun>,
    /// Open and waiting runs of each rule, by flow and rule.
    pub(super) lanes: HashMap<(String, String), Lane>,
    /// Rows since a rule last fired, by flow, rule and dataset.
    pub(super) growth: HashMap<(String, String, String), u64>,
    /// Rows of each dataset, by flow and dataset.
    pub(super) rows: HashMap<(String, String), u64>,
    /// Live versions by flow and model.
    pub(super) live: BTreeMap<(String, String), LiveModel>,
    /// The last version of each `train`, by flow and name.
    pub(super) versions: HashMap<(String, String), u64>,
    /// Positions of feeds by flow and trigger.
    pub(super) cursors: HashMap<(String, String), serde_json::Value>,
    /// Feeds that do not read, by flow and trigger.
    pub(super) standings: BTreeMap<(String, String), Standing>,
    /// Open letters about items, by flow and trigger.
    pub(super) letters: HashMap<(String, String), u64>,
    /// Open runs that wait for a person who says what became of a step.
    pub(super) unresolved: BTreeSet<String>,
    /// Open runs that wait for approvals.
    pub(super) held: BTreeMap<String, Vec<Wait>>,
    /// How often the wall clock was set while this daemon ran, and the last time.
    pub(super) jumps: (u64, Option<Jump>),
    /// When a run wants to be ticked.
    pub(super) wakes: BTreeSet<(Millis, String)>,
    /// When a lane may have a waiting run that can start, by flow and rule.
    pub(super) lane_wakes: BTreeSet<(Millis, String, String)>,
    /// Lanes with a run of an emitted event that has not begun, by flow and rule.
    pub(super) starting: BTreeSet<(String, String)>,
}

impl Memory {
    /// What was durable when the last daemon ended.
    pub(super) fn from_loaded(loaded: Loaded) -> Memory {
        let plans = loaded.plans;
        let plan = |digest: &str| Arc::clone(plans.get(digest).expect("the store loads every plan in use"));
        let mut memory = Memory {
            flows: loaded
                .active
                .into_iter()
                .map(|(flow, digest)| {
                    (
                        flow,
                        Active {
                            plan: plan(&digest),
                            digest,
                        },
                    )
                })
                .collect(),
            growth: loaded.growth.into_iter().collect(),
            rows: loaded.rows.into_iter().collect(),
            versions: loaded.versions.into_iter().collect(),
            cursors: loaded.cursors.into_iter().collect(),
            standings: loaded.standings,
            letters: loaded.letters.into_iter().collect(),
            ..Memory::default()
        };
        memory.live = loaded
            .live
            .into_iter()
            .map(|(key, live)| {
                (
                    key,
                    LiveModel {
                        number: live.number,
                        model: live.model,
                    },
                )
            })
            .collect();
        for (key, starts) in loaded.started {
            memory.lanes.entry(key).or_default().starts = starts.into();
        }
        for broken in loaded.broken {
            tracing::error!(run = broken.id, why = %broken.why, "an open run cannot be read and stays as it is");
        }
        for open in loaded.runs {
            if let GraphRef::Rule(rule) = &open.run.graph {
                let lane = memory.lanes.entry((open.flow.clone(), rule.clone())).or_default();
                match open.run.status {
                    Status::Pending => lane.waiting.push_back(open.id.clone()),
                    _ => lane.open.push(open.id.clone()),
                }
            }
            let run = OpenRun {
                plan: plan(&open.plan),
                flow: open.flow,
                digest: open.plan,
                event: open.event,
                created: open.created,
                run: open.run,
                wake: None,
            };
            memory.runs.insert(open.id, run);
        }
        memory
    }

    /// Sets when a run is ticked; only its last wish counts.
    pub(super) fn wake(&mut self, id: &str, open: &mut OpenRun, at: Option<Millis>) {
        if let Some(before) = open.wake.take() {
            self.wakes.remove(&(before, id.to_owned()));
        }
        if let Some(at) = at {
            self.wakes.insert((at, id.to_owned()));
        }
        open.wake = at;
    }

    /// What routes are answered with.
    pub(super) fn served(&self) -> Served {
        Served {
            plans: self
                .flows
                .iter()
                .map(|(flow, active)| (flow.clone(), Arc::clone(&active.plan)))
                .collect(),
            standings: self.standings.clone(),
            live: self
                .live
                .iter()
                .map(|(key, live)| (key.clone(), live.model.clone()))
                .collect(),
            unresolved: self.unresolved.clone(),
            held: self.held.clone(),
            jumps: self.jumps,
        }
    }
}

#[cfg(test)]
mod tests;
