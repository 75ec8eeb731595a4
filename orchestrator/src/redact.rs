//! Values of secrets, and the second net below them: what code prints, returns or raises is searched for them, and
//! `[secret NAME]` stands where one was.
//!
//! The first net is that a secret goes to the code that names it and nowhere else. This one catches what that code
//! gives away by accident. It finds a value as it is, as JSON, Python and URLs write it, in hexadecimal, and in base64
//! also where it is a part of what was encoded. It does not find what was encrypted, hashed, cut or turned around.

mod forms;
mod search;
mod stream;

pub use forms::SECRET_MIN;
pub use stream::{Cut, Stream};

use flow_lang::plan::{Plan, SECRET_BYTES_MAX, json_size, secret_type, text_size};
use flow_lang::units;
use search::Search;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Values of secrets by name. Its debug form shows the names alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// From names and values.
    pub fn new(values: BTreeMap<String, String>) -> Secrets {
        Secrets(values)
    }

    /// Those that a plan declares under `names`; `value` is asked for each by its place.
    ///
    /// # Errors
    /// One is not declared, is not set, or is none that can be passed on.
    pub fn find(
        plan: &Plan,
        names: &[String],
        value: impl Fn(&str) -> Option<String>,
    ) -> Result<Secrets, NoSecret> {
        let find = |name: &String| {
            let no = |why: String| NoSecret {
                name: name.clone(),
                why,
            };
            let place = plan
                .secrets
                .get(name)
                .ok_or_else(|| no("is not declared".to_owned()))?;
            let value = value(place).ok_or_else(|| no(format!("is not set (`{place}`)")))?;
            // What is said about a misfit would show it.
            if secret_type().check(&Value::from(value.as_str())).is_err() {
                let most = units::size(SECRET_BYTES_MAX);
                let form = format!("(`{place}`) is no text of at most {most} without control characters");
                return Err(no(form));
            }
            Ok((name.clone(), value))
        };
        names
            .iter()
            .map(find)
            .collect::<Result<_, NoSecret>>()
            .map(Secrets)
    }

    /// Bytes of the arguments of a call with the secrets laid over them, as limits count them.
    pub fn size_with(&self, args: &Value) -> u64 {
        match (args.as_object().is_some_and(Map::is_empty), self.is_empty()) {
            (_, true) => json_size(args),
            (true, false) => text_size(&self.0),
            // `{…}` and `{…}` are one `{…,…}`.
            (false, false) => json_size(args) + text_size(&self.0) - 1,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter()
    }

    /// As a job is given them.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(&self.0).expect("texts are plain JSON")
    }

    /// As a job was given them.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_json(json: &[u8]) -> serde_json::Result<Secrets> {
        serde_json::from_slice(json).map(Secrets)
    }

    /// What finds them.
    pub fn redaction(&self) -> Redaction {
        Redaction(Search::new(self.iter()).map(Arc::new))
    }
}

/// Why a secret cannot be given to code. It does not say what its value is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("secret `{name}` {why}")]
pub struct NoSecret {
    /// Its name.
    pub name: String,
    why: String,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Finds secrets and puts their names in their places. Cheap to clone.
#[derive(Clone, Default)]
pub struct Redaction(Option<Arc<Search>>);

impl Redaction {
    /// A text without secrets.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(search) = &self.0 else {
            return Cow::Borrowed(text);
        };
        let hits = search.hits(text.as_bytes());
        if hits.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::new();
        let mut at = 0;
        for hit in hits {
            // All that is searched for is text, so a hit begins and ends where a character does.
            out.push_str(&text[at..hit.place.start]);
            out.push_str(search.mark(&hit));
            at = hit.place.end;
        }
        out.push_str(&text[at..]);
        Cow::Owned(out)
    }

    /// A value without secrets in its texts and in the names of its fields.
    pub fn value(&self, value: Value) -> Value {
        if self.0.is_none() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.text(&text).into_owned()),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => {
                let clear =
                    |(name, value): (String, Value)| (self.text(&name).into_owned(), self.value(value));
                Value::Object(fields.into_iter().map(clear).collect())
            }
            // A secret may be a number, too.
            Value::Number(number) => match self.text(&number.to_string()) {
                Cow::Borrowed(_) => Value::Number(number),
                Cow::Owned(text) => Value::String(text),
            },
            Value::Null | Value::Bool(_) => value,
        }
    }

    /// Whether there is nothing to look for.
    pub fn is_idle(&self) -> bool {
        self.0.is_none()
    }
}

#[cfg(test)]
mod tests;
