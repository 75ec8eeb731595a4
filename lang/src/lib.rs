//! The shared vocabulary of Flow. Pure: no input or output, no async.
//!
//! Read in this order: [`span`] and [`report`] (where something stands and what is wrong with it), [`ast`]
//! (what was written), [`plan`] (what will run), [`limits`] and [`catalog`] (what the outside world allows).

pub mod ast;
pub mod catalog;
pub mod format;
pub mod limits;
pub mod parse;
pub mod plan;
pub mod report;
pub mod span;
pub mod suggest;
pub mod units;
