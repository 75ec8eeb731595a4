//! Functions on real Pythons: what a person sees when they work, and when they do not.

mod environments;
mod guarded;
mod limits;
mod results;
pub(crate) mod stage;
