//! The transition function.

use crate::{Effect, Event, Millis, Run};
use flow_lang::plan::Plan;

/// Moves `run`, which was started on `plan`, by one event. An event that does not fit the state, such as a
/// stale answer, changes nothing and has no effects.
pub fn step(_plan: &Plan, run: Run, _event: Event, _now: Millis) -> (Run, Vec<Effect>) {
    (run, Vec::new())
}
