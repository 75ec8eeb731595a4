//! Asking a daemon over HTTP.

use super::Server;
use crate::outbound;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nothing listens there, or it does not speak HTTP.
    #[error("no daemon answers at {server}; start one with `flowd up` or `flowd serve`")]
    Unreachable {
        /// Where.
        server: String,
        /// Why.
        source: reqwest::Error,
    },
    /// A socket that is not for this user.
    #[error("`{place}` is for the user of the daemon and its group: ask as one of them")]
    Forbidden {
        /// The socket.
        place: String,
    },
    /// The daemon refused.
    #[error("{message}{}", .at.as_deref().map(|at| format!(" (at `{at}`)")).unwrap_or_default())]
    Refused {
        /// What it said.
        message: String,
        /// Where in the request.
        at: Option<String>,
    },
    /// The answer is not what a daemon answers.
    #[error("{server} does not answer like flowd")]
    Garbled {
        /// Where.
        server: String,
    },
    /// The command itself is wrong.
    #[error("{0}")]
    Usage(String),
}

impl ClientError {
    /// 1 when the daemon refused, 2 when the command could not run.
    pub fn exit_code(&self) -> u8 {
        match self {
            ClientError::Refused { .. } => 1,
            ClientError::Unreachable { .. }
            | ClientError::Forbidden { .. }
            | ClientError::Garbled { .. }
            | ClientError::Usage(_) => 2,
        }
    }
}

/// Speaks to one daemon.
pub struct Client {
    http: reqwest::Client,
    server: String,
    /// The same as people know it.
    place: String,
}

impl Client {
    /// A client for the daemon that `server` names.
    pub fn new(server: &Server) -> Client {
        let server = server.server.trim_end_matches('/').to_owned();
        Client {
            http: outbound::direct(),
            place: server.clone(),
            server,
        }
    }

    /// A client for the daemon that listens at this socket.
    pub(super) fn by_socket(socket: &Path) -> Client {
        Client {
            http: outbound::by_socket(socket),
            place: socket.display().to_string(),
            server: "http://localhost".to_owned(),
        }
    }

    /// A request to a path.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.server));
        match crate::config::token() {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends it; an error answer becomes [`ClientError::Refused`].
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let unreachable = |source| match is_forbidden(&source) {
            true => ClientError::Forbidden {
                place: self.place.clone(),
            },
            false => ClientError::Unreachable {
                server: self.place.clone(),
                source,
            },
        };
        let response = request.send().await.map_err(unreachable)?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body: Value = response.json().await.unwrap_or_default();
        let message = body["error"]["message"]
            .as_str()
            .map_or_else(|| status.to_string(), str::to_owned);
        Err(ClientError::Refused {
            message,
            at: body["error"]["at"].as_str().map(str::to_owned),
        })
    }

    /// Sends it and reads the JSON of the answer.
    pub(super) async fn json(&self, request: RequestBuilder) -> Result<Value, ClientError> {
        let response = self.send(request).await?;
        response.json().await.map_err(|_| ClientError::Garbled {
            server: self.place.clone(),
        })
    }

    /// `GET path?query`, leaving out what was not asked.
    pub(super) async fn get(
        &self,
        path: &str,
        query: &[(&str, Option<String>)],
    ) -> Result<Value, ClientError> {
        let set: Vec<_> = query
            .iter()
            .filter_map(|(name, value)| Some((*name, value.as_ref()?)))
            .collect();
        self.json(self.request(Method::GET, path).query(&set)).await
    }

    /// `FLOW/NAME`, or `NAME` where one flow is deployed, as a pair.
    pub(super) async fn name(&self, text: &str) -> Result<(String, String), ClientError> {
        if let Some((flow, name)) = text.split_once('/') {
            return Ok((flow.to_owned(), name.to_owned()));
        }
        let health = self.get("/healthz", &[]).await?;
        let flows: Vec<_> = health["flows"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        match flows.as_slice() {
            [flow] => Ok(((*flow).to_owned(), text.to_owned())),
            [] => Err(ClientError::Usage("no flow is deployed there".into())),
            several => Err(ClientError::Usage(format!(
                "several flows are deployed ({}); write {}/{text}",
                several.join(", "),
                several[0]
            ))),
        }
    }
}

/// Whether what is asked is there, and this user may not ask.
fn is_forbidden(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let world = error.downcast_ref::<io::Error>();
        if world.is_some_and(|error| error.kind() == ErrorKind::PermissionDenied) {
            return true;
        }
        cause = error.source();
    }
    false
}
