//! Triggers with their feeds, and the packages that the feeds belong to.

mod clock;
mod documents;

use super::fields::{Field, Record, can_be_field, is_of, zero};
use super::names::Names;
use super::text::{doc, literal, notes, plain, quoted};
use super::toml::Config;
use crate::openwhisk::deployment::{Binding, Bound, Deployment, Kind, Name, Note, Param, Trigger, laid_over};
use documents::{Databases, Package};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Where the events of a trigger come from.
pub(super) enum From {
    /// People, over HTTP.
    People,
    /// A clock, which is followed by the same values each time.
    Clock {
        schedule: String,
        timezone: Option<String>,
    },
    /// The changes of a database: the place of its package, and where the feed begins.
    Documents { package: usize, since: &'static str },
}

/// A trigger on its way into the flow.
pub(super) struct Source<'d> {
    of: &'d Trigger,
    pub(super) ident: String,
    notes: Vec<Note>,
    pub(super) from: From,
    /// What an event carries. Of a clock: the values that follow it, as defaults.
    pub(super) event: Record,
}

/// All triggers and packages.
pub(super) struct Sources<'d> {
    pub(super) triggers: Vec<Source<'d>>,
    packages: Vec<Package>,
    notes: Vec<Note>,
    by_name: BTreeMap<&'d str, usize>,
}

impl<'d> Sources<'d> {
    pub(super) fn new(deployment: &'d Deployment, names: &mut Names, toml: &mut Config) -> Sources<'d> {
        let mut sources = Sources {
            triggers: Vec::new(),
            packages: Vec::new(),
            notes: Vec::new(),
            by_name: BTreeMap::new(),
        };
        let mut databases = Databases::default();
        let mut used = Vec::new();
        for trigger in &deployment.triggers {
            let mut source = Source {
                of: trigger,
                ident: names.give(&trigger.name, "trigger"),
                notes: trigger.notes.clone(),
                from: From::People,
                event: Record::default(),
            };
            match &trigger.feed {
                None => source.people(),
                Some(feed) => {
                    let (location, feed, binding) = resolve(deployment, feed);
                    let given: &[Param] = match binding {
                        Some(binding) => {
                            used.push(binding.name.as_str());
                            &binding.params
                        }
                        None => &[],
                    };
                    let params = laid_over(given, &trigger.params);
                    match (location.as_str(), feed) {
                        ("/whisk.system/alarms", feed) => clock::read(&mut source, feed, &params),
                        ("/whisk.system/cloudant", "changes") => {
                            {
                                // A binding to one database is that database.
                                let own = given.iter().any(|param| param.name == "dbname");
                                let called = binding.filter(|_| own).map(|binding| binding.name.as_str());
                                databases.read(&mut source, &params, called, names, toml)
                            }
                        }
                        _ => source.unknown_feed(&params),
                    }
                }
            }
            sources
                .by_name
                .insert(trigger.name.as_str(), sources.triggers.len());
            sources.triggers.push(source);
        }
        sources.packages = databases.packages;
        for binding in &deployment.bindings {
            sources.notes.extend(binding.notes.clone());
            if !used.contains(&binding.name.as_str()) {
                let what = format!("the binding {} of {}", binding.name, binding.location);
                sources.notes.push(Note::new(
                    what,
                    "Flow has no such package, or nothing here listens to it",
                ));
            }
        }
        sources
    }

    /// The trigger that a rule names.
    pub(super) fn find(&self, written: &str) -> Option<usize> {
        let name = Name::read(written, None)?.name;
        self.by_name.get(name.as_str()).copied()
    }

    /// What events of all triggers carry.
    pub(super) fn events(&self) -> impl Iterator<Item = &Record> {
        self.triggers.iter().map(|source| &source.event)
    }

    pub(super) fn write(&self, out: &mut String, unit: u64) {
        out.push_str(&notes(&self.notes));
        for package in &self.packages {
            package.write(out);
        }
        for source in &self.triggers {
            source.write(out, &self.packages, unit);
        }
    }
}

/// The package of a feed, its name in there, and the binding through which it is named.
fn resolve<'d>(deployment: &'d Deployment, feed: &'d str) -> (String, &'d str, Option<&'d Binding>) {
    let (package, name) = feed.rsplit_once('/').unwrap_or(("", feed));
    let own = Name::read(feed, None).and_then(|name| name.package);
    let binding = own.and_then(|own| deployment.bindings.iter().find(|binding| binding.name == own));
    match binding {
        Some(binding) => (
            binding.location.trim_end_matches('/').to_owned(),
            name,
            Some(binding),
        ),
        None => (package.to_owned(), name, None),
    }
}

