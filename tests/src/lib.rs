//! What the end-to-end tests share; the tests are in `tests/it`.

pub mod chance;
pub mod daemon;
pub mod kept;
pub mod parts;
pub mod processes;
pub mod tree;
