//! What the end-to-end tests share; the tests are in `tests/it`.

pub mod parts;
pub mod tree;
