//! Calls of actions and of live models.

use super::{Parts, crashed, refused};
use crate::functions::Call;
use crate::redact::Secrets;
use crate::worker::{Answer, Order};
use flow_engine::StepError;
use flow_lang::plan::Plan;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The longest that a step waits for a model that has no live version yet.
const NOT_LIVE_MAX: Duration = Duration::from_secs(600);

impl Parts {
    pub(super) async fn invoke(
        &self,
        order: &Order,
        action: &str,
        args: Value,
        stop: CancellationToken,
    ) -> Result<Answer, StepError> {
        let key = format!("{}/{}", order.run, order.step);
        self.call(order, action, args, (key, order.token.attempt), stop)
            .await
    }

    /// Calls an action for a step, whose log it writes to, under a key and as its so many-th attempt.
    pub(super) async fn call(
        &self,
        order: &Order,
        action: &str,
        args: Value,
        (key, attempt): (String, u32),
        stop: CancellationToken,
    ) -> Result<Answer, StepError> {
        let declared = order
            .plan
            .actions
            .get(action)
            .ok_or_else(|| refused(format!("no action `{action}`")))?;
        let call = Call {
            flow: order.plan.flow.clone(),
            name: action.to_owned(),
            function: declared.function.clone(),
            code_dir: self.data.code(&declared.function.code.digest),
            args,
            input: declared.input.clone(),
            output: declared.output.clone(),
            secrets: self.secrets_of(&order.plan, &declared.function.secrets)?,
            seal: Arc::clone(&self.seal),
            key,
            attempt,
            log: self.data.step_log(&order.run, &order.step, order.token.attempt),
        };
        self.functions.invoke(call, stop).await.map(Answer::Value)
    }

    /// Asks a model. A run can wait for its first version: it is durable, and holds no function meanwhile.
    pub(super) async fn predict(
        &self,
        plan: &Plan,
        model: &str,
        input: Value,
        stop: CancellationToken,
    ) -> Result<Answer, StepError> {
        let pool = tokio::select! {
            pool = self.live.once_live(plan, model) => pool,
            () = self.clock.sleep(NOT_LIVE_MAX) => self.live.asked(plan, model),
            () = stop.cancelled() => return Err(crashed("was stopped")),
        };
        let pool = pool.map_err(|error| refused(error.to_string()))?;
        let mut answers = pool.predict(vec![input]).await?;
        answers
            .pop()
            .map(Answer::Value)
            .ok_or_else(|| refused(format!("`{model}` answered no row")))
    }

    /// The values of the secrets that something names. Their values never stand in a message.
    pub(super) fn secrets_of(&self, plan: &Plan, names: &[String]) -> Result<Secrets, StepError> {
        Secrets::find(plan, names, &*self.secrets).map_err(|error| refused(error.to_string()))
    }
}
