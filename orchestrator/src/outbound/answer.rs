//! Answers, read with a bound.

use super::OutboundError;
use bytes::{Bytes, BytesMut};
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

/// So many characters of an answer that is no JSON are told.
const WORDS_CHARS: usize = 120;

/// The whole body, if it has no more than `max` bytes.
///
/// # Errors
/// It has more, or the connection broke.
pub async fn body(mut response: Response, max: usize) -> Result<Bytes, OutboundError> {
    let told = response.content_length().unwrap_or(0);
    if told > max as u64 {
        return Err(OutboundError::TooLong { max });
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > max {
            return Err(OutboundError::TooLong { max });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// The body as JSON. What calls itself HTML is none, whatever stands in it; a text that reads as JSON is.
///
/// # Errors
/// See [`OutboundError`].
pub async fn json(response: Response, max: usize) -> Result<Value, OutboundError> {
    let (status, kind) = about(&response);
    let body = body(response, max).await?;
    if is_page(&kind) {
        return Err(not_json(status, kind, &body));
    }
    serde_json::from_slice(&body).map_err(|_| not_json(status, kind, &body))
}

/// The status and the content type, without its parameters.
pub(crate) fn about(response: &Response) -> (u16, String) {
    let kind = response.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or("nothing");
    let kind = kind.split(';').next().unwrap_or_default().trim();
    (response.status().as_u16(), kind.to_ascii_lowercase())
}

/// Whether something of this kind is written for people and not for programs.
pub(crate) fn is_page(kind: &str) -> bool {
    matches!(kind, "text/html" | "application/xhtml+xml")
}

/// The error for an answer that is no JSON; `body` is its beginning.
pub(crate) fn not_json(status: u16, kind: String, body: &[u8]) -> OutboundError {
    let text = String::from_utf8_lossy(&body[..body.len().min(WORDS_CHARS * 4)]).into_owned();
    let words: Vec<_> = text.split_whitespace().collect();
    let words = words.join(" ").chars().take(WORDS_CHARS).collect();
    OutboundError::NotJson { status, kind, words }
}
