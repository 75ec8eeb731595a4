//! What can go wrong on the way to a server and back.

use std::error::Error;
use std::io;
use std::net::IpAddr;

/// Why there is no answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The address in the configuration cannot be used.
    #[error("the `url` cannot be used: {why}")]
    Url {
        /// What is wrong with it, and the repair.
        why: String,
    },
    /// It leads to an address that no flow may name.
    #[error("it leads to {address} ({what}), which no flow may connect to")]
    Address {
        /// The address.
        address: IpAddr,
        /// What it is.
        what: &'static str,
    },
    /// The server does not prove who it is.
    #[error("its certificate is not good: {why}")]
    Certificate {
        /// What is wrong with it.
        why: String,
    },
    /// No connection, or one that broke.
    #[error("it cannot be reached: {why}")]
    Network {
        /// What the system says.
        why: String,
    },
    /// Too long without an answer.
    #[error("it did not answer in time")]
    Late,
    /// An answer has more bytes than are read.
    #[error("its answer has more than {max} bytes")]
    TooLong {
        /// The most bytes.
        max: usize,
    },
    /// The answer is something else, such as the page of a proxy.
    #[error("it answered {status} with `{kind}`, which is no JSON: {words:?}")]
    NotJson {
        /// The HTTP status.
        status: u16,
        /// The content type.
        kind: String,
        /// How the answer begins.
        words: String,
    },
}

impl OutboundError {
    /// Whether the same may succeed later.
    pub fn retry(&self) -> bool {
        match self {
            OutboundError::Network { .. } | OutboundError::Late => true,
            // A proxy that tells of its own trouble; any other page is there for good.
            OutboundError::NotJson { status, .. } => *status >= 500,
            OutboundError::Url { .. }
            | OutboundError::Address { .. }
            | OutboundError::Certificate { .. }
            | OutboundError::TooLong { .. } => false,
        }
    }
}

impl From<reqwest::Error> for OutboundError {
    fn from(error: reqwest::Error) -> OutboundError {
        let mut why = String::new();
        let mut next: Option<&(dyn Error + 'static)> = Some(&error);
        while let Some(link) = next {
            if let Some(ours) = link.downcast_ref::<OutboundError>() {
                return ours.clone();
            }
            if let Some(why) = certificate(link) {
                return OutboundError::Certificate { why };
            }
            // The last word is the system's; those before it only say where they were.
            why = link.to_string();
            next = link.source();
        }
        if error.is_timeout() {
            return OutboundError::Late;
        }
        OutboundError::Network { why }
    }
}

/// What rustls says of a certificate; it comes wrapped in errors of input and output, which do not show it as
/// their source.
fn certificate(link: &(dyn Error + 'static)) -> Option<String> {
    let mut inner = link;
    while let Some(within) = inner.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        inner = within;
    }
    match inner.downcast_ref()? {
        rustls::Error::InvalidCertificate(why) => Some(why.to_string()),
        _ => None,
    }
}
