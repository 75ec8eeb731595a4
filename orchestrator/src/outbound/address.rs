//! Addresses to which no name may lead, and the look-up that leaves them out.

use super::OutboundError;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where clouds tell a machine its secrets, beside the link-local addresses.
const METADATA_V4: [Ipv4Addr; 3] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];
const METADATA_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];
/// The first 96 bits of an IPv6 address that stands for an IPv4 one (NAT64).
const NAT64: [u16; 6] = [0x64, 0xff9b, 0, 0, 0, 0];

/// What an address is, if it is one that is refused.
pub(crate) fn refused(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => refused_v4(v4),
        IpAddr::V6(v6) => match embedded(v6) {
            Some(v4) => refused_v4(v4),
            None => refused_v6(v6),
        },
    }
}

fn refused_v4(address: Ipv4Addr) -> Option<&'static str> {
    // The first block is "this network"; Linux connects its first address to this machine.
    if address.octets()[0] == 0 {
        Some("unspecified")
    } else if address.is_link_local() {
        Some("link-local")
    } else if address.is_multicast() || address.is_broadcast() {
        Some("multicast")
    } else if METADATA_V4.contains(&address) {
        Some("metadata of a cloud")
    } else {
        None
    }
}

fn refused_v6(address: Ipv6Addr) -> Option<&'static str> {
    if address.is_unspecified() {
        Some("unspecified")
    } else if address.is_unicast_link_local() {
        Some("link-local")
    } else if address.is_multicast() {
        Some("multicast")
    } else if METADATA_V6.contains(&address) {
        Some("metadata of a cloud")
    } else {
        None
    }
}

/// The IPv4 address that an IPv6 one stands for.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let [a, b] = [segments[6], segments[7]].map(u16::to_be_bytes);
    let v4 = Ipv4Addr::new(a[0], a[1], b[0], b[1]);
    if segments[..6] == NAT64 {
        return Some(v4);
    }
    address.to_ipv4_mapped()
}

/// The address that stands in a URL in place of a name. A client does not look it up.
pub(super) fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Looks names up as the machine does, and leaves out what is refused.
pub(super) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let (bad, good): (Vec<_>, Vec<_>) = found
                .into_iter()
                .partition(|address| refused(address.ip()).is_some());
            if let (true, Some(bad)) = (good.is_empty(), bad.first()) {
                let address = bad.ip();
                let what = refused(address).unwrap_or("refused");
                return Err(OutboundError::Address { address, what }.into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}
