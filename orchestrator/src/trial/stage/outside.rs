//! What the daemon orders, and who answers it.

use super::super::fault::{Kind, Spot};
use super::super::mocks::called;
use super::{Coming, Stage};
use crate::store::Change;
use crate::worker::{Answer, Message, News, Order, Prepared, Word};
use flow_engine::{Effect, ErrorKind, Millis, State, StepError};
use serde_json::json;
use tokio::sync::oneshot;

/// The longest that a call may take when nothing of it says so.
const TIMEOUT_MS: Millis = 60_000;
/// Rows that a prepare takes at once.
const ROWS_MAX: u64 = 256;

impl Stage {
    pub(super) fn note(&mut self, news: News, commit: u64) {
        match news {
            News::RunStarted { run, graph } => drop(self.rules.insert(run, graph)),
            News::Step {
                run,
                graph,
                step,
                state,
            } => {
                self.rules.insert(run, graph.clone());
                let has_come_to_something =
                    matches!(state, State::Done { .. } | State::Failed { retry_at: None, .. });
                if has_come_to_something {
                    self.played.ends.push((Spot { rule: graph, step }, commit));
                }
            }
            News::Events { .. }
            | News::RunEnded { .. }
            | News::Rows { .. }
            | News::Live { .. }
            | News::Progress { .. } => {}
        }
    }

    pub(super) async fn take_orders(&mut self) {
        let orders = self.life.as_mut().map_or_else(Vec::new, |life| life.orders());
        for order in orders {
            match &order.effect {
                Effect::Stop { .. } => self.stop(&order),
                Effect::Prepare { .. } => {
                    self.sent(&order);
                    self.prepare(order).await;
                }
                _ => self.carry_out(order),
            }
        }
    }

    fn stop(&mut self, order: &Order) {
        self.coming
            .retain(|_, coming| coming.order.run != order.run || coming.order.token.step != order.token.step);
    }

    fn spot(&self, order: &Order) -> Spot {
        Spot {
            rule: self.rules.get(&order.run).cloned().unwrap_or_default(),
            step: order.step.clone(),
        }
    }

    fn sent(&mut self, order: &Order) {
        *self.played.sent.entry(self.spot(order)).or_default() += 1;
        if let Some(of) = called(&order.effect) {
            *self.played.calls.entry(of.to_owned()).or_default() += 1;
        }
    }

    /// Whether the fault is of this kind, and happens to this step now.
    pub(super) fn is_hit(&self, order: &Order, kind: Kind) -> bool {
        let fault = self.fault.as_ref().filter(|_| !self.is_over);
        fault.is_some_and(|fault| fault.kind == kind && fault.spot == self.spot(order))
    }

    fn carry_out(&mut self, order: Order) {
        let now = self.place.clock.elapsed();
        let job = (order.run.clone(), order.step.clone(), order.token.attempt);
        let adopted = self.jobs.get(&job).copied();
        if adopted.is_none() {
            self.sent(&order);
        }
        let (mut took, mut answer) = self.mocks.answer(&order);
        let mut is_done = adopted.is_none();
        let longest = timeout_ms(&order);
        let failed = |kind| Answer::Failed(StepError::new(kind, "a fault of this test"));
        if self.is_hit(&order, Kind::Timeout) {
            (took, answer, is_done) = (longest, failed(ErrorKind::Timeout), false);
            self.is_over = true;
        } else if self.is_hit(&order, Kind::Failure) {
            (answer, is_done) = (failed(ErrorKind::Crash), false);
            self.is_over = true;
        } else if self.is_hit(&order, Kind::DoneButFailed) {
            answer = failed(ErrorKind::Crash);
            self.is_over = true;
        } else if self.is_hit(&order, Kind::Slow) {
            took = longest - longest / 10;
            self.is_over = true;
        }
        if order.is_job {
            let ends = *self.jobs.entry(job).or_insert(now + took);
            took = ends.saturating_sub(now);
        }
        if is_done {
            *self.played.done.entry(self.spot(&order)).or_default() += 1;
        }
        self.enter(
            took.max(1),
            Coming {
                order,
                answer,
                again: false,
            },
        );
    }

    /// Rows that are there become rows of the other dataset: what they come to is made up.
    async fn prepare(&mut self, order: Order) {
        let Effect::Prepare { rule, prepare, .. } = &order.effect else {
            return;
        };
        let Some(declared) = order.plan.prepares.get(prepare).cloned() else {
            return;
        };
        let (flow, place) = (order.plan.flow.clone(), format!("prepare/{rule}/{prepare}"));
        if let Some(life) = &self.life {
            let stands = life.store.cursor(&flow, &place).await.unwrap_or_default();
            let next = stands.as_u64().map_or(0, |seq| seq + 1);
            let rows = life
                .store
                .rows(&flow, &declared.from, next, ROWS_MAX)
                .await
                .unwrap_or_default();
            if let Some(last) = rows.last() {
                let to = json!(last.seq);
                let mut row = |seq: u64| Change::Row {
                    flow: flow.clone(),
                    dataset: declared.to.clone(),
                    key: format!("{place}/{seq}"),
                    row: self.mocks.row(&order.plan, &declared.to),
                    at: crate::clock::Clock::now(&*self.place.clock),
                };
                let rows = rows.iter().map(|each| row(each.seq)).collect();
                let run = order.run.clone();
                let done = Prepared {
                    run,
                    flow,
                    place,
                    from: stands,
                    to,
                    rows,
                };
                let (reply, _) = oneshot::channel();
                life.handle.tell(Message::Prepared(done, reply)).await;
            }
        }
        let answer = Answer::Value(json!({}));
        self.enter(
            1,
            Coming {
                order,
                answer,
                again: false,
            },
        );
    }

    /// Somebody of the group says yes to all that waits for it, as soon as it does.
    pub(super) fn approve(&mut self) {
        let Some(life) = &self.life else { return };
        let held = life.served.borrow().held.clone();
        for (run, waits) in held {
            for wait in waits {
                let members = self.plan.groups.get(&wait.group);
                let Some(by) = members.and_then(|members| members.first()).cloned() else {
                    continue;
                };
                if self.approved.insert((run.clone(), wait.step.clone())) {
                    self.yes.push((run.clone(), wait.step, Word { by, deny: None }));
                }
            }
        }
    }
}

/// The longest that a call may take.
fn timeout_ms(order: &Order) -> Millis {
    let plan = &order.plan;
    let found = match &order.effect {
        Effect::Invoke { action, .. } => plan.actions.get(action).map(|action| action.function.timeout_ms),
        Effect::Launch { job, .. } => plan.jobs.get(job).map(|job| job.timeout_ms),
        Effect::Predict { model, .. } => plan.models.get(model).map(|model| model.function.timeout_ms),
        Effect::Act { package, action, .. } => {
            let package = plan.packages.get(package);
            package
                .and_then(|package| package.actions.get(action))
                .map(|action| action.timeout_ms)
        }
        _ => None,
    };
    found.unwrap_or(TIMEOUT_MS)
}
