//! All SQL: one writer that commits batches of changes, readers beside it.

mod change;

pub use change::{Change, Verdict};
