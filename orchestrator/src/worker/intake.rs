//! From an event to its runs: one outcome for each event and rule, a run or a logged decision.

use super::batch::Batch;
use super::core::Core;
use super::message::{Accepted, IntakeError};
use super::news::News;
use super::state::{Active, OpenRun};
use crate::clock::new_id;
use crate::store::{Change, StoreError, Verdict};
use flow_engine::admit::{self, Admission, Next};
use flow_engine::eval::{Scope, eval};
use flow_engine::mutants::{Bug, planted};
use flow_engine::{Event, GraphRef, Run};
use flow_lang::plan::{On, Overlap, Plan, Rule, Type};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A feed waits while a rule on its trigger has this share of its queue filled.
const FEED_QUEUE_SHARE: u32 = 2;

/// An event that is part of the group.
pub(super) struct Entered {
    pub(super) id: String,
    digest: String,
    /// Sealed where it is private.
    pub(super) payload: Value,
}

/// When a run starts that may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Starts {
    /// In the group of its event.
    Now,
    /// When the messages of the group are taken, or in the next one.
    Next,
}

impl Core {
    /// Takes in one event that somebody sent. The same key with the same body is the same event.
    pub(super) async fn intake(
        &mut self,
        batch: &mut Batch,
        flow: &str,
        source: &str,
        key: Option<String>,
        payload: Value,
    ) -> Result<Accepted, IntakeError> {
        let Some(active) = self.memory.flows.get(flow).cloned() else {
            return Err(self.unknown(&format!("flow `{flow}`")));
        };
        let body = payload.to_string();
        let digest = self.body_digest(&active.plan, source, &body);
        let key = match key {
            Some(key) => {
                let of_group = batch
                    .events
                    .get(&(flow.into(), source.into(), key.clone()))
                    .cloned();
                let known = match of_group {
                    Some(known) => Some(known),
                    None => self.known(flow, source, &key).await.map_err(|error| {
                        tracing::error!(%error, flow, source, "an event cannot be looked up");
                        IntakeError::Unreadable
                    })?,
                };
                if let Some((before, accepted)) = known.filter(|_| !planted(Bug::SameKeyTwice)) {
                    // It may have come in before a part of it was declared private.
                    return if before == digest || before == plain_digest(&body) {
                        Ok(Accepted {
                            repeated: true,
                            ..accepted
                        })
                    } else {
                        Err(IntakeError::Conflict)
                    };
                }
                key
            }
            None => new_id(&*self.clock),
        };
        // That a plan was deployed is an event of its own, and too rare to fill anything.
        if source != "flow" && self.handout.is_full(flow) {
            return Err(IntakeError::Busy(source.to_owned()));
        }
        Ok(self.event(batch, &active, flow, source, key, payload))
    }

    /// The durable event under a key: the digest of its body, and what came of it.
    async fn known(
        &self,
        flow: &str,
        source: &str,
        key: &str,
    ) -> Result<Option<(String, Accepted)>, StoreError> {
        let Some(event) = self.store.event(flow, source, key).await? else {
            return Ok(None);
        };
        let runs = self.store.runs_of(&event.id).await?;
        let accepted = Accepted {
            event: event.id,
            runs,
            repeated: false,
        };
        Ok(Some((event.digest, accepted)))
    }

    /// Makes a plan the active one. `flow.deployed` is an event of the plan: it fires once for each digest.
    pub(super) async fn deploy(&mut self, batch: &mut Batch, plan: Arc<Plan>) -> Result<String, IntakeError> {
        let digest = plan.digest();
        let flow = plan.flow.clone();
        if self
            .memory
            .flows
            .get(&flow)
            .is_none_or(|active| active.digest != digest)
        {
            let text = serde_json::to_string(&*plan).expect("a plan is plain data");
            let at = self.clock.now();
            batch.changes.push(Change::Deployed {
                flow: flow.clone(),
                digest: digest.clone(),
                plan: text,
                at,
            });
            self.memory.flows.insert(
                flow.clone(),
                Active {
                    digest: digest.clone(),
                    plan,
                },
            );
            batch.served_changed = true;
        }
        // A plan that comes back has fired before: that is a repeat.
        self.intake(batch, &flow, "flow", Some(digest.clone()), json!({}))
            .await?;
        Ok(digest)
    }

