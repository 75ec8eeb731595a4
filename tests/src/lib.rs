//! What the end-to-end tests share; the tests are in `tests/it`.

pub mod birds;
pub mod chance;
pub mod clock;
pub mod couch;
pub mod daemon;
pub mod following;
pub mod inside;
pub mod kept;
pub mod parts;
pub mod processes;
pub mod tree;
pub mod wait;
