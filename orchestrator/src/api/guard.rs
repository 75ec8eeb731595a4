//! Only this machine may ask: no name that a web page could point at it, no page but the daemon's own.

use super::error::Problem;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};
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

/// Refuses requests that name another host, or come from a page of another origin. What is no browser sends
/// neither an origin nor a site, and is asked for its host alone.
pub(super) async fn same_machine(request: Request, next: Next) -> Response {
    match foreign(request.uri(), request.headers()) {
        Some(what) => Problem::new(StatusCode::FORBIDDEN, "request/foreign", what).into_response(),
        None => next.run(request).await,
    }
}

fn foreign(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let all = |name: HeaderName| {
        let values = headers.get_all(name).into_iter();
        values.map(|value| value.to_str().unwrap_or("(not text)"))
    };
    let Some(host) = all(header::HOST).next() else {
        return Some("a request says with `Host` whom it asks".to_owned());
    };
    let named = all(header::HOST).chain(uri.authority().map(|authority| authority.as_str()));
    if let Some(other) = named.into_iter().find(|host| !is_local(host)) {
        return Some(format!("`Host: {other}` is not this machine"));
    }
    let own = format!("http://{host}");
    if let Some(origin) = all(header::ORIGIN).find(|origin| !origin.eq_ignore_ascii_case(&own)) {
        return Some(format!("pages of `{origin}` may not ask this daemon"));
    }
    let mut sites = all(HeaderName::from_static("sec-fetch-site"));
    sites
        .find(|site| !matches!(*site, "same-origin" | "none"))
        .map(|site| format!("`Sec-Fetch-Site: {site}` may not ask this daemon"))
}

/// Whether `host[:port]` is a loopback address or `localhost`.
fn is_local(host: &str) -> bool {
    let (name, rest) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some(parts) => parts,
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let port = rest.is_empty()
        || rest
            .strip_prefix(':')
            .is_some_and(|port| port.parse::<u16>().is_ok());
    let local = name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    port && local
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
            "[::1]evil.example",
            "127.0.0.1:80@evil.example",
            "localhost:",
            "null",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }

    /// Whether a request to `uri` with these headers comes in.
    fn check(uri: &str, headers: &[(&'static str, &'static str)], comes_in: bool) {
        let parsed = uri.parse().expect("an address");
        let pairs = headers.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, value.parse().expect("the value of a header"))
        });
        let mut given = HeaderMap::new();
        pairs.for_each(|(name, value)| {
            given.append(name, value);
        });
        assert_eq!(foreign(&parsed, &given).is_none(), comes_in, "{uri} {headers:?}");
    }

    #[test]
    fn only_what_asks_this_daemon_from_here_comes_in() {
        let host = ("host", "localhost:8787");
        for (uri, headers, comes_in) in [
            ("/v1/runs", &[host][..], true),
            ("/v1/runs", &[], false),
            ("/v1/runs", &[("host", "evil.example")], false),
            ("/v1/runs", &[host, ("host", "evil.example")], false),
            ("http://localhost:8787/v1/runs", &[host], true),
            ("http://evil.example/v1/runs", &[host], false),
            ("http://127.0.0.1:80@evil.example/v1/runs", &[host], false),
            (
                "/x",
                &[host, ("content-type", "application/x-www-form-urlencoded")],
                true,
            ),
            ("/x", &[host, ("origin", "http://localhost:8787")], true),
            ("/x", &[host, ("origin", "http://localhost:3000")], false),
            ("/x", &[host, ("origin", "http://127.0.0.1:8787")], false),
            ("/x", &[host, ("origin", "https://localhost:8787")], false),
            ("/x", &[host, ("origin", "http://evil.example")], false),
            ("/x", &[host, ("origin", "null")], false),
            ("/x", &[host, ("sec-fetch-site", "none")], true),
            ("/x", &[host, ("sec-fetch-site", "same-origin")], true),
            ("/x", &[host, ("sec-fetch-site", "same-site")], false),
            ("/x", &[host, ("sec-fetch-site", "cross-site")], false),
        ] {
            check(uri, headers, comes_in);
        }
    }

    #[test]
    fn an_open_address_is_refused() {
        assert!(loopback("127.0.0.1:0").is_ok());
        assert!(matches!(loopback("0.0.0.0:8787"), Err(ListenError::Open(_))));
        assert!(matches!(loopback("8787"), Err(ListenError::Malformed(_))));
    }
}
