//! Who asks: one thread that fires events over a few connections and keeps so many runs in flight.

use super::machine;
use flowd::worker::{News, Newsroom};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::sync::broadcast::error::RecvError;

/// Connections that are kept open.
const CONNECTIONS: usize = 16;

/// What was done in a time.
pub(crate) struct Done {
    pub(crate) runs: u64,
    pub(crate) took: Duration,
    /// Microseconds of the processor in this thread.
    pub(crate) own_us: i64,
}

/// A connection that stays open.
pub(crate) struct Line {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Line {
    pub(crate) async fn open(address: SocketAddr, trigger: &str, body: &str) -> Line {
        let stream = TcpStream::connect(address).await.expect("it listens");
        stream.set_nodelay(true).expect("it is a socket");
        let request = format!(
            "POST /v1/flows/speed/triggers/{trigger} HTTP/1.1\r\nhost: localhost\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        Line {
            stream,
            request: request.into_bytes(),
            answer: Vec::new(),
        }
    }

    /// Fires, and returns the answer's body when it is there.
    pub(crate) async fn fire(&mut self) -> &[u8] {
        self.stream.write_all(&self.request).await.expect("it listens");
        self.answer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.answer).await.expect("it answers");
            assert!(read > 0, "the daemon has hung up");
            if let Some(body) = whole(&self.answer) {
                assert!(
                    self.answer.starts_with(b"HTTP/1.1 202"),
                    "{}",
                    String::from_utf8_lossy(&self.answer)
                );
                return &self.answer[body..];
            }
        }
    }
}

/// Where the body of an answer begins, once all of it is there.
fn whole(answer: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, _) = text.split_once("\r\n\r\n")?;
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length?.parse().ok()?;
    let body = head.len() + 4;
    (answer.len() >= body + length).then_some(body)
}

/// Keeps `in_flight` runs of the trigger under way, and counts those that end between `from` and `upto` after the start.
pub(crate) fn keep(
    address: SocketAddr,
    newsroom: &Newsroom,
    trigger: &'static str,
    in_flight: usize,
    (from, upto): (Duration, Duration),
    mark: impl FnOnce() + Send + 'static,
) -> std::thread::JoinHandle<Done> {
    let mut news = newsroom.listen();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async move {
            let places = Arc::new(Semaphore::new(in_flight));
            let fired = Arc::new(AtomicU64::new(0));
            let mut lines = tokio::task::JoinSet::new();
            for _ in 0..CONNECTIONS.min(in_flight) {
                let (places, fired) = (Arc::clone(&places), Arc::clone(&fired));
                let mut line = Line::open(address, trigger, r#"{"n":7}"#).await;
                lines.spawn(async move {
                    while let Ok(place) = places.acquire().await {
                        place.forget();
                        line.fire().await;
                        fired.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            let (began, mut ended, mut counting, mut mark) = (Instant::now(), 0, None, Some(mark));
            loop {
                match news.recv().await {
                    Ok(News::RunEnded { error, .. }) => {
                        assert!(error.is_none(), "{error:?}");
                        places.add_permits(1);
                        ended += 1;
                    }
                    Ok(_) => continue,
                    Err(error @ (RecvError::Lagged(_) | RecvError::Closed)) => panic!("{error}"),
                }
                if counting.is_none() && began.elapsed() >= from {
                    counting = Some((Instant::now(), ended, machine::spent_by_thread_us()));
                    mark.take().expect("it begins once")();
                }
                if let Some((since, before, spent)) = counting
                    && began.elapsed() >= upto
                {
                    return Done {
                        runs: ended - before,
                        took: since.elapsed(),
                        own_us: machine::spent_by_thread_us() - spent,
                    };
                }
            }
        })
    })
}

/// Fires one run after another, and gives how long each took from the request to its end.
pub(crate) fn one_by_one(
    address: SocketAddr,
    newsroom: &Newsroom,
    trigger: &'static str,
    count: usize,
) -> std::thread::JoinHandle<Vec<Duration>> {
    let mut news = newsroom.listen();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async move {
            let mut line = Line::open(address, trigger, r#"{"n":7}"#).await;
            let mut times = Vec::with_capacity(count);
            for _ in 0..count {
                let began = Instant::now();
                let answer: Value = serde_json::from_slice(line.fire().await).expect("an answer is JSON");
                loop {
                    match news.recv().await.expect("the daemon lives") {
                        News::RunEnded { run, error, .. } if answer["runs"][0] == run.as_str() => {
                            assert!(error.is_none(), "{error:?}");
                            break;
                        }
                        _ => {}
                    }
                }
                times.push(began.elapsed());
            }
            times
        })
    })
}
