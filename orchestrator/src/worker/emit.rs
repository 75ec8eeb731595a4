//! `emit`: a step enters an event, in the group in which it ends.
//!
//! The runs that the event starts are made in that group, and begin when the group is decided or, if they were made
//! then, in the next. So rules that emit for each other take a group for each round, however many there are, and nobody
//! who waits for the owner of the runs waits for all of them.

use super::advance::step_name;
use super::batch::Batch;
use super::core::Core;
use super::intake::{Starts, hearers};
use super::state::OpenRun;
use flow_engine::{ErrorKind, Event, StepError, Token};
use serde_json::Value;

impl Core {
    /// Enters the event of a step, as a fire of the trigger does, and answers the step.
    ///
    /// The rules are those of the plan that is active now. If the trigger is not there any more, or takes something
    /// else, the step is refused.
    pub(super) fn emit(
        &mut self,
        batch: &mut Batch,
        run: &str,
        open: &OpenRun,
        token: Token,
        trigger: String,
        mut payload: Value,
    ) -> Event {
        let refused = |message: String| Event::Failed {
            token,
            error: StepError::new(ErrorKind::Refused, message),
        };
        let active = self.memory.flows.get(&open.flow).cloned();
        let Some((active, declared)) = active.as_ref().and_then(|active| {
            let declared = active.plan.triggers.get(&trigger)?;
            declared.source.is_none().then_some((active, declared))
        }) else {
            return refused(format!(
                "`{trigger}` is no trigger to emit of the plan that is deployed now"
            ));
        };
        declared.payload.fill(&mut payload);
        if let Err(misfit) = declared.payload.check(&payload) {
            return refused(format!(
                "`{trigger}` of the plan that is deployed now cannot carry this: {misfit}"
            ));
        }
        let source = format!("trigger/{trigger}");
        let key = format!("run/{run}/{}", step_name(open, token.step));
        let entered = self.enter_event(batch, active, &open.flow, &source, &key, payload);
        for (name, rule) in hearers(&active.plan, &source) {
            self.hear(batch, active, &open.flow, name, rule, &entered, Starts::Next);
        }
        Event::Succeeded {
            token,
            output: Value::Null,
        }
    }
}
