//! Before a version goes live, a worker loads it.

use super::{Parts, refused};
use crate::worker::Answer;
use flow_engine::StepError;
use flow_lang::plan::{ModelRef, Plan};
use std::sync::Arc;

impl Parts {
    /// Starts a worker of the version and keeps its pool for the moment when it goes live.
    pub(super) async fn warm(
        &self,
        plan: &Arc<Plan>,
        model: &str,
        candidate: ModelRef,
    ) -> Result<Answer, StepError> {
        let declared = plan
            .models
            .get(model)
            .ok_or_else(|| refused(format!("no model `{model}`")))?;
        self.live.warm(&plan.flow, model, declared, &candidate).await?;
        Ok(Answer::Warm {
            model: model.to_owned(),
            candidate,
        })
    }
}
