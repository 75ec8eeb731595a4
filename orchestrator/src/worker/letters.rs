//! Dead letters: written with the end of a failed run or with the position after an item that does not fit, and
//! answered once, together with what answers them.

use super::batch::Batch;
use super::core::Core;
use super::feed::sealed_outside;
use super::intake::hearers;
use super::message::{Handle, IntakeError, Item, Message, Refused};
use super::state::OpenRun;
use crate::clock::new_id;
use crate::store::{Change, LetterRecord, LetterState, Matter, Outcome, StoreError, bounded};
use flow_engine::mutants::{Bug, planted};
use flow_engine::{GraphRef, StepError};
use flow_lang::plan::private::holds_sealed;
use std::collections::HashSet;

/// What is done about a dead letter.
#[derive(Clone, Debug)]
pub enum Remedy {
    /// The rule runs again with the same event, under the active plan.
    Run,
    /// The item was read anew and fits now.
    Item(Item),
    /// What the source has in the item's place was taken in before.
    Known,
    /// The item was read anew and still does not fit.
    Unfit(String),
    /// A person lets it go.
    Drop,
}

/// What became of a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// What became of it.
    pub outcome: Outcome,
    /// Whether that was so before.
    pub repeated: bool,
}

/// Why nothing became of a dead letter; it stays open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// There is no such letter.
    #[error("there is no dead letter `{0}`")]
    Unknown(String),
    /// The active plan has no place for it.
    #[error("{0}")]
    Refused(String),
    /// The rule takes nothing in now, or nothing can be taken in at all.
    #[error(transparent)]
    Intake(#[from] IntakeError),
}

impl Handle {
    /// Does something about a dead letter; returns when it is durable. A letter that is closed stays as it is,
    /// and the answer is what became of it.
    ///
    /// # Errors
    /// See [`LetterError`].
    pub async fn remedy(&self, letter: String, remedy: Remedy) -> Result<Settled, LetterError> {
        self.ask(|reply| Message::Letter {
            letter,
            remedy,
            reply,
        })
        .await?
    }
}

impl Core {
    /// Writes the letter of a run that has just failed.
    pub(super) fn letter_of_run(&self, batch: &mut Batch, run: &str, open: &OpenRun, error: &StepError) {
        if planted(Bug::LetterOfRunMissing) {
            return;
        }
        batch.changes.push(Change::Letter {
            id: new_id(&*self.clock),
            flow: open.flow.clone(),
            matter: Matter::Failed {
                graph: open.run.graph.clone(),
                run: run.to_owned(),
                error: error.clone(),
            },
            at: self.clock.now(),
        });
    }

    /// Writes the letters of items that do not fit, each once whatever comes again. `known` are keys of events.
    pub(super) async fn letters_of_items(
        &mut self,
        batch: &mut Batch,
        flow: &str,
        trigger: &str,
        refused: Vec<Refused>,
        known: &HashSet<String>,
    ) -> Result<(), IntakeError> {
        if refused.is_empty() || planted(Bug::LetterLost) {
            return Ok(());
        }
        let keys: Vec<&str> = refused.iter().map(|refused| refused.key.as_str()).collect();
        let written = self.store.lettered(flow, trigger, &keys).await;
        let written = written.map_err(|error| unreadable(&error))?;
        let mut count = 0_u64;
        for refused in refused {
            let item = (flow.to_owned(), trigger.to_owned(), refused.key.clone());
            if known.contains(&refused.key) || written.contains(&refused.key) || !batch.lettered.insert(item)
            {
                continue;
            }
            count += 1;
            batch.changes.push(Change::Letter {
                id: new_id(&*self.clock),
                flow: flow.to_owned(),
                matter: Matter::unprocessable(trigger, refused.key, &refused.why),
                at: self.clock.now(),
            });
            let place = (flow.to_owned(), trigger.to_owned());
            *self.memory.letters.entry(place).or_default() += 1;
        }
        if count > 0 {
            tracing::warn!(
                flow,
                trigger,
                count,
                "items do not fit: `flowd dlq list` says why"
            );
        }
        Ok(())
    }

