//! Errors as people and programs read them: `{ "error": { "id", "message", "at" } }`.

use crate::feeds::DeskError;
use crate::serving::ServeError;
use crate::store::StoreError;
use crate::worker::{IntakeError, LetterError};
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use flow_engine::{ErrorKind, StepError};
use serde_json::json;

/// Seconds after which it is worth asking again, when there was no room.
const BUSY_S: u32 = 1;
/// The same when the daemon stops or a model is not live yet.
const UNAVAILABLE_S: u32 = 5;

/// An error answer.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    id: &'static str,
    message: String,
    at: Option<String>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, id: &'static str, message: impl Into<String>) -> Problem {
        Problem {
            status,
            id,
            message: message.into(),
            at: None,
        }
    }

    /// The body does not fit, at this place in it.
    pub(super) fn body(message: impl Into<String>, at: impl Into<String>) -> Problem {
        Problem {
            at: Some(at.into()),
            ..Problem::new(StatusCode::BAD_REQUEST, "request/body", message)
        }
    }

    pub(super) fn not_found(what: impl std::fmt::Display) -> Problem {
        Problem::new(
            StatusCode::NOT_FOUND,
            "request/not-found",
            format!("there is no {what}"),
        )
    }
}

/// The answer to a method that a path of the daemon does not have.
pub(super) async fn wrong_method(method: Method, uri: Uri) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "request/method",
        format!("`{}` does not take `{method}`", uri.path()),
    )
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "id": self.id, "message": self.message, "at": self.at } });
        let after = match self.status {
            StatusCode::TOO_MANY_REQUESTS => Some(BUSY_S),
            StatusCode::SERVICE_UNAVAILABLE => Some(UNAVAILABLE_S),
            _ => None,
        };
        let mut response = (self.status, axum::Json(body)).into_response();
        if let Some(seconds) = after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Problem {
        let status = rejection.status();
        let id = match status {
            StatusCode::PAYLOAD_TOO_LARGE => "request/too-large",
            _ => "request/body",
        };
        Problem::new(status, id, rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Problem {
        Problem::new(rejection.status(), "request/query", rejection.body_text())
    }
}

impl From<IntakeError> for Problem {
    fn from(error: IntakeError) -> Problem {
        let (status, id) = match &error {
            IntakeError::Unknown(_) => (StatusCode::NOT_FOUND, "request/not-found"),
            IntakeError::Conflict => (StatusCode::CONFLICT, "request/idempotency-key"),
            IntakeError::Busy(_) | IntakeError::Moved(_) => (StatusCode::TOO_MANY_REQUESTS, "request/busy"),
            IntakeError::Standing(_) => (StatusCode::CONFLICT, "feed/standing"),
            IntakeError::Unreadable => (StatusCode::SERVICE_UNAVAILABLE, "daemon/store"),
            IntakeError::Closed => (StatusCode::SERVICE_UNAVAILABLE, "daemon/stopping"),
        };
        Problem::new(status, id, error.to_string())
    }
}

impl From<LetterError> for Problem {
    fn from(error: LetterError) -> Problem {
        match error {
            LetterError::Unknown(id) => Problem::not_found(format!("dead letter `{id}`")),
            LetterError::Refused(why) => Problem::new(StatusCode::CONFLICT, "letter/refused", why),
            LetterError::Intake(error) => error.into(),
        }
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Problem {
        let (status, id) = match error {
            DeskError::Letter(error) => return error.into(),
            DeskError::Store(error) => return error.into(),
            DeskError::NoFeed(_) => (StatusCode::CONFLICT, "feed/no-source"),
            DeskError::Unfit(_) => (StatusCode::UNPROCESSABLE_ENTITY, "letter/unfit"),
            DeskError::Gone(_) => (StatusCode::GONE, "letter/gone"),
            DeskError::Feed(_) => (StatusCode::BAD_GATEWAY, "feed/failing"),
        };
        Problem::new(status, id, error.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "daemon/store",
            error.to_string(),
        )
    }
}

impl From<StepError> for Problem {
    fn from(error: StepError) -> Problem {
        let (status, id) = match error.kind {
            ErrorKind::Timeout => (StatusCode::GATEWAY_TIMEOUT, "step/timeout"),
            ErrorKind::Crash => (StatusCode::BAD_GATEWAY, "step/crash"),
            ErrorKind::Limit => (StatusCode::BAD_GATEWAY, "step/limit"),
            ErrorKind::Type => (StatusCode::BAD_GATEWAY, "step/type"),
            ErrorKind::Refused => (StatusCode::BAD_GATEWAY, "step/refused"),
            ErrorKind::RolledBack => (StatusCode::BAD_GATEWAY, "step/rolled-back"),
        };
        Problem {
            at: Some(error.step),
            ..Problem::new(status, id, error.message)
        }
    }
}

impl From<ServeError> for Problem {
    fn from(error: ServeError) -> Problem {
        match error {
            ServeError::NotLive(_) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "model/not-live",
                error.to_string(),
            ),
            ServeError::Deadline(_) => {
                Problem::new(StatusCode::GATEWAY_TIMEOUT, "step/timeout", error.to_string())
            }
            ServeError::Step(error) => error.into(),
        }
    }
}
