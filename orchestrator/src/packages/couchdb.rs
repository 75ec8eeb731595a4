//! A database of CouchDB or Cloudant, asked over HTTP.

mod act;
mod failure;
pub mod shape;

pub(super) use act::act;
pub use failure::{Failure, FailureKind};
pub use shape::Shape;

use crate::outbound::{self, OutboundError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// A document as the server gives it.
pub type Document = Map<String, Value>;

/// The longest that one question may take; changes are waited for by other rules.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// The most bytes of a document, without its attachments.
const DOCUMENT_MAX: usize = 8 << 20;
/// The most bytes of an answer that tells of something else.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// One database.
#[derive(Clone, Debug)]
pub struct Database {
    http: reqwest::Client,
    /// Its address, without a slash at its end.
    address: String,
    /// The package and the address, for messages.
    place: String,
}

/// What a server says of a database.
#[derive(Clone, Debug)]
pub struct About {
    /// Where its changes end.
    pub update_seq: Value,
    /// Which database of this name it is, if the server says so.
    pub instance: Option<String>,
}

impl Database {
    /// The database of a package. It is not asked yet.
    ///
    /// # Errors
    /// What is wrong with the configuration; never a value of a secret.
    pub fn open(
        name: &str,
        config: &BTreeMap<String, Value>,
        secrets: &BTreeMap<String, String>,
    ) -> Result<Database, String> {
        let text = |word: &str| config.get(word).and_then(Value::as_str);
        let wrong = |why: String| format!("package `{name}`: {why}");
        let url = text("url").ok_or_else(|| wrong("it has no `url`".into()))?;
        let url = outbound::url(url).map_err(|error| wrong(error.to_string()))?;
        let database = segment(text("database").unwrap_or(name))
            .ok_or_else(|| wrong("`database` is no name of a database".into()))?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        match (text("username"), secrets.get("password")) {
            (None, None) => {}
            (Some(user), Some(password)) if !user.contains(':') => {
                let word = STANDARD.encode(format!("{user}:{password}"));
                let mut word = HeaderValue::try_from(format!("Basic {word}")).expect("base64 fits a header");
                word.set_sensitive(true);
                headers.insert(AUTHORIZATION, word);
            }
            (Some(_), Some(_)) => return Err(wrong("a `username` has no `:` in it".into())),
            (Some(_), None) => return Err(wrong("it has a `username` and no `password`: set both".into())),
            (None, Some(_)) => return Err(wrong("it has a `password` and no `username`: set both".into())),
        }
        let address = format!("{}/{database}", url.as_str().trim_end_matches('/'));
        Ok(Database {
            http: outbound::client(headers),
            place: format!("`{name}` ({address})"),
            address,
        })
    }

    /// What the server says of it.
    ///
    /// # Errors
    /// See [`Failure`]; [`FailureKind::Missing`] when it is not there.
    pub async fn about(&self) -> Result<About, Failure> {
        let answer = self.json(self.http.get(&self.address), ANSWER_BYTES_MAX).await?;
        Ok(About {
            update_seq: answer["update_seq"].clone(),
            instance: instance(&answer["instance_start_time"]),
        })
    }

    /// Changes, as they come: the answer is read by the caller, and has no end of its own.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn changes(&self, query: &[(&str, String)]) -> Result<Response, Failure> {
        let request = self.http.get(format!("{}/_changes", self.address)).query(query);
        let response = request
            .send()
            .await
            .map_err(|error| self.unreachable(error.into()))?;
        let (status, kind) = outbound::about(&response);
        if status != 200 {
            return Err(self.refusal(response).await);
        }
        if outbound::is_page(&kind) {
            let body = outbound::body(response, ANSWER_BYTES_MAX).await;
            let error = outbound::not_json(status, kind, &body.unwrap_or_default());
            return Err(self.unreachable(error));
        }
        Ok(response)
    }

    /// Where the changes end now.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn last_seq(&self) -> Result<Value, Failure> {
        let request = self.http.get(format!("{}/_changes", self.address));
        let request = request.query(&[("since", "now"), ("limit", "1")]);
        let answer = self.json(request, ANSWER_BYTES_MAX).await?;
        Ok(answer["last_seq"].clone())
    }

    /// A document as it is now, with stubs in place of its attachments; nothing if there is none.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn document(&self, id: &str) -> Result<Option<Document>, Failure> {
        let Some(request) = self.request(Method::GET, id, None) else {
            return Ok(None);
        };
        match self.json(request, DOCUMENT_MAX).await {
            Ok(Value::Object(document)) => Ok(Some(document)),
            Ok(_) => Err(self.failed(FailureKind::Server, "it answered a document that is no record")),
            Err(failure) if failure.kind == FailureKind::Missing => match failure.is_about_database() {
                true => Err(failure),
                false => Ok(None),
            },
            Err(failure) => Err(failure),
        }
    }

    /// Puts a document in place of the one with the revision in it, or where there is none. Its new revision.
    ///
    /// # Errors
    /// See [`Failure`]; [`FailureKind::Conflict`] when it is there in another revision.
    pub async fn put(&self, id: &str, document: &Document) -> Result<String, Failure> {
        let Some(request) = self.request(Method::PUT, id, None) else {
            return Err(self.failed(FailureKind::Refused, &format!("no document can be called `{id}`")));
        };
        let answer = self.json(request.json(document), ANSWER_BYTES_MAX).await?;
        match answer["rev"].as_str() {
            Some(rev) => Ok(rev.to_owned()),
            None => Err(self.failed(FailureKind::Server, "it took a document and told no revision")),
        }
    }

    /// An attachment of a document at a revision, which has exactly so many bytes. Nothing when the server does
    /// not have it, or has something else.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn attachment(
        &self,
        id: &str,
        rev: &str,
        name: &str,
        size: usize,
    ) -> Result<Option<Bytes>, Failure> {
        let Some(request) = self.request(Method::GET, id, Some(name)) else {
            return Ok(None);
        };
        let response = match self.send(request.query(&[("rev", rev)])).await {
            Ok(response) => response,
            Err(failure) if failure.kind == FailureKind::Missing => return Ok(None),
            Err(failure) => return Err(failure),
        };
        match outbound::body(response, size).await {
            Ok(body) if body.len() == size => Ok(Some(body)),
            Ok(_) | Err(OutboundError::TooLong { .. }) => Ok(None),
            Err(error) => Err(self.unreachable(error)),
        }
    }

    /// A request to a document or an attachment; nothing if no document can have this name.
    fn request(&self, method: Method, id: &str, attachment: Option<&str>) -> Option<RequestBuilder> {
        let mut path = format!("{}/{}", self.address, segment(id)?);
        if let Some(name) = attachment {
            path.push('/');
            path.push_str(&segment(name)?);
        }
        Some(self.http.request(method, path))
    }

    /// Sends it; an answer that is no success is a failure.
    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = request.timeout(ANSWER_MAX).send().await;
        let response = response.map_err(|error| self.unreachable(error.into()))?;
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(self.refusal(response).await)
        }
    }

    async fn json(&self, request: RequestBuilder, max: usize) -> Result<Value, Failure> {
        let response = self.send(request).await?;
        let answer = outbound::json(response, max).await;
        answer.map_err(|error| self.unreachable(error))
    }

    async fn refusal(&self, response: Response) -> Failure {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = outbound::json(response, ANSWER_BYTES_MAX).await;
        Failure::of_status(&self.place, status, &headers, answer)
    }

    /// A failure on the way.
    pub fn unreachable(&self, error: OutboundError) -> Failure {
        Failure::on_the_way(&self.place, error)
    }

    /// A failure of this database.
    pub fn failed(&self, kind: FailureKind, why: &str) -> Failure {
        Failure::new(kind, format!("{}: {why}", self.place))
    }
}

/// Which database it is, by its `instance_start_time`: from CouchDB 3.3 on the second in which it was made.
/// Older ones say 0, or the moment at which a server opened it, in finer units, which tells nothing.
fn instance(start: &Value) -> Option<String> {
    const SECONDS_MAX: u64 = 100_000_000_000;
    let text = start.as_str().map_or_else(|| start.to_string(), str::to_owned);
    let seconds = text.parse::<u64>().ok()?;
    (1..SECONDS_MAX).contains(&seconds).then_some(text)
}

/// A text as one segment of a path. A segment of dots means a folder, however it is written.
fn segment(text: &str) -> Option<String> {
    if matches!(text, "" | "." | "..") {
        return None;
    }
    let mut segment = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => segment.push(byte.into()),
            other => write!(segment, "%{other:02X}").expect("a string takes all text"),
        }
    }
    Some(segment)
}
