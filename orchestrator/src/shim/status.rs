//! How a job ended.

use flow_engine::Millis;
use serde::{Deserialize, Serialize};

/// How a job ended, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// How.
    pub end: End,
    /// When its shim took it.
    pub started: Millis,
    /// When its last process was gone.
    pub ended: Millis,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum End {
    /// By itself.
    Exited {
        /// Zero is success.
        code: i32,
    },
    /// By a signal that did not come from its shim.
    Killed {
        /// Its number.
        signal: i32,
    },
    /// By its shim.
    Stopped(Stop),
    /// It never ran.
    Unstartable {
        /// Why.
        message: String,
    },
}

/// Why a shim ended its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// It ran too long.
    Timeout,
    /// It used too much memory.
    Memory,
    /// Somebody wanted it.
    Cancelled,
}
