//! Events: each taken in once, each heard by every rule once, and feeds that never jump.

use super::letters::Letters;
use super::plans::Plans;
use super::{Entry, VerifyReport};
use crate::store::Change;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};

#[derive(Default)]
pub(super) struct Intake {
    keys: HashSet<(String, String, String)>,
    events: BTreeMap<String, Taken>,
    runs: HashSet<String>,
    cursors: HashMap<(String, String), Value>,
}

/// An event with what has to become of it, and what has.
struct Taken {
    seq: u64,
    outcomes: BTreeMap<String, u64>,
}

impl Intake {
    pub(super) fn see(
        &mut self,
        entry: &Entry<'_>,
        plans: &Plans,
        letters: &Letters,
        report: &mut VerifyReport,
    ) {
        let seq = entry.row.seq;
        match entry.change {
            Change::Event {
                id,
                flow,
                source,
                key,
                ..
            } => {
                report.count("events");
                if !self.keys.insert((flow.clone(), source.clone(), key.clone())) {
                    report.add("I3", Some(seq), format!("`{source}` has the event `{key}` twice"));
                }
                let hearers = plans.hearers(flow, source);
                let outcomes = hearers.into_iter().map(|name| (name, 0)).collect();
                if self.events.insert(id.clone(), Taken { seq, outcomes }).is_some() {
                    report.add("I2", Some(seq), format!("there are two events `{id}`"));
                }
            }
            Change::Run { id, event, run, .. } => {
                // A run that answers a dead letter stands beside the one that failed.
                if self.runs.insert(id.clone()) && !letters.is_again(id, event) {
                    self.outcome(event, run.graph.name(), seq, report);
                }
            }
            Change::Decision { event, rule, .. } => {
                report.count("decisions");
                self.outcome(event, rule, seq, report);
            }
            Change::Cursor { flow, feed, from, to } => {
                let place = self
                    .cursors
                    .entry((flow.clone(), feed.clone()))
                    .or_insert(Value::Null);
                if place != from {
                    report.add(
                        "I5",
                        Some(seq),
                        format!("`{feed}` moves from {from} and stood at {place}"),
                    );
                }
                *place = to.clone();
            }
            Change::Deployed { .. }
            | Change::Row { .. }
            | Change::Growth { .. }
            | Change::Version { .. }
            | Change::Live { .. }
            | Change::Request { .. }
            | Change::Expired { .. }
            | Change::Forgotten { .. }
            | Change::Letter { .. }
            | Change::Settled { .. }
            | Change::Standing { .. }
            | Change::Note { .. } => {}
        }
    }

    fn outcome(&mut self, event: &str, name: &str, seq: u64, report: &mut VerifyReport) {
        let Some(taken) = self.events.get_mut(event) else {
            report.add(
                "I4",
                Some(seq),
                format!("`{name}` answers an event `{event}` that nobody took in"),
            );
            return;
        };
        match taken.outcomes.get_mut(name) {
            Some(count) => *count += 1,
            None => report.add(
                "I4",
                Some(seq),
                format!("`{name}` does not hear the event `{event}`"),
            ),
        }
    }

    /// I4, when everything has been seen.
    pub(super) fn end(self, report: &mut VerifyReport) {
        for (event, taken) in self.events {
            for (name, count) in taken.outcomes {
                if count != 1 {
                    let what = format!("the event `{event}` has {count} outcomes for `{name}`, not one");
                    report.add("I4", Some(taken.seq), what);
                }
            }
        }
    }
}
