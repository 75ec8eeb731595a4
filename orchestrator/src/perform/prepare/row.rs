//! One row: the engine's transitions, with effects carried out at once and tried again as in any run.

use super::super::{Parts, crashed, refused};
use crate::store::{Change, RowRecord};
use crate::worker::{Answer, Order};
use flow_engine::{Effect, Event, GraphRef, Run, Status, StepError, Token, step};
use flow_lang::plan::Graph;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use serde_json::{Value, json};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What became of a row.
pub(super) struct Walked {
    /// The row that it was prepared to.
    pub(super) output: Value,
    /// Rows that were appended on the way.
    pub(super) appended: Vec<Change>,
}

/// A row on its way.
struct Way<'a> {
    parts: &'a Parts,
    order: &'a Order,
    graph: &'a Graph,
    /// The same for the same row of the same rule, for ever.
    key: String,
    stop: CancellationToken,
}

type Going<'a> = FuturesUnordered<BoxFuture<'a, Event>>;

impl Parts {
    /// Walks through the graph of a prepare with one row.
    pub(super) async fn walk(
        &self,
        order: &Order,
        prepare: &str,
        place: &str,
        row: &RowRecord,
        stop: &CancellationToken,
    ) -> Result<Walked, StepError> {
        let plan = &order.plan;
        let way = Way {
            parts: self,
            order,
            graph: &plan.prepares[prepare].graph,
            key: format!("{place}/{}", row.seq),
            stop: stop.child_token(),
        };
        // Whatever ends first ends the rest.
        let _guard = way.stop.clone().drop_guard();
        let mut run = Run::new(plan, GraphRef::Prepare(prepare.to_owned()), row.row.clone());
        let mut appended = Vec::new();
        let mut going = Going::new();
        let mut due = vec![Event::Start];
        loop {
            while let Some(event) = due.pop() {
                let (after, effects) = step(plan, run, event, self.clock.now());
                run = after;
                for effect in effects {
                    way.take(&run, effect, &mut going, &mut due, &mut appended);
                }
            }
            match run.status {
                Status::Succeeded { output } => return Ok(Walked { output, appended }),
                Status::Failed { error } => return Err(error),
                Status::Cancelled { why } => return Err(refused(why)),
                Status::Pending | Status::Running { .. } => {}
            }
            let wait = run.due().map(|at| at.saturating_sub(self.clock.now()));
            let tick = async {
                match wait {
                    Some(ms) => self.clock.sleep(Duration::from_millis(ms)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some(event) = going.next() => due.push(event),
                () = tick => due.push(Event::Tick),
                () = stop.cancelled() => return Err(crashed("was stopped")),
            }
        }
    }
}

impl<'a> Way<'a> {
    fn take(
        &self,
        run: &Run,
        effect: Effect,
        going: &mut Going<'a>,
        due: &mut Vec<Event>,
        appended: &mut Vec<Change>,
    ) {
        let plan = &self.order.plan;
        match effect {
            Effect::Invoke { token, action, args } => going.push(self.invoke(run, token, action, args)),
            Effect::Predict { token, model, input } => {
                let (parts, stop) = (self.parts, self.stop.clone());
                going.push(Box::pin(async move {
                    event(token, parts.predict(plan, &model, input, stop).await)
                }));
            }
            Effect::Act {
                token,
                package,
                action,
                args,
            } => {
                let (parts, stop) = (self.parts, self.stop.clone());
                going.push(Box::pin(async move {
                    let value = parts.acts.act(plan, &package, &action, args, stop).await;
                    event(token, value.map(Answer::Value))
                }));
            }
            Effect::Live { token, model } => {
                let pool = self.parts.live.get(&plan.flow, &model);
                let output = pool.map_or(Value::Null, |pool| json!(pool.version()));
                due.push(Event::Succeeded { token, output });
            }
            Effect::Append { step, dataset, row } => appended.push(Change::Row {
                flow: plan.flow.clone(),
                dataset,
                key: format!("{}/{step}", self.key),
                row,
                at: self.parts.clock.now(),
            }),
            Effect::Launch { token, .. }
            | Effect::Snapshot { token, .. }
            | Effect::Split { token, .. }
            | Effect::Prepare { token, .. }
            | Effect::Register { token, .. }
            | Effect::Emit { token, .. }
            | Effect::Callback { token }
            | Effect::Warm { token, .. } => due.push(Event::Failed {
                token,
                error: refused("a row is prepared from memory; this belongs into a rule"),
            }),
            // When it is due is asked of the run.
            Effect::Stop { .. } | Effect::Wake { .. } | Effect::Ended => {}
            Effect::Publish { .. } | Effect::GoLive { .. } => {}
        }
    }

    /// All rows write to the log of their step.
    fn invoke(&self, run: &Run, token: Token, action: String, args: Value) -> BoxFuture<'a, Event> {
        let (parts, order, stop) = (self.parts, self.order, self.stop.clone());
        let key = format!("{}/{}", self.key, run.step_name(self.graph, token.step));
        Box::pin(async move {
            let outcome = parts.call(order, &action, args, (key, token.attempt), stop);
            event(token, outcome.await)
        })
    }
}

fn event(token: Token, outcome: Result<Answer, StepError>) -> Event {
    match outcome {
        Ok(Answer::Value(output)) => Event::Succeeded { token, output },
        Ok(Answer::Job { .. } | Answer::Registered { .. } | Answer::Warm { .. }) => Event::Failed {
            token,
            error: refused("this is no answer of a function or a model"),
        },
        Ok(Answer::Failed(error)) | Err(error) => Event::Failed { token, error },
    }
}
