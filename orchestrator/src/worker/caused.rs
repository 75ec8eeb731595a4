//! What one run does and rules wait for: a row, a published version, a deploy, a failure. The event and the runs that it
//! starts are durable together with what caused them.

use super::batch::Batch;
use super::core::Core;
use super::news::News;
use super::state::OpenRun;
use crate::store::Change;
use flow_engine::{GraphRef, StepError};
use flow_lang::plan::{ModelRef, On, Plan, Type};
use serde_json::{Value, json};

/// Something that a transition of a run did. Rules hear of it when the run is back in memory: a rule that starts may
/// cancel the very run that caused it.
#[derive(Debug)]
pub(super) enum Cause {
    /// A row was appended: a [`Change::Row`].
    Row(Change),
    /// A `train` has published a version.
    Published {
        /// The flow.
        flow: String,
        /// The version.
        model: ModelRef,
        /// What the `train` gives, in the plan that it ran on.
        output: Option<Type>,
    },
    /// A version went live.
    Live {
        /// The flow that has the model.
        flow: String,
        /// The model.
        name: String,
        /// Counts the versions that were live there, from 1.
        number: u64,
        /// The version.
        model: ModelRef,
        /// The version that was live before.
        previous: Option<u64>,
    },
}

impl Core {
    /// Lets the rules that wait for it hear of it.
    pub(super) fn cause(&mut self, batch: &mut Batch, cause: Cause) {
        match cause {
            Cause::Row(row) => self.append(batch, row),
            Cause::Published { flow, model, output } => {
                let source = format!("published/{}", model.train);
                // A run of an older plan may have trained what rules of this one cannot take.
                let fits =
                    |plan: &Plan| plan.jobs.get(&model.train).map(|job| &job.output) == output.as_ref();
                let payload = json!({ "version": model.version, "model": model });
                self.tell(batch, &flow, &source, model.version.to_string(), payload, fits);
            }
            Cause::Live {
                flow,
                name,
                number,
                model,
                previous,
            } => {
                let mut payload = json!({ "version": model.version, "model": model });
                if let Some(previous) = previous {
                    payload["previous"] = json!(previous);
                }
                let Some(owner) = self.memory.flows.get(&flow).cloned() else {
                    return;
                };
                let source = format!("deployed/{name}");
                let asks = |plan: &Plan| plan.asked(&name).is_some_and(|asked| asked.flow == flow);
                let flows = self.memory.flows.iter();
                let asking: Vec<String> = flows
                    .filter(|(_, active)| asks(&active.plan))
                    .map(|(asking, _)| asking.clone())
                    .collect();
                // One that was compiled against another input or output is deployed again before it can use it.
                let of = |plan: &Plan| {
                    plan.asked(&name)
                        .map(|asked| (asked.input.clone(), asked.output.clone()))
                };
                let declared = of(&owner.plan);
                for asking in asking {
                    let fits = |plan: &Plan| of(plan) == declared;
                    self.tell(batch, &asking, &source, number.to_string(), payload.clone(), fits);
                }
            }
        }
    }

    /// Lets the rules that wait for it hear that a run of this rule has failed.
    pub(super) fn tell_failure(&mut self, batch: &mut Batch, run: &str, open: &OpenRun, error: &StepError) {
        if let GraphRef::Rule(rule) = &open.run.graph {
            let source = format!("failed/{rule}");
            let payload = json!({ "run": run, "error": error });
            self.tell(batch, &open.flow, &source, run.to_owned(), payload, |_| true);
        }
    }

    /// Enters an event that the daemon makes itself, if a rule of the active plan waits for it and the plan can take it.
    fn tell(
        &mut self,
        batch: &mut Batch,
        flow: &str,
        source: &str,
        key: String,
        payload: Value,
        fits: impl Fn(&Plan) -> bool,
    ) {
        let Some(active) = self.memory.flows.get(flow).cloned() else {
            return;
        };
        if super::intake::hearers(&active.plan, source).is_empty() {
            return;
        }
        match fits(&active.plan) {
            true => drop(self.event(batch, &active, flow, source, key, payload)),
            false => tracing::warn!(
                flow,
                source,
                key,
                "this plan has another type for it, so no rule hears it"
            ),
        }
    }

    /// Adds a row, and fires the rules for which the dataset has grown enough.
    pub(super) fn append(&mut self, batch: &mut Batch, change: Change) {
        let Change::Row {
            flow, dataset, key, ..
        } = &change
        else {
            return;
        };
        let (flow, dataset, key) = (flow.clone(), dataset.clone(), key.clone());
        batch.changes.push(change);
        let rows = self
            .memory
            .rows
            .entry((flow.clone(), dataset.clone()))
            .or_default();
        *rows += 1;
        batch.news.push(News::Rows {
            dataset: dataset.clone(),
            rows: *rows,
        });
        let Some(active) = self.memory.flows.get(&flow).cloned() else {
            return;
        };
        for (name, rule) in &active.plan.rules {
            let wanted = rule.on.iter().find_map(|on| match on {
                On::Grew { dataset: of, rows } if *of == dataset => Some(*rows),
                On::Grew { .. }
                | On::Trigger { .. }
                | On::FlowDeployed
                | On::Published { .. }
                | On::Deployed { .. }
                | On::Failed { .. } => None,
            });
            let Some(wanted) = wanted else { continue };
            let counter = (flow.clone(), name.clone(), dataset.clone());
            let seen = self.memory.growth.get(&counter).copied().unwrap_or(0) + 1;
            let kept = if seen >= wanted { 0 } else { seen };
            self.memory.growth.insert(counter, kept);
            batch.changes.push(Change::Growth {
                flow: flow.clone(),
                rule: name.clone(),
                dataset: dataset.clone(),
                rows: kept,
            });
            if seen >= wanted {
                let source = format!("grew/{name}");
                self.event(
                    batch,
                    &active,
                    &flow,
                    &source,
                    key.clone(),
                    json!({ "rows": seen }),
                );
            }
        }
    }
}
