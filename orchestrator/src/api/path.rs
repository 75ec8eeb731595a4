//! The names in a path; a path that is no text is refused like any other mistake.

use super::error::Problem;
use axum::extract::{self, FromRequestParts};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// The names in a path.
pub(super) struct Path<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Path<T>, Problem> {
        let names = extract::Path::from_request_parts(parts, state).await;
        let extract::Path(names) =
            names.map_err(|error| Problem::new(error.status(), "request/path", error.body_text()))?;
        Ok(Path(names))
    }
}
