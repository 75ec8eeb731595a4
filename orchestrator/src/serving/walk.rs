//! One request: the engine's transitions, with effects carried out at once.

use super::{Answered, ServeError, Serving};
use crate::clock::new_id;
use crate::functions::Call;
use crate::redact::Secrets;
use crate::store::Change;
use crate::worker::Message;
use flow_engine::{Effect, ErrorKind, Event, GraphRef, Run, Status, StepError, Token, answer, step};
use flow_lang::plan::Plan;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// A request under way.
struct Walk {
    serving: Arc<Serving>,
    plan: Arc<Plan>,
    infer: String,
    request: String,
    input: Value,
    run: Run,
    /// Rows and the request, not yet handed over.
    changes: Vec<Change>,
    stop: CancellationToken,
}

impl Serving {
    /// Answers a request whose input is checked already.
    ///
    /// # Errors
    /// See [`ServeError`].
    pub async fn answer(
        self: &Arc<Self>,
        plan: Arc<Plan>,
        infer: &str,
        mut input: Value,
    ) -> Result<Answered, ServeError> {
        self.seal.seal(&plan.infers[infer].graph.input, &mut input);
        let run = Run::new(&plan, GraphRef::Infer(infer.to_owned()), input.clone());
        let walk = Walk {
            serving: Arc::clone(self),
            plan,
            infer: infer.to_owned(),
            request: new_id(&*self.clock),
            input,
            run,
            changes: Vec::new(),
            stop: CancellationToken::new(),
        };
        let (reply, answered) = oneshot::channel();
        // The walk is a task of its own: steps that come after the answer go on when the client has left.
        self.walks.spawn(walk.go(reply));
        let gone = StepError {
            kind: ErrorKind::Crash,
            message: "the request was dropped".into(),
            step: infer.into(),
            attempts: 1,
        };
        answered.await.unwrap_or(Err(ServeError::Step(gone)))
    }

    /// Calls an action for a request.
    pub(super) async fn call(
        &self,
        plan: &Plan,
        request: &str,
        step: &str,
        action: &str,
        args: Value,
        stop: CancellationToken,
    ) -> Result<Value, StepError> {
        let fail = |message: String| StepError {
            kind: ErrorKind::Refused,
            message,
            step: step.into(),
            attempts: 1,
        };
        let declared = plan
            .actions
            .get(action)
            .ok_or_else(|| fail(format!("no action `{action}`")))?;
        let secrets = Secrets::find(plan, &declared.function.secrets, &*self.secrets);
        let call = Call {
            flow: plan.flow.clone(),
            name: action.to_owned(),
            function: declared.function.clone(),
            code_dir: self.data.code(&declared.function.code.digest),
            args,
            input: declared.input.clone(),
            output: declared.output.clone(),
            secrets: secrets.map_err(|error| fail(error.to_string()))?,
            seal: Arc::clone(&self.seal),
            key: format!("{request}/{step}"),
            attempt: 1,
            log: self.data.step_log(request, step, 1),
        };
        self.functions.invoke(call, stop).await
    }
}

impl Walk {
    async fn go(mut self, reply: oneshot::Sender<Result<Answered, ServeError>>) {
        let mut reply = Some(reply);
        let mut going = FuturesUnordered::new();
        let deadline_ms = self.plan.infers[&self.infer].deadline_ms;
        let durable = self.plan.infers[&self.infer].durable;
        let clock = Arc::clone(&self.serving.clock);
        let mut deadline = clock.sleep(Duration::from_millis(deadline_ms));
        let mut event = Event::Start;
        loop {
            self.advance(event, &mut going);
            let ended = self.run.status.is_terminal();
            let output = answer(&self.plan, &self.run).filter(|_| ended || !durable);
            if let Some(output) = output.filter(|_| reply.is_some()) {
                self.remember(&output);
            }
            self.hand_over(durable && ended).await;
            if let Status::Failed { error } = &self.run.status {
                let error = self.failure(error.clone());
                reply.take().map(|reply| reply.send(Err(error)));
            } else if let Some(output) = answer(&self.plan, &self.run).filter(|_| ended || !durable) {
                let request = self.request.clone();
                reply
                    .take()
                    .map(|reply| reply.send(Ok(Answered { request, output })));
            }
            if ended {
                break;
            }
            event = tokio::select! {
                Some(event) = going.next() => event,
                () = &mut deadline => {
                    reply.take().map(|reply| reply.send(Err(ServeError::Deadline(deadline_ms))));
                    break;
                }
            };
        }
        self.stop.cancel();
    }

