//! Out of the house: the one place that makes HTTP clients for what flows name.
//!
//! Such a client takes no proxy from the environment, follows no redirect, and connects to no address that only
//! this machine's surroundings answer on (link-local, metadata of a cloud, multicast). A name is looked up by
//! itself, so that it cannot lead to such an address either. TLS is rustls with ring, and the certificates are
//! those of the machine.

mod address;
mod answer;
mod error;

pub(crate) use address::refused;
pub(crate) use answer::{about, is_page, not_json};
pub use answer::{body, json};
pub use error::OutboundError;

use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Url};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// The longest that connecting may take, TLS included.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// Who asks.
const AGENT: &str = concat!("flowd/", env!("CARGO_PKG_VERSION"));

/// Read once: the roots of the machine are a hundred files.
static TLS: LazyLock<ClientConfig> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    // A machine without any trusts nobody: what speaks plain HTTP goes on working there.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    config
        .with_safe_default_protocol_versions()
        .expect("ring has the versions that rustls holds safe")
        .with_root_certificates(roots)
        .with_no_client_auth()
});

/// Makes ring the provider of this process. A second call changes nothing.
pub fn provide() {
    // It fails when there is one already, and it can only be this one: a test holds the graph against that.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// A client for a daemon on this machine, by its socket.
///
/// # Panics
/// As [`direct`].
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that makes clients"
)]
pub fn by_socket(path: &Path) -> Client {
    let client = Client::builder()
        .tls_backend_preconfigured(TLS.clone())
        .unix_socket(path);
    client.build().expect("a client for a path can be made")
}

/// A client for an address that a person has given: the daemon's own commands, and tests.
///
/// # Panics
/// Never on a machine that can open sockets: what is set here is constant.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that makes clients"
)]
pub fn direct() -> Client {
    let client = Client::builder().tls_backend_preconfigured(TLS.clone()).build();
    client.expect("a client without options can be made")
}

/// A client for what a flow names; `headers` go along with each request.
///
/// # Panics
/// Never on a machine that can open sockets: what is set here is constant.
pub fn client(headers: HeaderMap) -> Client {
    let client = builder().default_headers(headers).build();
    client.expect("a client with constant options can be made")
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that makes clients"
)]
fn builder() -> ClientBuilder {
    Client::builder()
        .tls_backend_preconfigured(TLS.clone())
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_MAX)
        .user_agent(AGENT)
        .dns_resolver(Arc::new(address::Resolver))
}

/// The address of a server as configuration gives it, without a slash at its end.
///
/// # Errors
/// It is no HTTP address, has a user or a password in it, or leads to an address that is refused.
pub fn url(text: &str) -> Result<Url, OutboundError> {
    // The text is not repeated before it is known that no password stands in it.
    let refuse = |why: String| OutboundError::Url { why };
    let url =
        Url::parse(text).map_err(|error| refuse(format!("it is no URL ({error}): write `https://HOST`")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse(
            "it has a user or a password in it: write them as configuration (`username`, `password`)".into(),
        ));
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse(format!("`{text}` is neither `http:` nor `https:`")));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse(format!(
            "`{text}` goes on after `?` or `#`: leave that out"
        )));
    }
    if let Some(address) = address::literal(&url)
        && let Some(what) = refused(address)
    {
        return Err(OutboundError::Address { address, what });
    }
    Ok(url)
}

#[cfg(test)]
mod tests;
