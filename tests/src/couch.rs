//! Databases for tests: a real server, and one in Rust that plays what the real one does not do.

pub mod real;
pub mod scripted;

use serde_json::{Value, json};

/// A document of the contract's type.
pub fn note(number: u64) -> Value {
    json!({ "_id": format!("note-{number}"), "number": number, "beside": "not declared" })
}
