//! How a server answers when it does not answer well.

use super::{Script, error};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// How one question for changes is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 401.
    Denied,
    /// 429, with so many seconds to wait.
    Busy(u64),
    /// 500.
    Broken,
    /// The page of a proxy, with 200.
    Page,
    /// 400: it does not know the position.
    Unknown,
    /// So many changes, then half of one, then nothing: the connection is closed.
    Torn(usize),
    /// Headers, and then not a byte.
    Silent,
    /// Only the end, with `last_seq`: what a server does when its own time is over.
    Over,
    /// So many changes that were sent before come first.
    Again(usize),
    /// The changes in this answer are in another order; the position after all of them is right.
    Shuffled,
}

impl Fault {
    /// The answer, if it is none with changes in it.
    pub(super) fn answer(self) -> Option<Response> {
        let mut response = match self {
            Fault::Denied => error(
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "Name or password is incorrect.",
            ),
            Fault::Busy(_) => error(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "slow down"),
            Fault::Broken => error(StatusCode::INTERNAL_SERVER_ERROR, "internal", "it broke"),
            Fault::Page => {
                let page = "<html><body><h1>Welcome to the proxy</h1></body></html>";
                ([(header::CONTENT_TYPE, "text/html")], page).into_response()
            }
            Fault::Unknown => error(
                StatusCode::BAD_REQUEST,
                "bad_request",
                "Malformed sequence supplied",
            ),
            Fault::Torn(_) | Fault::Silent | Fault::Over | Fault::Again(_) | Fault::Shuffled => return None,
        };
        if let Fault::Busy(seconds) = self {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        Some(response)
    }
}

impl Script {
    /// The fault of the next answer.
    pub(super) fn fault(&mut self) -> Option<Fault> {
        self.faults.pop_front()
    }
}
