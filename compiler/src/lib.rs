//! The compiler of Flow.
//!
//! [`load`] reads a project from disk; [`check()`] is pure: it holds the project against an environment and
//! lowers it to a plan. The way of a flow: parse (in `flow-lang`) → `resolve` (names) → `types` →
//! `lower` (plan and marks) → [`rules`] (everything that is proved about the plan).

pub mod cases;
pub mod cli;
pub mod emit;
pub mod headroom;
pub mod load;
pub mod marks;
pub mod openwhisk;
mod packages;
pub mod project;
pub mod rules;

mod check;
mod link;
mod lower;
mod resolve;
mod types;
mod unit;
mod zones;

pub use check::{Checked, check};
