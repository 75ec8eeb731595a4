//! Only this machine may ask: no name that a web page could point at it, no page of another origin.

use super::error::Problem;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;

/// Why an address is not listened on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Not an address.
    #[error("`{0}` is not an address with a port, such as 127.0.0.1:8787")]
    Malformed(String),
    /// Reachable from other machines, which needs tokens and TLS.
    #[error(
        "{0} can be reached from other machines, and flowd has no tokens and no TLS yet; listen on 127.0.0.1 or [::1]"
    )]
    Open(SocketAddr),
}

/// An address to listen on, if it is a loopback one.
///
/// # Errors
/// When it is no address, or one that other machines can reach.
pub fn loopback(text: &str) -> Result<SocketAddr, ListenError> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| ListenError::Malformed(text.to_owned()))?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(ListenError::Open(address))
    }
}

/// Refuses requests that name another host, or come from a page of another origin.
pub(super) async fn same_machine(request: Request, next: Next) -> Response {
    match foreign(request.headers()) {
        Some(what) => Problem::new(StatusCode::FORBIDDEN, "request/foreign", what).into_response(),
        None => next.run(request).await,
    }
}

fn foreign(headers: &HeaderMap) -> Option<String> {
    let text = |name| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("(not text)"))
    };
    if let Some(host) = text(header::HOST)
        && !is_local(host)
    {
        return Some(format!("`Host: {host}` is not this machine"));
    }
    if let Some(origin) = text(header::ORIGIN) {
        let host = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        if !host.is_some_and(is_local) {
            return Some(format!("pages of `{origin}` may not ask this daemon"));
        }
    }
    None
}

/// Whether `host[:port]` is a loopback address or `localhost`.
fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_local() {
        for host in [
            "localhost",
            "localhost:8787",
            "127.0.0.1:80",
            "127.8.0.1",
            "[::1]:8787",
            "[::1]",
            "LOCALHOST",
        ] {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:80",
            "10.0.0.1",
            "[::2]",
            "null",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }

    #[test]
    fn an_open_address_is_refused() {
        assert!(loopback("127.0.0.1:0").is_ok());
        assert!(matches!(loopback("0.0.0.0:8787"), Err(ListenError::Open(_))));
        assert!(matches!(loopback("8787"), Err(ListenError::Malformed(_))));
    }
}
