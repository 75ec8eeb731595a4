//! The daemon's side of the doors of one confined process: what connects inside is connected to the real endpoint
//! outside, and bytes are carried both ways.

use crate::clock::{Clock, SystemClock};
use flow_lang::plan::{Endpoint, Host};
use rustix::fd::OwnedFd;
use rustix::net::sockopt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
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
/// Where clouds tell a machine its secrets, beside 169.254/16 and fe80::/10.
const METADATA: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];
/// IPv4 behind a translator of addresses: the last four bytes are the address that is meant.
const TRANSLATED: [u8; 12] = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];

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
    let allowed: Vec<_> = found
        .iter()
        .copied()
        .filter(|found| !is_refused(found.ip()))
        .collect();
    if let (true, Some(refused)) = (allowed.is_empty(), found.first()) {
        tracing::warn!(%endpoint, address = %refused.ip(), "a name leads to an address that only itself may name");
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    TcpStream::connect(&*allowed).await
}

/// Addresses that a name must not lead to: whoever answers for the name could else choose a service of this
/// machine's own network that trusts whoever can reach it.
fn is_refused(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let is_local = match address {
        IpAddr::V4(address) => address.is_link_local() || address.is_broadcast(),
        IpAddr::V6(address) => {
            let octets = address.octets();
            let (head, [a, b, c, d]) = (&octets[..12], [octets[12], octets[13], octets[14], octets[15]]);
            address.is_unicast_link_local()
                || head == TRANSLATED && is_refused(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
        }
    };
    is_local || address.is_multicast() || address.is_unspecified() || METADATA.contains(&address)
}

/// Lets the other side see a broken connection when this one is dropped.
fn reset(stream: &TcpStream) {
    // A connection that is gone already needs no reset.
    let _ = sockopt::set_socket_linger(stream, Some(Duration::ZERO));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_does_not_lead_to_what_trusts_its_neighbours() {
        for (address, refused) in [
            ("127.0.0.1", false),
            ("10.0.0.5", false),
            ("2001:db8::1", false),
            ("64:ff9b::5db8:d822", false),
            ("169.254.169.254", true),
            ("::ffff:169.254.169.254", true),
            ("64:ff9b::a9fe:a9fe", true),
            ("100.100.100.200", true),
            ("fd00:ec2::254", true),
            ("fe80::1", true),
            ("ff02::1", true),
            ("239.0.0.1", true),
            ("0.0.0.0", true),
            ("::", true),
            ("255.255.255.255", true),
        ] {
            assert_eq!(is_refused(address.parse().unwrap()), refused, "{address}");
        }
    }
}
