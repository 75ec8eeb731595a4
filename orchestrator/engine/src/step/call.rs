//! What a step asks for: its arguments computed, filled, checked and measured.

use super::Walk;
use crate::eval::eval;
use crate::{Effect, ErrorKind, StepError, Token};
use flow_lang::plan::{Expr, ModelRef, Op, StepIx, Type, json_size};
use flow_lang::units;
use serde_json::Value;

impl Walk<'_> {
    /// The effect that hands a step over; nothing if a value that it requires is absent.
    ///
    /// # Errors
    /// Arguments that do not fit (`type`), too many bytes of them (`limit`), or a name that the plan does not
    /// have (`refused`).
    pub(super) fn call(&self, token: Token) -> Result<Option<Effect>, StepError> {
        let step = token.step;
        let effect = match &self.step(step).op {
            Op::Invoke { action, args } => {
                let callee = self.plan.actions.get(action).ok_or_else(|| missing(action))?;
                let args = self.arguments(step, action, &callee.input, args)?;
                let Some(args) = within_payload(action, callee.function.payload, args)? else {
                    return Ok(None);
                };
                let action = action.clone();
                Effect::Invoke { token, action, args }
            }
            Op::Launch { job, args } => {
                let callee = self.plan.jobs.get(job).ok_or_else(|| missing(job))?;
                let Some(args) = self.arguments(step, job, &callee.input, args)? else {
                    return Ok(None);
                };
                let job = job.clone();
                Effect::Launch { token, job, args }
            }
            Op::Act {
                package,
                action,
                args,
            } => {
                let callee = self
                    .plan
                    .packages
                    .get(package)
                    .and_then(|package| package.actions.get(action));
                let callee = callee.ok_or_else(|| missing(package))?;
                let Some(args) = self.arguments(step, &format!("{package}.{action}"), &callee.input, args)?
                else {
                    return Ok(None);
                };
                let (package, action) = (package.clone(), action.clone());
                Effect::Act {
                    token,
                    package,
                    action,
                    args,
                }
            }
            Op::Predict { model, input } => {
                let asked = self.plan.asked(model).ok_or_else(|| missing(model))?;
                let input = self.arguments(step, model, asked.input, input)?;
                let Some(input) = within_payload(model, asked.payload, input)? else {
                    return Ok(None);
                };
                let model = model.clone();
                Effect::Predict { token, model, input }
            }
            Op::Snapshot { dataset } => Effect::Snapshot {
                token,
                dataset: dataset.clone(),
            },
            Op::Split { dataset, test } => Effect::Split {
                token,
                dataset: dataset.clone(),
                test: *test,
            },
            Op::Live { model } => Effect::Live {
                token,
                model: model.clone(),
            },
            Op::Deploy { model, candidate } => {
                let Some(candidate) = self.candidate(step, candidate)? else {
                    return Ok(None);
                };
                let model = model.clone();
                Effect::Warm {
                    token,
                    model,
                    candidate,
                }
            }
            Op::Prepare { prepare } => Effect::Prepare {
                token,
                rule: self.run.graph.name().to_owned(),
                prepare: prepare.clone(),
            },
            Op::Register { blob } => {
                let value = self.value(step, blob)?;
                if value.is_null() {
                    return Ok(None);
                }
                let blob = serde_json::from_value(value)
                    .map_err(|error| StepError::new(ErrorKind::Type, format!("expected a blob: {error}")))?;
                Effect::Register { token, blob }
            }
            Op::Emit { trigger, payload } => {
                let declared = self.plan.triggers.get(trigger).ok_or_else(|| missing(trigger))?;
                let Some(payload) = self.arguments(step, trigger, &declared.payload, payload)? else {
                    return Ok(None);
                };
                let trigger = trigger.clone();
                Effect::Emit {
                    token,
                    trigger,
                    payload,
                }
            }
            Op::Callback => Effect::Callback { token },
            Op::When { .. }
            | Op::Catch { .. }
            | Op::Each { .. }
            | Op::Append { .. }
            | Op::Sleep { .. }
            | Op::Approval { .. }
            | Op::Await { .. }
            | Op::Failure => {
                let name = &self.step(step).name;
                return Err(StepError::new(
                    ErrorKind::Refused,
                    format!("`{name}` is decided in place"),
                ));
            }
        };
        Ok(Some(effect))
    }

    /// A row, checked against the type of its dataset.
    pub(super) fn row(&self, ix: StepIx, dataset: &str, row: &Expr) -> Result<Option<Value>, StepError> {
        let declared = self.plan.datasets.get(dataset).ok_or_else(|| missing(dataset))?;
        self.arguments(ix, dataset, &declared.row, row)
    }

    /// The version that a deploy is about.
    pub(super) fn candidate(&self, ix: StepIx, candidate: &Expr) -> Result<Option<ModelRef>, StepError> {
        let value = self.value(ix, candidate)?;
        if value.is_null() {
            return Ok(None);
        }
        model_ref(value).map(Some)
    }

    /// The value of `expr` as `callee` declares it; nothing if what is required is absent.
    fn arguments(
        &self,
        ix: StepIx,
        callee: &str,
        ty: &Type,
        expr: &Expr,
    ) -> Result<Option<Value>, StepError> {
        let mut value = self.value(ix, expr)?;
        ty.fill(&mut value);
        if lacks_required(ty, &value) {
            return Ok(None);
        }
        match ty.check(&value) {
            Ok(()) => Ok(Some(value)),
            Err(misfit) => Err(StepError::new(
                ErrorKind::Type,
                format!("`{callee}` cannot be given this: {misfit}"),
            )),
        }
    }

    pub(super) fn value(&self, ix: StepIx, expr: &Expr) -> Result<Value, StepError> {
        eval(expr, &self.scope(ix)).map_err(|error| StepError::new(ErrorKind::Type, error.to_string()))
    }
}

/// A model reference out of a value.
pub(super) fn model_ref(value: Value) -> Result<ModelRef, StepError> {
    serde_json::from_value(value)
        .map_err(|error| StepError::new(ErrorKind::Type, format!("expected a model version: {error}")))
}

/// A call that lacks a required value is not made, and is absent itself. Only records are looked into: an absent
/// item of a list is a misfit.
fn lacks_required(ty: &Type, value: &Value) -> bool {
    match (ty, value) {
        (Type::Optional(_), Value::Null) => false,
        (_, Value::Null) => true,
        (Type::Optional(inner), value) => lacks_required(inner, value),
        (Type::Record(fields), Value::Object(given)) => fields
            .iter()
            .any(|(name, field)| lacks_required(&field.ty, given.get(name).unwrap_or(&Value::Null))),
        _ => false,
    }
}

fn within_payload(callee: &str, most: u64, args: Option<Value>) -> Result<Option<Value>, StepError> {
    let bytes = args.as_ref().map_or(0, json_size);
    if bytes <= most {
        return Ok(args);
    }
    let (bytes, most) = (units::size(bytes), units::size(most));
    let message = format!("the arguments of `{callee}` have {bytes}; a call may have {most}");
    Err(StepError::new(ErrorKind::Limit, message))
}

fn missing(name: &str) -> StepError {
    StepError::new(ErrorKind::Refused, format!("the plan has no `{name}`"))
}