    /// The open letters about these items, by key: one that comes in by itself answers its letter.
    pub(super) async fn letters_about(
        &self,
        flow: &str,
        trigger: &str,
        keys: &[&str],
    ) -> Result<Vec<(String, String)>, IntakeError> {
        let place = (flow.to_owned(), trigger.to_owned());
        if self.memory.letters.get(&place).is_none_or(|open| *open == 0) {
            return Ok(Vec::new());
        }
        let about = self.store.open_letters_of(flow, trigger, keys).await;
        about.map_err(|error| unreadable(&error))
    }

    /// Closes the letter of an item that has become this event.
    pub(super) fn came_in(
        &mut self,
        batch: &mut Batch,
        flow: &str,
        trigger: &str,
        letter: &str,
        event: &str,
    ) {
        if batch.letters.contains_key(letter) {
            return;
        }
        let outcome = Outcome::Event {
            event: event.to_owned(),
        };
        self.settle(batch, letter, outcome, Some((flow, trigger)));
    }

    /// Does something about a letter. Nothing is done about one that is closed.
    pub(super) async fn remedy(
        &mut self,
        batch: &mut Batch,
        id: String,
        remedy: Remedy,
    ) -> Result<Settled, LetterError> {
        if let Some(outcome) = batch.letters.get(&id) {
            let outcome = outcome.clone();
            return Ok(Settled {
                outcome,
                repeated: true,
            });
        }
        let letter = self.store.letter(&id).await.map_err(|error| unreadable(&error))?;
        let letter = letter.ok_or(LetterError::Unknown(id))?;
        if let (LetterState::Retried | LetterState::Dropped, Some(outcome)) = (letter.state, &letter.outcome)
        {
            let outcome = outcome.clone();
            return Ok(Settled {
                outcome,
                repeated: true,
            });
        }
        let outcome = match (remedy, &letter.matter) {
            (Remedy::Drop, _) => Outcome::Dropped,
            (Remedy::Run, Matter::Failed { graph, .. }) => {
                return self.run_again(batch, &letter, graph).await;
            }
            (Remedy::Item(item), Matter::Unprocessable { trigger, .. }) => {
                self.take_again(batch, &letter.flow, trigger, item).await?
            }
            (Remedy::Known, Matter::Unprocessable { trigger, key, .. }) => {
                let source = format!("trigger/{trigger}");
                let event = self.store.event(&letter.flow, &source, key).await;
                match event.map_err(|error| unreadable(&error))? {
                    Some(event) => Outcome::Event { event: event.id },
                    None => Outcome::Known,
                }
            }
            (Remedy::Unfit(why), Matter::Unprocessable { .. }) => Outcome::Unfit { why: bounded(&why) },
            (Remedy::Run, Matter::Unprocessable { .. })
            | (Remedy::Item(_) | Remedy::Known | Remedy::Unfit(_), Matter::Failed { .. }) => {
                let what = format!("`{}` is a letter of another kind", letter.id);
                return Err(LetterError::Refused(what));
            }
        };
        let item = match &letter.matter {
            Matter::Unprocessable { trigger, .. } => Some((letter.flow.as_str(), trigger.as_str())),
            Matter::Failed { .. } => None,
        };
        self.settle(batch, &letter.id, outcome.clone(), item);
        Ok(Settled {
            outcome,
            repeated: false,
        })
    }

