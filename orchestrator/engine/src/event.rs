//! What happens to a run.

use flow_lang::plan::StepIx;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Names one sending of one try of one step. An answer with an older token is stale and changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Token {
    /// The step.
    pub step: StepIx,
    /// Which try, from 1.
    pub attempt: u32,
    /// Which sending of it, from 0.
    pub resend: u32,
}

/// What happens to a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Its turn has come.
    Start,
    /// A step came back with a value.
    Succeeded {
        /// Which sending.
        token: Token,
        /// The value.
        output: Value,
    },
    /// A try of a step failed.
    Failed {
        /// Which sending.
        token: Token,
        /// Why.
        error: StepError,
    },
    /// Somebody says yes to a step that waits for it.
    Approved {
        /// The step.
        step: StepIx,
        /// Who.
        by: String,
    },
    /// Somebody says no to a step that waits for a yes.
    Denied {
        /// The step.
        step: StepIx,
        /// Who.
        by: String,
        /// Why, in one line; may be empty.
        message: String,
    },
    /// Somebody outside has posted to the callback that a step waits for.
    Posted {
        /// The step that waits.
        step: StepIx,
        /// What; with its defaults, and sealed where it is private.
        output: Value,
    },
    /// A person says what became of a step whose outcome is not known.
    Resolved {
        /// The step.
        step: StepIx,
        /// What became of it.
        verdict: Verdict,
    },
    /// Time has passed: tries that are due are sent, a passed deadline ends the run.
    Tick,
    /// A new daemon has taken over: what was handed over is handed over again.
    Restarted,
    /// It has to stop.
    Cancel {
        /// Who or what says so.
        why: String,
    },
}

/// What a person says of a step whose outcome is not known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It did what it should, with this value.
    Succeeded {
        /// The value.
        output: Value,
    },
    /// It did not; this can be caught.
    Failed {
        /// One line for people; at most 1 KiB.
        message: String,
    },
    /// It may be done again, as another try.
    Again,
}

/// Why a step failed, as the `err` of `catch` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepError {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// One line for people; at most 1 KiB.
    pub message: String,
    /// The step's name.
    #[serde(default)]
    pub step: String,
    /// Tries made.
    #[serde(default)]
    pub attempts: u32,
}

/// The most bytes of an error's message.
const MESSAGE_MAX: usize = 1024;

impl StepError {
    /// An error whose step and tries the engine fills in. The message is cut to 1 KiB, and control characters
    /// become blanks, so that `err.message` is a `text<1KiB>` whatever a program printed.
    pub fn new(kind: ErrorKind, message: impl AsRef<str>) -> StepError {
        let message = message.as_ref();
        let end = message.floor_char_boundary(MESSAGE_MAX);
        StepError {
            kind,
            message: message[..end].chars().map(printable).collect(),
            step: String::new(),
            attempts: 0,
        }
    }
}

/// Only ASCII and C1 controls are replaced; a blank is never longer than what it stands for.
fn printable(c: char) -> char {
    if c.is_control() && !matches!(c, '\t' | '\n' | '\r') {
        ' '
    } else {
        c
    }
}

/// Kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// It took too long.
    Timeout,
    /// It ended without an answer, or with an exception.
    Crash,
    /// It went over memory, payload, result or fan-out.
    Limit,
    /// A value does not fit its declared type.
    Type,
    /// It could not be started as asked, and trying again will not help.
    Refused,
    /// A new version was taken back.
    RolledBack,
}

impl ErrorKind {
    /// The word for it, as in `err.kind`.
    pub fn word(self) -> &'static str {
        match self {
            ErrorKind::Timeout => "timeout",
            ErrorKind::Crash => "crash",
            ErrorKind::Limit => "limit",
            ErrorKind::Type => "type",
            ErrorKind::Refused => "refused",
            ErrorKind::RolledBack => "rolled_back",
        }
    }
}
