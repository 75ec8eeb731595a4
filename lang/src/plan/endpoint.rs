//! A place on the network that a function may reach: `vision.example:443`, `127.0.0.1:5990`, `[::1]:53`.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The most endpoints that one function may name.
pub const ENDPOINTS_MAX: usize = 32;
/// The most bytes of a host's name, as the name system has it.
const HOST_MAX: usize = 253;
/// The most bytes between two dots of it.
const LABEL_MAX: usize = 63;

/// One host and one TCP port of it. Its text is `host:port`, with an IPv6 address in brackets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint {
    /// Who.
    pub host: Host,
    /// 1 to 65535.
    pub port: u16,
}

/// Who is at an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A name in small letters, looked up at each connection.
    Name(String),
    /// This very address.
    Address(IpAddr),
}

/// Why a text is no endpoint: what it is instead, to stand after `it`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoEndpoint {
    /// `https://…`
    #[error("has a scheme")]
    Scheme,
    /// `*.example:443`
    #[error("has a wildcard")]
    Wildcard,
    /// `vision.example`
    #[error("has no port")]
    NoPort,
    /// `vision.example:0`, `vision.example:http`
    #[error("has a port that is no number from 1 to 65535")]
    Port,
    /// `::1:53`
    #[error("has an IPv6 address without brackets")]
    Brackets,
    /// `0.0.0.0:80`, `224.0.0.1:80`
    #[error("names no single host")]
    Nobody,
    /// Anything else.
    #[error("has no host name and no address before the port")]
    Host,
}

impl FromStr for Endpoint {
    type Err = NoEndpoint;

    fn from_str(text: &str) -> Result<Endpoint, NoEndpoint> {
        if text.contains("://") {
            return Err(NoEndpoint::Scheme);
        }
        if text.contains('*') {
            return Err(NoEndpoint::Wildcard);
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']').ok_or(NoEndpoint::Host)?;
                let address: Ipv6Addr = host.parse().map_err(|_| NoEndpoint::Host)?;
                let port = rest.strip_prefix(':').ok_or(NoEndpoint::NoPort)?;
                (Host::Address(IpAddr::V6(address)), port)
            }
            None => {
                let (host, port) = text.rsplit_once(':').ok_or(NoEndpoint::NoPort)?;
                if host.contains(':') {
                    return Err(NoEndpoint::Brackets);
                }
                (host_of(host)?, port)
            }
        };
        if let Host::Address(address) = host
            && is_nobody(address)
        {
            return Err(NoEndpoint::Nobody);
        }
        let digits = !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit());
        let port = port.parse().ok().filter(|port| digits && *port > 0);
        Ok(Endpoint {
            host,
            port: port.ok_or(NoEndpoint::Port)?,
        })
    }
}

fn host_of(text: &str) -> Result<Host, NoEndpoint> {
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Ok(Host::Address(IpAddr::V4(address)));
    }
    let label = |label: &str| {
        let letter = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
        (1..=LABEL_MAX).contains(&label.len())
            && label.bytes().all(letter)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // `127.1` and `0x7f.1` are addresses to some programs and names to others.
    let numeric = |label: &str| label.starts_with(|c: char| c.is_ascii_digit()) && is_number(label);
    let last = text.rsplit('.').next().unwrap_or_default();
    if text.len() > HOST_MAX || !text.split('.').all(label) || numeric(last) {
        return Err(NoEndpoint::Host);
    }
    Ok(Host::Name(text.to_ascii_lowercase()))
}

fn is_number(label: &str) -> bool {
    let lower = label.to_ascii_lowercase();
    match lower.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|c| c.is_ascii_hexdigit()),
        None => lower.bytes().all(|c| c.is_ascii_digit()),
    }
}

/// All hosts, or many of them.
fn is_nobody(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_unspecified() || address.is_multicast() || address == IpAddr::V4(Ipv4Addr::BROADCAST)
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Name(name) => write!(f, "{name}:{}", self.port),
            Host::Address(IpAddr::V4(address)) => write!(f, "{address}:{}", self.port),
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]:{}", self.port),
        }
    }
}

impl TryFrom<String> for Endpoint {
    type Error = String;

    fn try_from(text: String) -> Result<Endpoint, String> {
        text.parse()
            .map_err(|why: NoEndpoint| format!("`{}` {why}", text.escape_debug()))
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> String {
        endpoint.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_one_host_and_one_port() {
        for (text, expected) in [
            ("vision.example:443", Ok("vision.example:443")),
            ("Vision.Example:0443", Ok("vision.example:443")),
            ("my_db:5984", Ok("my_db:5984")),
            ("127.0.0.1:5990", Ok("127.0.0.1:5990")),
            ("169.254.169.254:80", Ok("169.254.169.254:80")),
            ("[0::1]:65535", Ok("[::1]:65535")),
            ("https://vision.example:443", Err(NoEndpoint::Scheme)),
            ("*.example:443", Err(NoEndpoint::Wildcard)),
            ("*:443", Err(NoEndpoint::Wildcard)),
            ("vision.example", Err(NoEndpoint::NoPort)),
            ("[::1]", Err(NoEndpoint::NoPort)),
            ("vision.example:", Err(NoEndpoint::Port)),
            ("vision.example:0", Err(NoEndpoint::Port)),
            ("vision.example:+1", Err(NoEndpoint::Port)),
            ("vision.example:65536", Err(NoEndpoint::Port)),
            ("vision.example:443/v1", Err(NoEndpoint::Port)),
            ("::1:53", Err(NoEndpoint::Brackets)),
            ("0.0.0.0:80", Err(NoEndpoint::Nobody)),
            ("[::]:80", Err(NoEndpoint::Nobody)),
            ("[::ffff:0.0.0.0]:80", Err(NoEndpoint::Nobody)),
            ("239.1.1.1:80", Err(NoEndpoint::Nobody)),
            ("255.255.255.255:80", Err(NoEndpoint::Nobody)),
            (":80", Err(NoEndpoint::Host)),
            ("127.1:80", Err(NoEndpoint::Host)),
            ("0x7f.0x1:80", Err(NoEndpoint::Host)),
            ("user@vision.example:80", Err(NoEndpoint::Host)),
            ("vision.example.:80", Err(NoEndpoint::Host)),
            ("a b:80", Err(NoEndpoint::Host)),
            ("müll.example:80", Err(NoEndpoint::Host)),
            ("[fe80::1%eth0]:80", Err(NoEndpoint::Host)),
            ("", Err(NoEndpoint::NoPort)),
        ] {
            let found = text.parse::<Endpoint>().map(|endpoint| endpoint.to_string());
            assert_eq!(found, expected.map(str::to_owned), "{text}");
        }
    }
}
