//! Moving a run: engine transitions become changes, orders and news of the group.

use super::batch::{Batch, Order};
use super::caused::Cause;
use super::core::Core;
use super::message::Answer;
use super::news::News;
use super::state::{LiveModel, OpenRun};
use crate::sandbox::Confinement;
use crate::store::Change;
use flow_engine::mutants::{Bug, planted};
use flow_engine::{Effect, Event, GraphRef, Millis, Run, State, Status, Token, step};
use flow_lang::plan::{Expr, ModelRef, Op, StepIx};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;

/// A note about a run that begins like this says that its functions could reach any host.
pub const NETWORK_NOTE: &str = "network: ";

impl Core {
    /// Moves a run by one event, and by all that follows from it at once. A run that is not open stays as it is.
    pub(super) fn advance(&mut self, batch: &mut Batch, run: String, event: Event) {
        let mut due = VecDeque::from([event]);
        while let Some(event) = due.pop_front() {
            let Some(mut open) = self.memory.runs.remove(&run) else {
                return;
            };
            if matches!(event, Event::Start | Event::Restarted) {
                self.note_network(batch, &run, &open);
            }
            let before = open.run.clone();
            // The log repeats this step with this very time.
            let now = self.timeline.now();
            let cause = serde_json::to_value(&event).expect("an event is plain data");
            let (after, effects) = step(&open.plan, open.run, event, now);
            open.run = after;
            let forgotten =
                planted(Bug::CancelForgotten) && matches!(open.run.status, Status::Cancelled { .. });
            if open.run != before && !forgotten {
                self.save(batch, &run, &open, now, cause);
                self.tell_steps(batch, &run, &open, &before);
            }
            let waits = open.run.waits_for_a_person();
            let changed = match waits {
                true => self.memory.unresolved.insert(run.clone()),
                false => self.memory.unresolved.remove(&run),
            };
            batch.served_changed |= changed;
            self.note_waits(batch, &run, &open);
            let mut ended = false;
            let mut caused = Vec::new();
            for effect in effects {
                match effect {
                    Effect::Live { token, model } => {
                        let live = self.memory.live.get(&(open.flow.clone(), model));
                        let output = live.map_or(Value::Null, |live| json!(live.model));
                        due.push_back(Event::Succeeded { token, output });
                    }
                    Effect::Emit {
                        token,
                        trigger,
                        payload,
                    } => due.push_back(self.emit(batch, &run, &open, token, trigger, payload)),
                    Effect::Wake { at } => {
                        self.memory.wake(&run, &mut open, Some(at));
                    }
                    Effect::Append { step, dataset, row } => {
                        let change = Change::Row {
                            flow: open.flow.clone(),
                            dataset,
                            key: format!("{run}/{step}"),
                            row,
                            at: self.clock.now(),
                        };
                        caused.push(Cause::Row(change));
                    }
                    Effect::Publish { step, train, model } => {
                        self.memory
                            .versions
                            .insert((open.flow.clone(), train), model.version);
                        let declared = open.plan.jobs.get(&model.train);
                        caused.push(Cause::Published {
                            flow: open.flow.clone(),
                            output: declared.map(|job| job.output.clone()),
                            model: model.clone(),
                        });
                        let change = Change::Version {
                            flow: open.flow.clone(),
                            model,
                            run: run.clone(),
                            step: step_name(&open, step),
                            at: self.clock.now(),
                        };
                        batch.changes.push(change);
                    }
                    Effect::GoLive {
                        step,
                        model,
                        candidate,
                    } => {
                        caused.push(self.go_live(batch, &run, &open, step, model, candidate));
                    }
                    Effect::Ended => ended = true,
                    effect @ (Effect::Invoke { token, .. }
                    | Effect::Launch { token, .. }
                    | Effect::Act { token, .. }
                    | Effect::Predict { token, .. }
                    | Effect::Snapshot { token, .. }
                    | Effect::Split { token, .. }
                    | Effect::Register { token, .. }
                    | Effect::Prepare { token, .. }
                    | Effect::Warm { token, .. }
                    | Effect::Callback { token }
                    | Effect::Stop { token }) => {
                        let step = step_name(&open, token.step);
                        let is_job = is_job(&open, token.step);
                        let plan = Arc::clone(&open.plan);
                        batch.orders.push(Order {
                            run: run.clone(),
                            plan,
                            step,
                            is_job,
                            token,
                            effect,
                        });
                    }
                }
            }
            if ended && planted(Bug::MovesAfterEnd) {
                self.end(batch, &run, open.clone());
                self.memory.runs.insert(run.clone(), open);
                return;
            }
            match ended {
                true => self.end(batch, &run, open),
                false => drop(self.memory.runs.insert(run.clone(), open)),
            }
            for cause in caused {
                self.cause(batch, cause);
            }
        }
    }

