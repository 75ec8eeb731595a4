//! How a call fails, in the words of the language.

use flow_engine::{ErrorKind, StepError};

/// Bytes of a message that are kept; the language promises `text<1KiB>`.
const MESSAGE_MAX: usize = 1024;

/// A failure with its message; step and attempts are filled in by who knows them.
pub(crate) fn failure(kind: ErrorKind, message: impl Into<String>) -> StepError {
    let mut message = message.into();
    message.truncate(message.floor_char_boundary(MESSAGE_MAX));
    StepError {
        kind,
        message,
        step: String::new(),
        attempts: 0,
    }
}
