//! What the daemon's parts promise, tried on real processes and files.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, as it should")]

mod api;
mod jobs;
mod operations;
mod sim;
