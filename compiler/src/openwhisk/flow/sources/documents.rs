//! The feed of `/whisk.system/cloudant`: a database, as a package of documents.

use super::{From, Source, lost};
use crate::openwhisk::deployment::{Bound, Kind, Note, Param};
use crate::openwhisk::flow::actions::is_secret;
use crate::openwhisk::flow::fields::{Field, Record};
use crate::openwhisk::flow::names::Names;
use crate::openwhisk::flow::text::notes;
use crate::openwhisk::flow::toml::Config;
use serde_json::Value;
use std::fmt::Write as _;

/// A database.
pub(super) struct Package {
    pub(super) ident: String,
    item: Record,
    notes: Vec<Note>,
}

impl Package {
    pub(super) fn write(&self, out: &mut String) {
        let item = self.item.show(0);
        write!(
            out,
            "\n{}package {} = couchdb<{item}>\n",
            notes(&self.notes),
            self.ident
        )
        .expect("writes to a text");
    }
}

/// The databases so far, each with what tells it from others.
#[derive(Default)]
pub(super) struct Databases {
    pub(super) packages: Vec<Package>,
    known: Vec<(Option<String>, Option<String>)>,
}

/// The longest name of a document.
const ID: &str = "text<256B>";

impl Databases {
    /// Reads the feed `changes`; `called` is a name for its database.
    pub(super) fn read(
        &mut self,
        source: &mut Source<'_>,
        params: &[Param],
        called: Option<&str>,
        names: &mut Names,
        toml: &mut Config,
    ) {
        let find = |name: &str| params.iter().find(|param| param.name == name);
        let text = |name: &str| {
            find(name)
                .and_then(Param::value)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let key = (text("host"), text("dbname"));
        let package = match self.known.iter().position(|known| *known == key) {
            Some(package) => package,
            None => {
                let called = called.map(str::to_owned).or_else(|| key.1.clone());
                let called = called.unwrap_or_else(|| format!("{}_documents", source.of.name));
                let ident = names.give(&called, "package");
                let package = package(source, params, ident, toml);
                self.packages.push(package);
                self.known.push(key);
                self.packages.len() - 1
            }
        };
        source.event = self.packages[package].item.clone();
        let since = match find("since").map(|param| param.value().cloned()) {
            None => "now",
            Some(Some(Value::String(text))) if text == "0" => "beginning",
            Some(Some(Value::String(text))) if text == "now" => "now",
            Some(Some(Value::Number(number))) if number.as_u64() == Some(0) => "beginning",
            Some(_) => {
                let since = find("since").map(|param| lost(param, "a feed begins now or at the beginning"));
                source.notes.extend(since);
                "now"
            }
        };
        source.from = From::Documents { package, since };
    }
}

fn package(source: &Source<'_>, params: &[Param], ident: String, toml: &mut Config) -> Package {
    let mut notes = Vec::new();
    let item = source
        .of
        .exact
        .as_deref()
        .and_then(Record::read)
        .unwrap_or_else(|| {
            notes.push(Note::new(
                "seq, changes and dbname of an event",
                "an event is the document itself: name the fields that you use",
            ));
            let mut item = Record::default();
            item.add("id", Field::required(Kind::Exact(ID.to_owned())));
            item.exact = true;
            item
        });
    let mut settings = Vec::new();
    let mut password = None;
    for param in params {
        let value = param.value().and_then(Value::as_str).map(str::to_owned);
        match (param.name.as_str(), value) {
            ("host", Some(host)) => settings.push(("url", address(&host))),
            ("username", Some(name)) => settings.push(("username", name)),
            ("dbname", Some(name)) if name == ident => {}
            ("dbname", Some(name)) => settings.push(("database", name)),
            ("password", _) => {
                let variable = match &param.bound {
                    Some(Bound::Variable(name)) => name.clone(),
                    _ => {
                        let variable = format!("{}_PASSWORD", ident.to_uppercase());
                        let because = format!("it is a secret: it is read from the variable {variable} now");
                        notes.push(Note::new("the value of password", because));
                        variable
                    }
                };
                password = Some(("password", format!("env:{variable}")));
            }
            ("since", _) => {}
            ("host" | "username" | "dbname", None) => {
                notes.push(lost(
                    param,
                    "its value is not known here: write it into `flow.toml`",
                ));
            }
            (name, _) if is_secret(name) => notes.push(lost(param, "who signs in has a user and a password")),
            _ => notes.push(lost(param, "the feed tells of all documents and has no end")),
        }
    }
    // A user has a password, and a password a user.
    let named = settings.iter().any(|(key, _)| *key == "username");
    match password {
        Some(password) if named => settings.push(password),
        Some(_) => notes.push(Note::new(
            "the password",
            "nobody is named: write `username` into `flow.toml`, too",
        )),
        None if named => {
            settings.retain(|(key, _)| *key != "username");
            notes.push(Note::new(
                "the username",
                "there is no password: write both into `flow.toml`",
            ));
        }
        None => {}
    }
    toml.package(&ident, &settings);
    Package { ident, item, notes }
}

fn address(host: &str) -> String {
    match host.contains("://") {
        true => host.to_owned(),
        false => format!("https://{host}"),
    }
}
