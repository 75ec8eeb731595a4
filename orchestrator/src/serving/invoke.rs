//! Calling an action, or a chain of them with a name, outside any run, as `flowd invoke` does.

use super::Serving;
use crate::clock::new_id;
use flow_engine::{ErrorKind, StepError};
use flow_lang::plan::{Plan, Type};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// The most parts that a chain may come to. A plan may come from elsewhere, and name a chain inside itself.
const PARTS_MAX: usize = 1_000;

impl Serving {
    /// Calls an action or a chain. `args` are checked and filled. What is private in the result is sealed, as anywhere
    /// outside of the code. As in a run, a part that is handed nothing for a field that must be there is not called, and
    /// the result is absent.
    ///
    /// # Errors
    /// See [`StepError`].
    pub async fn invoke(&self, plan: &Plan, name: &str, args: Value) -> Result<Value, StepError> {
        let refused = |message: String| failure(name, ErrorKind::Refused, message);
        let parts =
            parts(plan, name).ok_or_else(|| refused(format!("`{}` has no action `{name}`", plan.flow)))?;
        let id = new_id(&*self.clock);
        let mut value = args;
        for (at, part) in parts.iter().enumerate() {
            let input = input(plan, part).ok_or_else(|| refused(format!("there is no part `{part}`")))?;
            if at > 0 {
                match handed(input, value) {
                    Some(handed) => value = handed,
                    None => return Ok(Value::Null),
                }
            }
            value = match plan.actions.get(*part) {
                Some(_) => self.invoke_action(plan, &id, part, value, at == 0).await?,
                None => self.invoke_model(plan, part, value).await?,
            };
        }
        Ok(value)
    }

    async fn invoke_action(
        &self,
        plan: &Plan,
        id: &str,
        action: &str,
        mut args: Value,
        is_from_outside: bool,
    ) -> Result<Value, StepError> {
        let declared = &plan.actions[action];
        if let Some(given) = args.as_object_mut() {
            for (name, value) in &declared.function.params {
                if given.get(name).is_none_or(Value::is_null) {
                    given.insert(name.clone(), value.clone());
                }
            }
        }
        declared.input.fill(&mut args);
        let checked = match is_from_outside {
            true => declared.input.admit(&args),
            false => declared.input.check(&args),
        };
        checked.map_err(|misfit| failure(action, ErrorKind::Type, misfit.to_string()))?;
        self.call(plan, id, action, action, args, CancellationToken::new())
            .await
    }

    async fn invoke_model(&self, plan: &Plan, model: &str, row: Value) -> Result<Value, StepError> {
        let pool = self.live.asked(plan, model);
        let pool = pool.map_err(|error| failure(model, ErrorKind::Refused, error.to_string()))?;
        let mut rows = pool.predict(vec![row]).await?;
        rows.pop()
            .ok_or_else(|| failure(model, ErrorKind::Refused, format!("`{model}` answered no row")))
    }
}

/// What can be called under a name, by what it takes.
pub fn callable<'p>(plan: &'p Plan, name: &str) -> Option<&'p Type> {
    parts(plan, name)?.first().and_then(|first| input(plan, first))
}

/// What is called one after the other for a name.
fn parts<'p>(plan: &'p Plan, name: &str) -> Option<Vec<&'p str>> {
    if let Some((action, _)) = plan.actions.get_key_value(name) {
        return Some(vec![action]);
    }
    let (chain, _) = plan.compositions.get_key_value(name)?;
    let mut parts = Vec::new();
    let mut open = vec![chain.as_str()];
    let mut looked_at = 0;
    while let Some(part) = open.pop() {
        looked_at += 1;
        if looked_at > PARTS_MAX {
            return None;
        }
        match plan.compositions.get(part) {
            Some(inner) => open.extend(inner.iter().rev().map(String::as_str)),
            None => parts.push(part),
        }
    }
    Some(parts)
}

fn input<'p>(plan: &'p Plan, part: &str) -> Option<&'p Type> {
    let action = plan.actions.get(part).map(|action| &action.input);
    action.or_else(|| plan.asked(part).map(|asked| asked.input))
}

/// Of what a part gives, what the next one asks for; nothing if something lacks that must be there.
fn handed(input: &Type, value: Value) -> Option<Value> {
    let Value::Object(mut given) = value else {
        return None;
    };
    let fields = input.fields()?;
    given.retain(|name, value| fields.contains_key(name) && !value.is_null());
    let lacks = fields.iter().any(|(name, field)| {
        let may_lack = field.default.is_some() || matches!(field.ty, Type::Optional(_));
        !may_lack && !given.contains_key(name)
    });
    (!lacks).then_some(Value::Object(given))
}

fn failure(step: &str, kind: ErrorKind, message: String) -> StepError {
    StepError {
        kind,
        message,
        step: step.into(),
        attempts: 1,
    }
}
