//! The run engine of Flow: a pure function from a run, an event and the time to the next run and its effects.
//!
//! No clock, no input or output, no randomness: what happens is decided here, and carried out elsewhere.
//! [`step()`] moves one run; [`admit`] decides what an event does when its rule is busy; [`eval`] computes the
//! expressions between steps.

pub mod admit;
mod effect;
pub mod eval;
mod event;
pub mod mutants;
mod run;
mod step;

pub use effect::Effect;
pub use event::{ErrorKind, Event, StepError, Token, Verdict};
pub use run::{GraphRef, Round, Run, SkipReason, State, Status};
pub use step::{Unresolved, answer, resolvable, step};

/// Milliseconds since the Unix epoch, from the daemon's clock.
pub type Millis = u64;
