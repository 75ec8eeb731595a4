//! Functions on real Pythons and Nodes: what a person sees when they work, and when they do not.

mod environments;
mod guarded;
mod javascript;
mod limits;
mod network;
mod results;
pub(crate) mod stage;