    /// A step came back. A version number is given here, where the registry is known.
    pub(super) fn answer(&mut self, batch: &mut Batch, run: String, token: Token, answer: Answer) {
        let Some(open) = self.memory.runs.get(&run) else {
            return;
        };
        let event = match answer {
            Answer::Value(output) => Event::Succeeded { token, output },
            Answer::Failed(error) => Event::Failed { token, error },
            Answer::Job { model: None, .. } => Event::Succeeded {
                token,
                output: json!({}),
            },
            Answer::Job {
                model: Some((digest, size)),
                reports,
            } => {
                let train = match open
                    .run
                    .graph
                    .find(&open.plan)
                    .and_then(|graph| open.run.step(graph, token.step))
                    .map(|step| &step.op)
                {
                    Some(Op::Launch { job, .. }) => job.clone(),
                    _ => return,
                };
                self.numbered(open, token, train, (digest, size), reports)
            }
            Answer::Registered { digest, size } => {
                let graph = open.run.graph.find(&open.plan);
                let step = graph.and_then(|graph| open.run.step(graph, token.step));
                let Some(step) = step else { return };
                let line = format!("{}.{}", open.run.graph.name(), step.name);
                self.numbered(open, token, line, (digest, size), json!({}))
            }
            Answer::Warm { model, candidate } => {
                let previous = self
                    .memory
                    .live
                    .get(&(open.flow.clone(), model))
                    .map(|live| live.model.version);
                let mut output = json!({ "version": candidate.version });
                if let Some(previous) = previous {
                    output["previous"] = json!(previous);
                }
                Event::Succeeded { token, output }
            }
        };
        self.advance(batch, run, event);
    }

    /// The next version of a `train`, or of the step that registers.
    fn numbered(
        &self,
        open: &OpenRun,
        token: Token,
        train: String,
        (digest, size): (String, u64),
        reports: Value,
    ) -> Event {
        let place = (open.flow.clone(), train);
        let last = self.memory.versions.get(&place).copied().unwrap_or(0);
        let model = ModelRef {
            digest,
            train: place.1,
            version: last + 1,
            size,
            reports,
        };
        Event::Succeeded {
            token,
            output: json!(model),
        }
    }

    /// Enters a run as it is now.
    pub(super) fn save(&self, batch: &mut Batch, id: &str, open: &OpenRun, at: Millis, cause: Value) {
        batch.changes.push(Change::Run {
            id: id.into(),
            flow: open.flow.clone(),
            plan: open.digest.clone(),
            event: open.event.clone(),
            created: open.created,
            at,
            run: open.run.clone(),
            cause,
        });
    }

    /// What is not enforced while this run calls functions belongs to its record.
    fn note_network(&self, batch: &mut Batch, id: &str, open: &OpenRun) {
        let has_functions = !open.plan.actions.is_empty() || !open.plan.models.is_empty();
        if has_functions && let Confinement::Off { .. } = self.confinement {
            batch.changes.push(Change::Note {
                about: format!("run/{id}"),
                text: format!("{NETWORK_NOTE}{}", self.confinement),
            });
        }
    }

