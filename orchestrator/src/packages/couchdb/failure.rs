//! Why a database did not do what it was asked.

use crate::outbound::OutboundError;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;
use std::time::Duration;

/// A server that asks for more is asked again after so long.
const WAIT_MAX: Duration = Duration::from_secs(300);
/// So many characters of what a server says are told.
const REASON_CHARS: usize = 200;

/// Why a database did not do what it was asked, in words that name no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Failure {
    /// What kind of failure it is.
    pub kind: FailureKind,
    why: String,
}

/// Kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// No connection, or one that broke.
    Network,
    /// It took too long.
    Late,
    /// The server has a trouble of its own.
    Server,
    /// Too many questions.
    Busy {
        /// How long it wants to be left alone.
        wait: Option<Duration>,
    },
    /// Not with this user and password.
    Denied,
    /// There is no such thing.
    Missing,
    /// The document is there in another revision.
    Conflict,
    /// More bytes than the server takes.
    TooLarge,
    /// It does not understand what it was asked.
    Malformed,
    /// Asking again would come to the same.
    Refused,
}

impl Failure {
    pub(super) fn new(kind: FailureKind, why: String) -> Failure {
        Failure { kind, why }
    }

    pub(super) fn on_the_way(place: &str, error: OutboundError) -> Failure {
        let kind = match &error {
            OutboundError::Late => FailureKind::Late,
            OutboundError::NotJson { status: 429, .. } => FailureKind::Busy { wait: None },
            OutboundError::NotJson {
                status: 401 | 403, ..
            } => FailureKind::Denied,
            OutboundError::TooLong { .. } => FailureKind::TooLarge,
            OutboundError::Network { .. } => FailureKind::Network,
            OutboundError::NotJson { .. } if error.retry() => FailureKind::Server,
            OutboundError::NotJson { .. }
            | OutboundError::Url { .. }
            | OutboundError::Address { .. }
            | OutboundError::Certificate { .. } => FailureKind::Refused,
        };
        Failure::new(kind, format!("{place}: {error}"))
    }

    /// The failure that a status tells; `answer` is the body.
    pub(super) fn of_status(
        place: &str,
        status: u16,
        headers: &HeaderMap,
        answer: Result<Value, OutboundError>,
    ) -> Failure {
        let answer = match answer {
            Ok(answer) => answer,
            // A status may stand alone; a page in place of an answer comes from somebody else.
            Err(OutboundError::NotJson { words, .. }) if words.is_empty() => Value::Null,
            Err(error) => {
                let mut failure = Failure::on_the_way(place, error);
                if let FailureKind::Busy { wait } = &mut failure.kind {
                    *wait = retry_after(headers);
                }
                return failure;
            }
        };
        let reason = [&answer["error"], &answer["reason"]].map(|part| part.as_str().unwrap_or_default());
        let reason: String = reason.join(": ").chars().take(REASON_CHARS).collect();
        let reason = reason.trim_matches([':', ' ']);
        let (kind, why) = match status {
            401 => (
                FailureKind::Denied,
                "it does not know this user and password: check `username` and `password`",
            ),
            403 => (
                FailureKind::Denied,
                "this user may not do that: check `username` and its rights",
            ),
            404 if is_of_database(reason) => (FailureKind::Missing, "there is no such database: create it"),
            404 => (FailureKind::Missing, "it does not have that"),
            // CouchDB answers 412 when the attachment of a stub has gone meanwhile.
            409 | 412 => (FailureKind::Conflict, "it has another revision of that"),
            413 => (FailureKind::TooLarge, "it takes no document so large"),
            400 => (FailureKind::Malformed, "it refuses the question"),
            408 => (FailureKind::Late, "it did not answer in time"),
            429 => (
                FailureKind::Busy {
                    wait: retry_after(headers),
                },
                "it is asked too often",
            ),
            503 if headers.contains_key(RETRY_AFTER) => (
                FailureKind::Busy {
                    wait: retry_after(headers),
                },
                "it has no time",
            ),
            500.. => (FailureKind::Server, "it has failed"),
            _ => (FailureKind::Refused, "it refuses that"),
        };
        let reason = match reason {
            "" => String::new(),
            reason => format!(", {reason}"),
        };
        Failure::new(kind, format!("{place}: {why} ({status}{reason})"))
    }

    /// Whether what is missing is the database itself and not something in it.
    pub fn is_about_database(&self) -> bool {
        self.kind == FailureKind::Missing && is_of_database(&self.why)
    }
}

/// How servers say that it is the database that is missing.
fn is_of_database(reason: &str) -> bool {
    ["no_db_file", "Database does not exist"]
        .iter()
        .any(|words| reason.contains(words))
}

/// Seconds; a date is left out, since what is compared with it is another clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(WAIT_MAX))
}