    /// The digest that tells one body from another. That of a private one says nothing to others.
    fn body_digest(&self, plan: &Plan, source: &str, body: &str) -> String {
        match body_type(plan, source).is_some_and(Type::holds_private) {
            true => self.seal.digest(body),
            false => plain_digest(body),
        }
    }

    /// Enters an event and decides for each rule that hears it.
    pub(super) fn event(
        &mut self,
        batch: &mut Batch,
        active: &Active,
        flow: &str,
        source: &str,
        key: String,
        payload: Value,
    ) -> Accepted {
        let entered = self.enter_event(batch, active, flow, source, &key, payload);
        let id = &entered.id;
        let mut runs = Vec::new();
        if let Some(name) = source.strip_prefix("feedback/") {
            let graph = GraphRef::Feedback(name.into());
            let run = self.enter(batch, active, flow, graph, id, entered.payload.clone());
            self.advance(batch, run.clone(), Event::Start);
            runs.push(run);
        }
        for (name, rule) in hearers(&active.plan, source) {
            runs.extend(self.hear(batch, active, flow, name, rule, &entered, Starts::Now));
        }
        let accepted = Accepted {
            event: entered.id,
            runs,
            repeated: false,
        };
        batch.events.insert(
            (flow.into(), source.into(), key),
            (entered.digest, accepted.clone()),
        );
        accepted
    }

    /// Enters an event. What is private in it is sealed from here on.
    pub(super) fn enter_event(
        &mut self,
        batch: &mut Batch,
        active: &Active,
        flow: &str,
        source: &str,
        key: &str,
        mut payload: Value,
    ) -> Entered {
        let (id, at) = (new_id(&*self.clock), self.clock.now());
        let body = payload.to_string();
        let digest = self.body_digest(&active.plan, source, &body);
        if let Some(ty) = body_type(&active.plan, source)
            && !planted(Bug::PrivateInClear)
        {
            self.seal.seal(ty, &mut payload);
        }
        batch.bytes += body.len();
        batch.changes.push(Change::Event {
            id: id.clone(),
            flow: flow.into(),
            source: source.into(),
            key: key.into(),
            digest: digest.clone(),
            payload: payload.clone(),
            at,
        });
        Entered { id, digest, payload }
    }

