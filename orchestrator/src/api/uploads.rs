//! Bodies with files. Each is whole in memory until its files are stored, so only a few come in at once.

use super::error::Problem;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::StatusCode;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Uploads in memory at once; further ones wait, unread.
const UPLOADS_MAX: usize = 4;

/// The places for uploads.
pub struct Uploads(Semaphore);

impl Default for Uploads {
    fn default() -> Uploads {
        Uploads(Semaphore::new(UPLOADS_MAX))
    }
}

impl Uploads {
    /// A body of at most `most` bytes, with its place, which is to be kept as long as the bytes.
    pub(super) async fn whole(&self, body: Body, most: u64) -> Result<(Bytes, SemaphorePermit<'_>), Problem> {
        let place = self.0.acquire().await.expect("the semaphore is never closed");
        let whole = to_bytes(body, usize::try_from(most).unwrap_or(usize::MAX)).await;
        let whole = whole.map_err(|_| {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "request/too-large",
                format!("a body of this route may have {most} bytes"),
            )
        })?;
        Ok((whole, place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;
    use futures::{poll, stream};
    use std::convert::Infallible;
    use std::pin::pin;

    #[tokio::test]
    async fn a_further_upload_waits_for_a_place() {
        let uploads = Uploads::default();
        let endless = || Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let mut slow = Box::pin(join_all((0..UPLOADS_MAX).map(|_| uploads.whole(endless(), 9))));
        assert!(poll!(&mut slow).is_pending());
        let mut further = pin!(uploads.whole(Body::from("scan"), 9));
        assert!(poll!(&mut further).is_pending());
        drop(slow);
        let (whole, _place) = further.await.expect("it is small enough");
        assert_eq!(whole, "scan");
        assert!(uploads.whole(Body::from("0123456789"), 9).await.is_err());
    }
}
