//! What the engine promises, on small plans made by hand and on random ones.

#![expect(clippy::unwrap_used, reason = "what is missing here is a failed test")]

mod admit;
mod answers;
mod approvals;
mod branches;
mod callbacks;
mod catches;
mod draft;
mod eval;
mod failures;
mod resolve;
mod restarts;
mod retries;
mod rounds;
mod script;
mod sim;