    fn go_live(
        &mut self,
        batch: &mut Batch,
        run: &str,
        open: &OpenRun,
        step: StepIx,
        name: String,
        model: ModelRef,
    ) -> Cause {
        let key = (open.flow.clone(), name.clone());
        let before = self.memory.live.get(&key);
        let number = before.map_or(0, |live| live.number) + 1;
        let previous = before.map(|live| live.model.version);
        batch.changes.push(Change::Live {
            flow: open.flow.clone(),
            name: name.clone(),
            number,
            model: model.clone(),
            run: run.into(),
            step: step_name(open, step),
            at: self.clock.now(),
        });
        self.memory.live.insert(
            key,
            LiveModel {
                number,
                model: model.clone(),
            },
        );
        batch.served_changed = true;
        let score = score_of(open, step);
        batch.news.push(News::Live {
            name: name.clone(),
            model: model.clone(),
            score,
        });
        Cause::Live {
            flow: open.flow.clone(),
            name,
            number,
            model,
            previous,
        }
    }

    fn end(&mut self, batch: &mut Batch, id: &str, mut open: OpenRun) {
        let error = match &open.run.status {
            Status::Failed { error } => Some(error.clone()),
            Status::Pending
            | Status::Running { .. }
            | Status::Succeeded { .. }
            | Status::Cancelled { .. } => None,
        };
        if let Some(error) = &error {
            self.letter_of_run(batch, id, &open, error);
        }
        batch.news.push(News::RunEnded {
            run: id.into(),
            graph: open.run.graph.name().into(),
            error: error.clone(),
        });
        self.memory.wake(id, &mut open, None);
        if let GraphRef::Rule(rule) = &open.run.graph {
            if let Some(lane) = self.memory.lanes.get_mut(&(open.flow.clone(), rule.clone())) {
                lane.end(id);
            }
            self.start_next(batch, &open.flow, rule);
        }
        if let Some(error) = &error {
            self.tell_failure(batch, id, &open, error);
        }
    }

    fn tell_steps(&self, batch: &mut Batch, id: &str, open: &OpenRun, before: &Run) {
        let graph = open.run.graph.find(&open.plan);
        for (ix, _, state) in graph.into_iter().flat_map(|graph| open.run.walked(graph)) {
            if before.steps.get(ix).unwrap_or(&State::Waiting) != state {
                batch.news.push(News::Step {
                    run: id.into(),
                    graph: open.run.graph.name().into(),
                    step: step_name(open, ix),
                    state: state.clone(),
                });
            }
        }
    }
}

fn is_job(open: &OpenRun, ix: StepIx) -> bool {
    let graph = open.run.graph.find(&open.plan);
    let step = graph.and_then(|graph| open.run.step(graph, ix));
    step.is_some_and(|step| matches!(step.op, Op::Launch { .. }))
}

pub(super) fn step_name(open: &OpenRun, ix: StepIx) -> String {
    let graph = open
        .run
        .graph
        .find(&open.plan)
        .expect("a run's graph is in its plan");
    open.run.step_name(graph, ix)
}

/// What the steps that were given the same candidate as a deploy have answered: its evaluation.
fn score_of(open: &OpenRun, deploy: StepIx) -> Option<Value> {
    let graph = open.run.graph.find(&open.plan)?;
    let Op::Deploy { candidate, .. } = &open.run.step(graph, deploy)?.op else {
        return None;
    };
    let reads = |expr: &Expr, wanted: StepIx| {
        let mut found = false;
        expr.each_step(&mut |ix| found |= ix == wanted);
        found
    };
    let mut made = None;
    candidate.each_step(&mut |ix| made = Some(ix));
    let made = made?;
    graph
        .steps
        .iter()
        .zip(&open.run.steps)
        .find_map(|(step, state)| match (&step.op, state) {
            (Op::Invoke { args, .. }, State::Done { output }) if reads(args, made) => Some(output.clone()),
            _ => None,
        })
}
