//! Who comes in. What a request may hold in memory is taken for it before its body is read, so that a crowd is told to
//! come back later while there is memory to tell it; a daemon that stops tells everybody.

use super::error::Problem;
use super::{Api, JSON_MAX};
use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// Requests under way at once.
const REQUESTS_MAX: usize = 4_096;
/// KiB of JSON bodies in memory at once; one without a length counts as the longest.
const BODIES_KIB_MAX: usize = 128 << 10;
/// Deployments in memory at once: one that is carried out and one that waits for it.
const DEPLOYS_MAX: usize = 2;

/// What there is room for.
pub struct Gate {
    requests: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
    deploys: Arc<Semaphore>,
    /// Cancelled when nothing more is taken in.
    stopping: CancellationToken,
}

impl Gate {
    /// An open gate, which closes with `stopping`.
    pub fn new(stopping: CancellationToken) -> Gate {
        Gate {
            requests: Arc::new(Semaphore::new(REQUESTS_MAX)),
            bodies: Arc::new(Semaphore::new(BODIES_KIB_MAX)),
            deploys: Arc::new(Semaphore::new(DEPLOYS_MAX)),
            stopping,
        }
    }

    /// A place for a deployment, before its body is read.
    pub(super) fn deploy(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let place = Arc::clone(&self.deploys).try_acquire_owned();
        place.map_err(|_| busy(format!("{DEPLOYS_MAX} deployments are under way")))
    }

    pub(super) fn is_closed(&self) -> bool {
        self.stopping.is_cancelled()
    }

    fn room(&self, request: &Request) -> Result<[OwnedSemaphorePermit; 2], Problem> {
        if self.is_closed() && changes(request.method()) {
            return Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "daemon/stopping",
                "the daemon is stopping and takes nothing more in",
            ));
        }
        let one = Arc::clone(&self.requests).try_acquire_owned();
        let one = one.map_err(|_| busy(format!("{REQUESTS_MAX} requests are under way")))?;
        let kib = kib(request.body().size_hint().exact());
        let bytes = Arc::clone(&self.bodies).try_acquire_many_owned(kib);
        let bytes =
            bytes.map_err(|_| busy(format!("{} MiB of bodies are in memory", BODIES_KIB_MAX >> 10)))?;
        Ok([one, bytes])
    }
}

/// Lets a request pass while there is room for it.
pub(super) async fn pass(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    match api.gate.room(&request) {
        Ok(_room) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn busy(what: String) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "request/busy",
        format!("{what}; try again later"),
    )
}

/// What a body holds. One that is longer than a JSON body may be is refused, or has a bound of its own.
fn kib(bytes: Option<u64>) -> u32 {
    let bytes = bytes.unwrap_or(JSON_MAX as u64).min(JSON_MAX as u64);
    u32::try_from(bytes.div_ceil(1 << 10)).expect("JSON_MAX is small")
}

fn changes(method: &Method) -> bool {
    !(method == Method::GET || method == Method::HEAD || method == Method::OPTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use futures::stream;
    use std::convert::Infallible;

    fn request(method: Method, body: Body) -> Request {
        let request = Request::builder().method(method).uri("/").body(body);
        request.expect("it is well-formed")
    }

    fn endless() -> Body {
        Body::from_stream(stream::pending::<Result<Vec<u8>, Infallible>>())
    }

    fn status(problem: Problem) -> (u16, Option<String>) {
        let response = problem.into_response();
        let after = response.headers().get("retry-after");
        let after = after.map(|value| value.to_str().expect("digits").to_owned());
        (response.status().as_u16(), after)
    }

    #[test]
    fn a_crowd_is_told_to_come_back_before_its_bodies_are_read() {
        let gate = Gate::new(CancellationToken::new());
        // Bodies without a length count as the longest there may be.
        let most = BODIES_KIB_MAX / (JSON_MAX >> 10);
        let mut inside: Vec<_> = (0..most)
            .map(|_| gate.room(&request(Method::POST, endless())).ok())
            .collect();
        assert!(inside.iter().all(Option::is_some));
        let refused = gate.room(&request(Method::POST, Body::from("{}"))).err();
        assert_eq!(refused.map(status), Some((429, Some("1".into()))));
        // What has no body holds nothing.
        assert!(gate.room(&request(Method::GET, Body::empty())).is_ok());
        inside.pop();
        assert!(gate.room(&request(Method::POST, Body::from("{}"))).is_ok());
        drop(inside);
        let inside: Vec<_> = (0..REQUESTS_MAX)
            .map(|_| gate.room(&request(Method::GET, Body::empty())).ok())
            .collect();
        let refused = gate.room(&request(Method::GET, Body::empty())).err();
        assert_eq!(refused.map(status), Some((429, Some("1".into()))));
        drop(inside);
        let places: Vec<_> = (0..DEPLOYS_MAX).map(|_| gate.deploy().ok()).collect();
        assert!(places.iter().all(Option::is_some));
        assert_eq!(gate.deploy().err().map(status), Some((429, Some("1".into()))));
    }

    #[test]
    fn who_stops_takes_nothing_in_and_still_answers_questions() {
        let stopping = CancellationToken::new();
        let gate = Gate::new(stopping.clone());
        stopping.cancel();
        let refused = gate.room(&request(Method::POST, Body::from("{}"))).err();
        assert_eq!(refused.map(status), Some((503, Some("5".into()))));
        assert!(gate.room(&request(Method::GET, Body::empty())).is_ok());
    }
}
