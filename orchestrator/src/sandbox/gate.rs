//! The daemon's side of the doors of one confined process: what connects inside is connected to the real endpoint
//! outside, and bytes are carried both ways.

use crate::clock::{Clock, SystemClock};
use crate::outbound;
use flow_lang::plan::{Endpoint, Host};
use rustix::fd::OwnedFd;
use rustix::net::sockopt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Connections that one process may have at a time, at all its doors together; one more is reset.
const CONNECTIONS_MAX: usize = 64;
/// The longest that the real endpoint may take to be found and to answer.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// When no further connection can be taken, for want of descriptors, it is tried again after this.
const AGAIN_AFTER: Duration = Duration::from_millis(100);
/// The doors of one process. They and all connections through them end when this is dropped.
#[derive(Debug, Default)]
pub struct Gate {
    _attended: JoinSet<()>,
}

impl Gate {
    /// Attends to these listening sockets, each with what is behind it.
    pub(super) fn open(doors: impl IntoIterator<Item = (OwnedFd, Endpoint)>) -> io::Result<Gate> {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut attended = JoinSet::new();
        for (door, endpoint) in doors {
            let door = TcpListener::from_std(door.into())?;
            attended.spawn(attend(door, Arc::new(endpoint), Arc::clone(&places)));
        }
        Ok(Gate { _attended: attended })
    }
}

async fn attend(door: TcpListener, endpoint: Arc<Endpoint>, places: Arc<Semaphore>) {
    let mut passing = JoinSet::new();
    loop {
        let inside = tokio::select! {
            accepted = door.accept() => accepted,
            Some(_) = passing.join_next() => continue,
        };
        match (inside, Arc::clone(&places).try_acquire_owned()) {
            (Ok((inside, _)), Ok(place)) => {
                let endpoint = Arc::clone(&endpoint);
                passing.spawn(async move {
                    pass(inside, &endpoint).await;
                    drop(place);
                });
            }
            (Ok((inside, _)), Err(_)) => {
                tracing::warn!(%endpoint, most = CONNECTIONS_MAX, "a function has too many connections");
                reset(&inside);
            }
            (Err(error), _) => {
                tracing::warn!(%error, %endpoint, "a connection of a function cannot be taken");
                SystemClock.sleep(AGAIN_AFTER).await;
            }
        }
    }
}

async fn pass(mut inside: TcpStream, endpoint: &Endpoint) {
    let outside = timeout(CONNECT_MAX, connect(endpoint)).await;
    let passed = match outside.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
        Ok(mut outside) => tokio::io::copy_bidirectional(&mut inside, &mut outside)
            .await
            .map(drop),
        Err(error) => Err(error),
    };
    if let Err(error) = passed {
        tracing::debug!(%error, %endpoint, "a connection of a function broke");
        // An end that looks orderly could be taken for a whole answer.
        reset(&inside);
    }
}

async fn connect(endpoint: &Endpoint) -> io::Result<TcpStream> {
    let name = match &endpoint.host {
        Host::Address(address) => return TcpStream::connect((*address, endpoint.port)).await,
        Host::Name(name) => name.as_str(),
    };
    let found: Vec<SocketAddr> = lookup_host((name, endpoint.port)).await?.collect();
    // Whoever answers for the name could else choose a service of this machine's own network that trusts whoever
    // can reach it.
    let allowed: Vec<_> = found
        .iter()
        .copied()
        .filter(|found| outbound::refused(found.ip()).is_none())
        .collect();
    if let (true, Some(refused)) = (allowed.is_empty(), found.first()) {
        tracing::warn!(%endpoint, address = %refused.ip(), "a name leads to an address that only itself may name");
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    TcpStream::connect(&*allowed).await
}

/// Lets the other side see a broken connection when this one is dropped.
fn reset(stream: &TcpStream) {
    // A connection that is gone already needs no reset.
    let _ = sockopt::set_socket_linger(stream, Some(Duration::ZERO));
}