impl Source<'_> {
    /// Without a feed, what the trigger is given stands under each event.
    fn people(&mut self) {
        let exact = self.of.exact.as_deref().and_then(Record::read);
        let is_exact = exact.is_some();
        self.event = exact.unwrap_or_default();
        for param in &self.of.params {
            if !can_be_field(&param.name) {
                let because = "a field is named with letters, digits and _";
                self.notes
                    .push(Note::new(format!("the parameter {}", param.name), because));
                continue;
            }
            let value = param.value().filter(|value| literal(value).is_some());
            if is_exact && let Some(field) = self.event.get_mut(&param.name) {
                field.default = value.cloned();
                continue;
            }
            let mut field = Field {
                doc: param.doc.clone(),
                ..Field::optional(param.kind.clone().unwrap_or(Kind::Json))
            };
            match (value, &param.bound) {
                (Some(value), _) => {
                    field.kind = param
                        .kind
                        .clone()
                        .filter(|kind| is_of(value, kind))
                        .unwrap_or_else(|| Kind::of(value));
                    field.default = Some(value.clone());
                }
                (None, None) if param.required => field.optional = false,
                (None, None) => field.default = param.kind.as_ref().and_then(zero),
                (None, Some(_)) => self
                    .notes
                    .push(lost(param, "an event has no value that is not known here")),
            }
            field.optional &= field.default.is_none();
            self.event.add(&param.name, field);
        }
    }

    fn unknown_feed(&mut self, params: &[Param]) {
        let feed = self.of.feed.as_deref().unwrap_or_default();
        self.notes.push(Note::new(
            format!("the feed {feed}"),
            "Flow has no such source: fire the trigger over HTTP",
        ));
        let lost_with_it = params.iter().map(|param| lost(param, "it belongs to the feed"));
        self.notes.extend(lost_with_it);
    }

    fn write(&self, out: &mut String, packages: &[Package], unit: u64) {
        out.push('\n');
        if self.ident != self.of.name {
            writeln!(out, "// `{}` on OpenWhisk.", plain(&self.of.name)).expect("writes to a text");
        }
        out.push_str(&notes(&self.notes));
        out.push_str(&doc(self.of.doc.as_deref()));
        let ident = &self.ident;
        match &self.from {
            From::People if self.event.fields.is_empty() => writeln!(out, "trigger {ident}"),
            From::People => writeln!(out, "trigger {ident}: {}", self.event.show(unit)),
            From::Clock { schedule, timezone } => {
                let zone = timezone.as_ref();
                let zone = zone.map_or_else(String::new, |zone| format!(", timezone: {}", quoted(zone)));
                writeln!(
                    out,
                    "trigger {ident} from cron {{ schedule: {}{zone} }}",
                    quoted(schedule)
                )
            }
            From::Documents { package, since } => {
                let package = &packages[*package].ident;
                writeln!(out, "trigger {ident} from {package}.changes {{ since: {since} }}")
            }
        }
        .expect("writes to a text");
    }
}

/// A parameter that is not taken over; the value of a secret is not repeated.
fn lost(param: &Param, because: &str) -> Note {
    let value = match &param.bound {
        _ if super::actions::is_secret(&param.name) => String::new(),
        Some(Bound::Value(serde_json::Value::String(text)) | Bound::Unknown(text)) => format!(": {text}"),
        Some(Bound::Value(value)) => format!(": {value}"),
        Some(Bound::Variable(name)) => format!(": ${name}"),
        None => String::new(),
    };
    Note::new(format!("the parameter {}{value}", param.name), because)
}