    fn advance(&mut self, event: Event, going: &mut FuturesUnordered<BoxFuture<'static, Event>>) {
        let mut due = vec![event];
        while let Some(event) = due.pop() {
            let (run, effects) = step(&self.plan, self.run.clone(), event, self.serving.clock.now());
            self.run = run;
            for effect in effects {
                match effect {
                    Effect::Invoke { token, action, args } => going.push(self.invoke(token, action, args)),
                    Effect::Act {
                        token,
                        package,
                        action,
                        args,
                    } => going.push(self.act(token, package, action, args)),
                    Effect::Predict { token, model, input } => going.push(self.predict(token, model, input)),
                    Effect::Live { token, model } => {
                        let served = self.serving.served.borrow();
                        let live = served.live.get(&(self.plan.flow.clone(), model));
                        let output = live.map_or(Value::Null, |live| serde_json::json!(live));
                        due.push(Event::Succeeded { token, output });
                    }
                    Effect::Append { step, dataset, row } => {
                        self.changes.push(Change::Row {
                            flow: self.plan.flow.clone(),
                            dataset,
                            key: format!("{}/{step}", self.request),
                            row,
                            at: self.serving.clock.now(),
                        });
                    }
                    Effect::Launch { token, .. }
                    | Effect::Snapshot { token, .. }
                    | Effect::Split { token, .. }
                    | Effect::Register { token, .. }
                    | Effect::Prepare { token, .. }
                    | Effect::Emit { token, .. }
                    | Effect::Callback { token }
                    | Effect::Warm { token, .. } => {
                        let message = "a route answers from memory; this belongs into a rule".to_owned();
                        let error = StepError {
                            kind: ErrorKind::Refused,
                            message,
                            step: String::new(),
                            attempts: 1,
                        };
                        due.push(Event::Failed { token, error });
                    }
                    // A walk ends with its deadline and stops its calls all together; nothing is published.
                    Effect::Stop { .. } | Effect::Wake { .. } | Effect::Ended => {}
                    Effect::Publish { .. } | Effect::GoLive { .. } => {}
                }
            }
        }
    }

    fn invoke(&self, token: Token, action: String, args: Value) -> BoxFuture<'static, Event> {
        let (serving, plan) = (Arc::clone(&self.serving), Arc::clone(&self.plan));
        let (request, stop) = (self.request.clone(), self.stop.child_token());
        let graph = &self.plan.infers[&self.infer].graph;
        let step = self.run.step_name(graph, token.step);
        Box::pin(async move {
            let outcome = serving.call(&plan, &request, &step, &action, args, stop).await;
            event(token, outcome)
        })
    }

    fn act(&self, token: Token, package: String, action: String, args: Value) -> BoxFuture<'static, Event> {
        let (serving, plan) = (Arc::clone(&self.serving), Arc::clone(&self.plan));
        let stop = self.stop.child_token();
        Box::pin(async move {
            let outcome = serving.acts.act(&plan, &package, &action, args, stop).await;
            event(token, outcome)
        })
    }

    fn predict(&self, token: Token, model: String, input: Value) -> BoxFuture<'static, Event> {
        let (serving, plan) = (Arc::clone(&self.serving), Arc::clone(&self.plan));
        Box::pin(async move {
            let refuse = |message: String| StepError {
                kind: ErrorKind::Refused,
                message,
                step: model.clone(),
                attempts: 1,
            };
            let outcome = match serving.live.asked(&plan, &model) {
                Err(error) => Err(refuse(error.to_string())),
                Ok(pool) => match pool.predict(vec![input]).await {
                    Ok(mut rows) => rows
                        .pop()
                        .ok_or_else(|| refuse(format!("`{model}` answered no row"))),
                    Err(error) => Err(error),
                },
            };
            event(token, outcome)
        })
    }

    /// A model without a version is the one failure that is nobody's fault: it has its own answer.
    fn failure(&self, error: StepError) -> ServeError {
        let served = self.serving.served.borrow();
        let models = self.plan.models.keys().chain(self.plan.imports.keys());
        let missing = models.filter(|model| {
            let asked = self.plan.asked(model);
            asked.is_some_and(|asked| {
                let place = (asked.flow.to_owned(), (*model).clone());
                !served.live.contains_key(&place)
            })
        });
        let named = missing
            .into_iter()
            .find(|model| error.message == ServeError::NotLive((*model).clone()).to_string());
        named.map_or(ServeError::Step(error), |model| {
            ServeError::NotLive(model.clone())
        })
    }

    /// Notes the request, if feedback can join it.
    fn remember(&mut self, output: &Value) {
        if !self
            .plan
            .feedbacks
            .values()
            .any(|feedback| feedback.of == self.infer)
        {
            return;
        }
        let keep_ms = self.plan.infers[&self.infer].keep_ms;
        self.changes.push(Change::Request {
            id: self.request.clone(),
            flow: self.plan.flow.clone(),
            infer: self.infer.clone(),
            input: self.input.clone(),
            output: output.clone(),
            expires: self.serving.clock.now() + keep_ms,
        });
    }

    /// Hands what there is to the owner of the runs, whatever becomes of the request, and waits until it is
    /// durable if that was asked.
    async fn hand_over(&mut self, wait: bool) {
        if self.changes.is_empty() && !wait {
            return;
        }
        let (written, durable) = oneshot::channel();
        let changes = std::mem::take(&mut self.changes);
        let reply = wait.then_some(written);
        let flow = self.plan.flow.clone();
        self.serving
            .handle
            .tell(Message::Served { flow, changes, reply })
            .await;
        if wait && durable.await.is_err() {
            tracing::warn!(
                request = self.request,
                "the daemon stopped before an answer was durable"
            );
        }
    }
}

fn event(token: Token, outcome: Result<Value, StepError>) -> Event {
    match outcome {
        Ok(output) => Event::Succeeded { token, output },
        Err(error) => Event::Failed { token, error },
    }
}
