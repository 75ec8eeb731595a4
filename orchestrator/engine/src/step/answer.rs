//! Taking a step's value in, and giving the run's value out.

use super::Walk;
use super::call::model_ref;
use crate::eval::{Scope, eval, project};
use crate::mutants::{Bug, planted};
use crate::{Effect, ErrorKind, Run, State, Status, StepError, Token};
use flow_lang::plan::{Graph, Op, Plan, StepIx, Type, json_size};
use flow_lang::units;
use serde_json::{Value, json};

/// The value of `return`, as soon as the steps that it reads have ended; others may still go on. Nothing while
/// it is not ready, and nothing once the run has failed or was cancelled.
pub fn answer(plan: &Plan, run: &Run) -> Option<Value> {
    match &run.status {
        Status::Succeeded { output } => return Some(output.clone()),
        Status::Pending | Status::Failed { .. } | Status::Cancelled { .. } => return None,
        Status::Running { .. } => {}
    }
    let graph = run.graph.find(plan)?;
    let mut ready = true;
    graph.result.as_ref()?.each_step(&mut |ix| {
        ready &= run.steps.get(ix).is_some_and(State::has_ended);
    });
    if !ready {
        return None;
    }
    result(graph, run).ok()
}

impl Walk<'_> {
    pub(super) fn succeeded(&mut self, token: Token, output: Value) {
        if !self.awaits(token) {
            let is_done = matches!(self.run.steps.get(token.step), Some(State::Done { .. }));
            if planted(Bug::DoneTwice) && is_done {
                self.done(token.step, json!("a second answer"));
            }
            return;
        }
        match self.accept(token.step, output) {
            Ok((output, entry)) => {
                self.done(token.step, output);
                self.effects.extend(entry);
            }
            Err(error) => self.failed(token, error),
        }
    }

    pub(super) fn result(&self) -> Result<Value, StepError> {
        result(self.graph, &self.run)
    }

    /// The value as declared, and what enters the registry with it.
    pub(super) fn accept(&self, ix: StepIx, output: Value) -> Result<(Value, Option<Effect>), StepError> {
        let step = self.step(ix);
        let (declared, most) = match &step.op {
            Op::Invoke { action, .. } => {
                let action = self.plan.actions.get(action);
                (
                    action.map(|action| &action.output),
                    action.map(|action| action.function.result),
                )
            }
            Op::Predict { model, .. } => {
                let asked = self.plan.asked(model);
                (asked.map(|asked| asked.output), asked.map(|asked| asked.result))
            }
            // What comes back is bounded by its type and by the package itself.
            Op::Act { .. } => (None, None),
            Op::Launch { job, .. } => (self.plan.jobs.get(job).map(|job| &job.output), None),
            Op::Snapshot { .. }
            | Op::Split { .. }
            | Op::Live { .. }
            | Op::Append { .. }
            | Op::Deploy { .. }
            | Op::Prepare { .. }
            | Op::Register { .. }
            | Op::Emit { .. }
            | Op::Sleep { .. }
            | Op::Approval { .. }
            | Op::Callback
            | Op::Await { .. }
            | Op::Failure
            | Op::When { .. }
            | Op::Catch { .. }
            | Op::Each { .. } => (None, None),
        };
        let output = fit(
            declared.unwrap_or(&step.output),
            output,
            "the result does not fit",
        )?;
        let bytes = json_size(&output);
        if let Some(most) = most.filter(|most| bytes > *most) {
            let (bytes, most) = (units::size(bytes), units::size(most));
            return Err(StepError::new(
                ErrorKind::Limit,
                format!("the result has {bytes}; it may have {most}"),
            ));
        }
        let entry = self.entry(ix, &output)?;
        Ok((output, entry))
    }

    /// INVARIANT: only the transition to `Done` asks for an entry, so it is made once.
    fn entry(&self, ix: StepIx, output: &Value) -> Result<Option<Effect>, StepError> {
        match &self.step(ix).op {
            Op::Launch { job, .. } => {
                let trains = self
                    .plan
                    .jobs
                    .get(job)
                    .is_some_and(|job| matches!(job.output, Type::Model { .. }));
                if !trains {
                    return Ok(None);
                }
                Ok(Some(Effect::Publish {
                    step: ix,
                    train: job.clone(),
                    model: model_ref(output.clone())?,
                }))
            }
            Op::Register { .. } => {
                let model = model_ref(output.clone())?;
                Ok(Some(Effect::Publish {
                    step: ix,
                    train: model.train.clone(),
                    model,
                }))
            }
            Op::Deploy { model, candidate } => {
                Ok(self.candidate(ix, candidate)?.map(|candidate| Effect::GoLive {
                    step: ix,
                    model: model.clone(),
                    candidate,
                }))
            }
            Op::Invoke { .. }
            | Op::Act { .. }
            | Op::Predict { .. }
            | Op::Snapshot { .. }
            | Op::Split { .. }
            | Op::Live { .. }
            | Op::Append { .. }
            | Op::Prepare { .. }
            | Op::Emit { .. }
            | Op::Sleep { .. }
            | Op::Approval { .. }
            | Op::Callback
            | Op::Await { .. }
            | Op::Failure
            | Op::When { .. }
            | Op::Catch { .. }
            | Op::Each { .. } => Ok(None),
        }
    }
}

/// The value of `return`, checked; null in a graph without one.
fn result(graph: &Graph, run: &Run) -> Result<Value, StepError> {
    let Some(expr) = &graph.result else {
        return Ok(Value::Null);
    };
    let scope = Scope {
        input: &run.input,
        steps: &run.steps,
        inside: None,
    };
    match eval(expr, &scope) {
        Ok(value) => fit(&graph.output, value, "the returned value does not fit"),
        Err(error) => Err(StepError::new(ErrorKind::Type, error.to_string())),
    }
}

/// Leaves what is declared and checks it. What a function adds to its declared record is nobody's business: it
/// is dropped here, so that it is neither kept nor sent on.
fn fit(ty: &Type, value: Value, complaint: &str) -> Result<Value, StepError> {
    let answers_nothing = ty.fields().is_some_and(|fields| fields.is_empty());
    let value = match value {
        Value::Null if answers_nothing => json!({}),
        value => project(ty, value),
    };
    match ty.check(&value) {
        Ok(()) => Ok(value),
        Err(misfit) => Err(StepError::new(ErrorKind::Type, format!("{complaint}: {misfit}"))),
    }
}