    /// Decides what an event means for one rule; the run that it started or became part of.
    #[expect(
        clippy::too_many_arguments,
        reason = "an event and a rule in full; a struct would only rename them"
    )]
    pub(super) fn hear(
        &mut self,
        batch: &mut Batch,
        active: &Active,
        flow: &str,
        name: &str,
        rule: &Rule,
        entered: &Entered,
        starts: Starts,
    ) -> Option<String> {
        let (event, payload) = (entered.id.as_str(), &entered.payload);
        let mut decide = |verdict| {
            if planted(Bug::DecisionMissing) {
                return;
            }
            batch.changes.push(Change::Decision {
                event: event.into(),
                rule: name.into(),
                verdict,
            });
        };
        if let Some(filter) = &rule.filter {
            let holds = eval(
                filter,
                &Scope {
                    input: payload,
                    steps: &[],
                    inside: None,
                },
            );
            if holds.as_ref().ok() != Some(&Value::Bool(true)) {
                decide(Verdict::Filtered);
                return None;
            }
        }
        let now = self.timeline.now();
        let lane = self.memory.lanes.entry((flow.into(), name.into())).or_default();
        let admission = match admit::admit(rule, lane, now) {
            // What waits for the next group is as good as open.
            Admission::Start if rule.overlap == Overlap::Skip && !lane.waiting.is_empty() => Admission::Skip,
            admission => admission,
        };
        match admission {
            Admission::Skip => {
                decide(Verdict::Skipped);
                None
            }
            Admission::Refuse => {
                decide(Verdict::Refused);
                None
            }
            Admission::Merge { into } => {
                decide(Verdict::Merged { run: into.clone() });
                Some(into)
            }
            Admission::Wait | Admission::Start | Admission::Replace { .. } if starts == Starts::Next => {
                let graph = GraphRef::Rule(name.into());
                let run = self.enter(batch, active, flow, graph, event, payload.clone());
                self.lane(flow, name).waiting.push_back(run.clone());
                self.memory.starting.insert((flow.into(), name.into()));
                Some(run)
            }
            Admission::Wait => {
                let graph = GraphRef::Rule(name.into());
                let run = self.enter(batch, active, flow, graph, event, payload.clone());
                self.lane(flow, name).waiting.push_back(run.clone());
                self.start_next(batch, flow, name);
                Some(run)
            }
            Admission::Start if planted(Bug::RunMissing) => None,
            Admission::Start => {
                let graph = GraphRef::Rule(name.into());
                if planted(Bug::RunTwice) {
                    let run = self.enter(batch, active, flow, graph.clone(), event, payload.clone());
                    self.start(batch, flow, name, run);
                }
                let run = self.enter(batch, active, flow, graph, event, payload.clone());
                self.start(batch, flow, name, run.clone());
                Some(run)
            }
            Admission::Replace { cancel } => {
                let graph = GraphRef::Rule(name.into());
                let run = self.enter(batch, active, flow, graph, event, payload.clone());
                // It takes its place before the others leave theirs: a lane that looks empty starts the next.
                self.start(batch, flow, name, run.clone());
                self.cancel_all(batch, cancel);
                Some(run)
            }
        }
    }

    /// Decides about the run of an event that had one before, and failed. It changes nothing about other runs: where
    /// it would end, join or overtake one, it is not taken in now.
    #[expect(
        clippy::too_many_arguments,
        reason = "an event and a rule in full; a struct would only rename them"
    )]
    pub(super) fn enter_again(
        &mut self,
        batch: &mut Batch,
        active: &Active,
        flow: &str,
        name: &str,
        rule: &Rule,
        event: &str,
        input: Value,
    ) -> Result<String, IntakeError> {
        let now = self.timeline.now();
        let admission = admit::admit(rule, self.lane(flow, name), now);
        let graph = GraphRef::Rule(name.into());
        match admission {
            Admission::Start => {
                let run = self.enter(batch, active, flow, graph, event, input);
                self.start(batch, flow, name, run.clone());
                Ok(run)
            }
            Admission::Wait => {
                let run = self.enter(batch, active, flow, graph, event, input);
                self.lane(flow, name).waiting.push_back(run.clone());
                self.start_next(batch, flow, name);
                Ok(run)
            }
            Admission::Skip | Admission::Refuse | Admission::Merge { .. } | Admission::Replace { .. } => {
                Err(IntakeError::Busy(name.to_owned()))
            }
        }
    }

    /// Whether so much waits behind a source that its feed should wait, too.
    pub(super) fn is_full(&self, plan: &Plan, flow: &str, source: &str) -> bool {
        hearers(plan, source).iter().any(|(name, rule)| {
            let lane = self.memory.lanes.get(&(flow.to_owned(), (*name).clone()));
            lane.is_some_and(|lane| lane.waiting.len() as u64 >= u64::from(rule.queue_max / FEED_QUEUE_SHARE))
        })
    }

    /// A new run that has not started.
    pub(super) fn enter(
        &mut self,
        batch: &mut Batch,
        active: &Active,
        flow: &str,
        graph: GraphRef,
        event: &str,
        input: Value,
    ) -> String {
        let id = new_id(&*self.clock);
        let open = OpenRun {
            flow: flow.into(),
            digest: active.digest.clone(),
            plan: Arc::clone(&active.plan),
            event: event.into(),
            created: self.clock.now(),
            run: Run::new(&active.plan, graph, input),
            wake: None,
        };
        self.save(batch, &id, &open, open.created, Value::Null);
        self.memory.runs.insert(id.clone(), open);
        id
    }

    fn cancel_all(&mut self, batch: &mut Batch, runs: Vec<String>) {
        for run in runs {
            self.advance(
                batch,
                run,
                Event::Cancel {
                    why: "a newer event replaced it".into(),
                },
            );
        }
    }

    /// Starts a run of a rule now.
    fn start(&mut self, batch: &mut Batch, flow: &str, rule: &str, run: String) {
        let now = self.timeline.now();
        // A run goes by the policy of the plan that it was made under.
        let policy = self
            .memory
            .runs
            .get(&run)
            .and_then(|open| open.plan.rules.get(rule))
            .cloned();
        if let Some(policy) = policy {
            self.lane(flow, rule).start(&policy, &run, now);
        }
        let graph = rule.to_owned();
        batch.news.push(News::RunStarted {
            run: run.clone(),
            graph,
        });
        self.advance(batch, run, Event::Start);
    }

    /// Starts waiting runs of a rule as far as its policy allows.
    pub(super) fn start_next(&mut self, batch: &mut Batch, flow: &str, rule: &str) {
        loop {
            let now = self.timeline.now();
            let key = (flow.to_owned(), rule.to_owned());
            let Some(lane) = self.memory.lanes.get_mut(&key) else {
                return;
            };
            let Some(first) = lane.waiting.front() else { return };
            let Some(plan) = self.memory.runs.get(first).map(|open| Arc::clone(&open.plan)) else {
                return;
            };
            let Some(policy) = plan.rules.get(rule) else {
                return;
            };
            match admit::next(policy, lane, now) {
                Next::Start(run) => self.start(batch, flow, rule, run),
                Next::Replace { start, cancel } => {
                    self.start(batch, flow, rule, start);
                    self.cancel_all(batch, cancel);
                }
                Next::At(at) => {
                    self.memory.lane_wakes.insert((at, key.0, key.1));
                    return;
                }
                Next::Nothing => return,
            }
        }
    }

    /// After a restart: starts what may start, on every lane.
    pub(super) fn start_waiting(&mut self, batch: &mut Batch) {
        if planted(Bug::WaitingForgotten) {
            return;
        }
        let lanes: BTreeSet<_> = self.memory.lanes.keys().cloned().collect();
        for (flow, rule) in lanes {
            self.start_next(batch, &flow, &rule);
        }
    }

    fn lane(&mut self, flow: &str, rule: &str) -> &mut admit::Lane {
        self.memory
            .lanes
            .entry((flow.to_owned(), rule.to_owned()))
            .or_default()
    }
}

