//! People: they approve, say what became of what nobody knows, cancel, and answer dead letters.

use super::agenda::Happening;
use super::world::{FLOW, World};
use flow_engine::{Effect, State, Verdict};
use flow_lang::plan::Graph;
use flowd::sim::sample;
use flowd::store::{LetterFilter, LetterRecord, Matter, RunFilter, StatusKind};
use flowd::worker::{Item, Message, Prepared, Remedy, Word};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::oneshot;

/// How often one life retries dead letters: each retry may fail again.
const RETRIES_MAX: u64 = 3;
/// Letters that they look at at once.
const LETTERS_MAX: u64 = 4;
/// Rows that a prepare takes at once.
const ROWS_MAX: u64 = 2;

impl World {
    /// People look at what waits for them.
    pub(super) async fn look(&mut self) {
        if self.faulty() {
            self.hold_overlap().await;
        }
        self.look_at_feeds().await;
        self.look_at_waits().await;
        self.settle().await;
        self.look_at_unknown().await;
        self.settle().await;
        self.look_at_letters().await;
        self.settle().await;
    }

    async fn look_at_waits(&mut self) {
        let Some(life) = &self.life else { return };
        let held = life.served.borrow().held.clone();
        for (run, waits) in held {
            for wait in waits {
                let word = match self.dice.people.below(10) {
                    0..=3 => Word {
                        by: "ana".into(),
                        deny: None,
                    },
                    4 | 5 => Word {
                        by: "ana".into(),
                        deny: Some("dice".into()),
                    },
                    6 => Word {
                        by: "eve".into(),
                        deny: None,
                    },
                    _ => {
                        self.seen.note("an approval that nobody gave");
                        continue;
                    }
                };
                self.seen.note("a word about an approval");
                let (reply, _) = oneshot::channel();
                let message = Message::Approve {
                    run: run.clone(),
                    step: wait.step,
                    word,
                    reply,
                };
                self.tell("approval", message).await;
            }
        }
    }

    async fn look_at_unknown(&mut self) {
        let Some(life) = &self.life else { return };
        let (unresolved, store) = (life.served.borrow().unresolved.clone(), Arc::clone(&life.store));
        for run in unresolved {
            let record = store.run(&run).await.expect("the database can be read");
            let record = record.expect("an open run is there");
            let plan = super::flows::by_digest(&record.summary.plan);
            let graph: &Graph = record
                .run
                .graph
                .find(&plan)
                .expect("a plan has the graphs of its runs");
            let states = record.run.steps.iter().enumerate();
            let unknown: Vec<usize> = states
                .filter(|(_, state)| matches!(state, State::Unknown { .. }))
                .map(|(ix, _)| ix)
                .collect();
            for ix in unknown {
                let step = record.run.step_name(graph, ix);
                let declared = record.run.step(graph, ix).expect("a state has a step");
                let verdict = match self.dice.people.below(3) {
                    0 => {
                        let sent = self.platform.once.entry((run.clone(), step.clone())).or_default();
                        sent.1 += 1;
                        Verdict::Again
                    }
                    1 => Verdict::Failed {
                        message: "dice".into(),
                    },
                    _ => {
                        let output = sample(declared.output.present(), &mut self.dice.people);
                        Verdict::Succeeded { output }
                    }
                };
                self.seen.note("a verdict of a person");
                let (reply, _) = oneshot::channel();
                self.tell(
                    "verdict",
                    Message::Resolve {
                        run: run.clone(),
                        step,
                        verdict,
                        reply,
                    },
                )
                .await;
            }
        }
    }

    async fn look_at_letters(&mut self) {
        let Some(life) = &self.life else { return };
        let some = LetterFilter {
            limit: Some(LETTERS_MAX),
            ..LetterFilter::default()
        };
        let letters = life.store.letters(&some).await;
        for letter in letters.expect("the database can be read") {
            if self.retries >= RETRIES_MAX || !self.dice.people.chance(40) {
                continue;
            }
            self.retries += 1;
            let remedy = self.remedy(&letter);
            self.seen.note("a dead letter answered");
            let (reply, _) = oneshot::channel();
            self.tell(
                "letter",
                Message::Letter {
                    letter: letter.id,
                    remedy,
                    reply,
                },
            )
            .await;
        }
    }