    /// Takes in an item that fits now, as a feed would have brought it.
    async fn take_again(
        &mut self,
        batch: &mut Batch,
        flow: &str,
        trigger: &str,
        item: Item,
    ) -> Result<Outcome, LetterError> {
        if holds_sealed(&item.payload) {
            return Err(LetterError::Refused(sealed_outside()));
        }
        let Some(active) = self.memory.flows.get(flow).cloned() else {
            return Err(self.unknown(&format!("flow `{flow}`")).into());
        };
        let source = format!("trigger/{trigger}");
        let entered = (flow.to_owned(), source.clone(), item.key.clone());
        if let Some((_, accepted)) = batch.events.get(&entered) {
            let event = accepted.event.clone();
            return Ok(Outcome::Event { event });
        }
        let known = self.store.event(flow, &source, &item.key).await;
        if let Some(known) = known.map_err(|error| unreadable(&error))? {
            return Ok(Outcome::Event { event: known.id });
        }
        if self.is_full(&active.plan, flow, &source) {
            return Err(IntakeError::Busy(trigger.to_owned()).into());
        }
        let accepted = self.event(batch, &active, flow, &source, item.key, item.payload);
        Ok(Outcome::Event {
            event: accepted.event,
        })
    }

    /// Runs a rule again with the event of a run that failed.
    async fn run_again(
        &mut self,
        batch: &mut Batch,
        letter: &LetterRecord,
        graph: &GraphRef,
    ) -> Result<Settled, LetterError> {
        let flow = &letter.flow;
        let Some(active) = self.memory.flows.get(flow).cloned() else {
            return Err(self.unknown(&format!("flow `{flow}`")).into());
        };
        let source = letter.source.clone().unwrap_or_default();
        let event = self.store.event(flow, &source, &letter.key).await;
        let event = event.map_err(|error| unreadable(&error))?;
        let event = event.ok_or_else(|| LetterError::Refused("its event is not there".to_owned()))?;
        let refused = |why: String| Err(LetterError::Refused(why));
        let name = graph.name();
        let Some(declared) = graph.find(&active.plan) else {
            return refused(format!("the active plan of `{flow}` has no `{name}` any more"));
        };
        let rule = active
            .plan
            .rules
            .get(name)
            .filter(|_| *graph == GraphRef::Rule(name.to_owned()));
        if rule.is_some()
            && !hearers(&active.plan, &source)
                .iter()
                .any(|(heard, _)| *heard == name)
        {
            return refused(format!("rule `{name}` does not hear `{source}` any more"));
        }
        let mut input = event.payload;
        declared.input.fill(&mut input);
        if let Err(misfit) = declared.input.check(&input) {
            return refused(format!("the event does not fit `{name}` as it is now: {misfit}"));
        }
        // The log tells of the answer first, so that its reader knows why the event has another run.
        let place = batch.changes.len();
        let run = match rule {
            Some(rule) => self.enter_again(batch, &active, flow, name, rule, &event.id, input)?,
            None => {
                let run = self.enter(batch, &active, flow, graph.clone(), &event.id, input);
                self.advance(batch, run.clone(), flow_engine::Event::Start);
                run
            }
        };
        let outcome = Outcome::Run { run };
        self.settle(batch, &letter.id, outcome.clone(), None);
        let told = batch.changes.pop().expect("it was just told");
        batch.changes.insert(place, told);
        Ok(Settled {
            outcome,
            repeated: false,
        })
    }

    /// `item` is the flow and the trigger of a letter about an item.
    fn settle(&mut self, batch: &mut Batch, letter: &str, outcome: Outcome, item: Option<(&str, &str)>) {
        if outcome.state() != LetterState::Open {
            batch.letters.insert(letter.to_owned(), outcome.clone());
            if let Some((flow, trigger)) = item {
                let place = (flow.to_owned(), trigger.to_owned());
                let open = self.memory.letters.entry(place).or_default();
                *open = open.saturating_sub(1);
            }
        }
        batch.changes.push(Change::Settled {
            letter: letter.to_owned(),
            outcome,
            at: self.clock.now(),
        });
    }
}

pub(super) fn unreadable(error: &StoreError) -> IntakeError {
    tracing::error!(%error, "the database cannot be read");
    IntakeError::Unreadable
}