/// The rules that hear an event of `source` (see [`Change::Event`]).
pub(super) fn hearers<'p>(plan: &'p Plan, source: &str) -> Vec<(&'p String, &'p Rule)> {
    let hears = |name: &str, on: &On| match on {
        On::Trigger { trigger } => source.strip_prefix("trigger/") == Some(trigger),
        On::Grew { .. } => source.strip_prefix("grew/") == Some(name),
        On::FlowDeployed => source == "flow",
        On::Published { train } => source.strip_prefix("published/") == Some(train),
        On::Deployed { model } => source.strip_prefix("deployed/") == Some(model),
        On::Failed { rule } => source.strip_prefix("failed/") == Some(rule),
    };
    plan.rules
        .iter()
        .filter(|(name, rule)| rule.on.iter().any(|on| hears(name, on)))
        .collect()
}

fn plain_digest(body: &str) -> String {
    blake3::hash(body.as_bytes()).to_hex().to_string()
}

/// The type of the events of `source`; nothing for those that the daemon makes itself.
fn body_type<'p>(plan: &'p Plan, source: &str) -> Option<&'p Type> {
    match source.split_once('/')? {
        ("trigger", name) => plan.triggers.get(name).map(|trigger| &trigger.payload),
        ("feedback", name) => plan.feedbacks.get(name).map(|feedback| &feedback.graph.input),
        _ => None,
    }
}
