//! What the owner of the runs knows: everything that a transition may ask for, in memory.

use crate::store::Loaded;
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
    /// The same plans as routes walk them: nothing is tried twice, since somebody waits for the answer.
    pub routes: BTreeMap<String, Arc<Plan>>,
    /// The live versions by flow and model.
    pub live: BTreeMap<(String, String), ModelRef>,
}

/// Everything in memory.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The active plan of each flow, with its digest.
    pub(super) flows: BTreeMap<String, (String, Arc<Plan>)>,
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
    /// When a run wants to be ticked.
    pub(super) wakes: BTreeSet<(Millis, String)>,
    /// When a lane may have a waiting run that can start, by flow and rule.
    pub(super) lane_wakes: BTreeSet<(Millis, String, String)>,
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
                    let active = plan(&digest);
                    (flow, (digest, active))
                })
                .collect(),
            growth: loaded.growth.into_iter().collect(),
            rows: loaded.rows.into_iter().collect(),
            versions: loaded.versions.into_iter().collect(),
            cursors: loaded.cursors.into_iter().collect(),
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
            };
            memory.runs.insert(open.id, run);
        }
        memory
    }

    /// What routes are answered with.
    pub(super) fn served(&self) -> Served {
        Served {
            routes: self
                .flows
                .iter()
                .map(|(flow, (_, plan))| (flow.clone(), Arc::new(once(plan))))
                .collect(),
            plans: self
                .flows
                .iter()
                .map(|(flow, (_, plan))| (flow.clone(), Arc::clone(plan)))
                .collect(),
            live: self
                .live
                .iter()
                .map(|(key, live)| (key.clone(), live.model.clone()))
                .collect(),
        }
    }
}

/// The plan with one try for each action.
fn once(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    plan.actions.values_mut().for_each(|action| action.attempts = 1);
    plan
}