    fn remedy(&mut self, letter: &LetterRecord) -> Remedy {
        if self.dice.people.chance(20) {
            return Remedy::Drop;
        }
        match &letter.matter {
            Matter::Failed { .. } => Remedy::Run,
            Matter::Unprocessable { trigger, key, .. } => {
                if self.dice.people.chance(50) {
                    return Remedy::Unfit("dice".into());
                }
                let payload = match trigger.as_str() {
                    "noted" => json!({ "id": key, "k": "a" }),
                    _ => json!({ "image": { "$blob": "0".repeat(64), "mime": "image/png", "size": 1 } }),
                };
                Remedy::Item(Item {
                    key: key.clone(),
                    payload,
                })
            }
        }
    }

    /// Somebody cancels a run, whether it is open or not.
    pub(super) async fn cancel(&mut self) {
        let runs: Vec<String> = self.runs.iter().cloned().collect();
        if runs.is_empty() {
            return;
        }
        let run = self.dice.people.pick(&runs);
        self.settle().await;
        let handed = self.handed(&run);
        let (reply, found) = oneshot::channel();
        self.tell(
            "cancel",
            Message::Cancel {
                run: run.clone(),
                why: "dice".into(),
                reply,
            },
        )
        .await;
        self.settle().await;
        if found.await == Ok(true) {
            self.seen.note("a run cancelled");
            self.hold(self.handed(&run) == handed, "I15", || {
                format!("a step of {run} started after its cancel")
            });
            self.cancelled.insert(run);
        }
    }

    /// How much of a run this daemon has handed over.
    fn handed(&self, run: &str) -> usize {
        self.ordered.iter().filter(|(of, _)| of == run).count()
    }

    /// A prepare goes on with its next rows.
    pub(super) async fn prepare(&mut self, id: u64) {
        let Some(life) = &self.life else { return };
        let call = &self.platform.calls[&id];
        let Effect::Prepare { prepare, .. } = &call.order.effect else {
            return;
        };
        let declared = &call.order.plan.prepares[prepare];
        let place = call.place.clone().expect("a prepare has a place");
        let store = &life.store;
        let stands = store
            .cursor(FLOW, &place)
            .await
            .expect("the database can be read");
        let next = stands.as_u64().map_or(0, |seq| seq + 1);
        let rows = store
            .rows(FLOW, &declared.from, next, ROWS_MAX)
            .await
            .expect("the database can be read");
        let Some(last) = rows.last() else {
            self.agenda.enter(self.now() + 1, Happening::Answer(id));
            return;
        };
        let to = json!(last.seq);
        let row = |row: &flowd::store::RowRecord| flowd::store::Change::Row {
            flow: FLOW.into(),
            dataset: declared.to.clone(),
            key: format!("{place}/{}", row.seq),
            row: row.row.clone(),
            at: flowd::clock::Clock::now(&*self.place.clock),
        };
        let rows = rows.iter().map(row).collect();
        let run = call.order.run.clone();
        let done = Prepared {
            run,
            flow: FLOW.into(),
            place,
            from: stands,
            to,
            rows,
        };
        let (reply, _) = oneshot::channel();
        self.seen.note("rows prepared");
        self.tell("prepared", Message::Prepared(done, reply)).await;
        self.agenda.enter(self.now() + 50, Happening::Prepare(id));
    }

    /// Whether nothing more will happen.
    pub(super) async fn is_over(&mut self) -> bool {
        let quiet = !self.faulty()
            && self.clients_are_done()
            && self.platform.calls.values().all(|call| call.answered);
        let Some(life) = self.life.as_ref().filter(|_| quiet) else {
            return false;
        };
        let store = Arc::clone(&life.store);
        for number in 0..self.sources.len() {
            if self.cursor_of(number).await < self.sources[number].items.len() {
                return false;
            }
        }
        for status in [StatusKind::Pending, StatusKind::Running] {
            let filter = RunFilter {
                status: Some(status),
                limit: Some(1),
                ..RunFilter::default()
            };
            if !store
                .runs(&filter)
                .await
                .expect("the database can be read")
                .is_empty()
            {
                return false;
            }
        }
        true
    }
}
