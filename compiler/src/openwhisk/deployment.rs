//! What is deployed on OpenWhisk, whichever way it was described.

use serde_json::Value;

/// Everything that one manifest or one script describes, in its order.
#[derive(Clone, Debug, Default)]
pub struct Deployment {
    /// A name for the flow, as it is called there.
    pub(super) name: Option<String>,
    /// What concerns all of it, or nothing that was read, and is not imported.
    pub(super) notes: Vec<Note>,
    pub(super) bindings: Vec<Binding>,
    pub(super) actions: Vec<Action>,
    pub(super) sequences: Vec<Sequence>,
    pub(super) triggers: Vec<Trigger>,
    pub(super) rules: Vec<Rule>,
    pub(super) routes: Vec<Route>,
}

/// Something that has no counterpart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Note {
    /// What was written there.
    pub(super) what: String,
    /// Why it is not in the flow.
    pub(super) because: String,
}

impl Note {
    pub(super) fn new(what: impl Into<String>, because: impl Into<String>) -> Note {
        Note {
            what: what.into(),
            because: because.into(),
        }
    }
}

/// The name of an action, a sequence or a feed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    /// The package it is in; `default` and none are the same.
    pub(super) package: Option<String>,
    pub(super) name: String,
}

impl Name {
    /// Reads `name`, `package/name`, `/_/package/name` or `/namespace/name`. A bare name is in `package`. Nothing if
    /// it is a name of another namespace, such as `/whisk.system/utils/echo`.
    pub(super) fn read(text: &str, package: Option<&str>) -> Option<Name> {
        let foreign = |namespace: &str| namespace.contains('.');
        let parts: Vec<_> = text.trim_start_matches('/').split('/').collect();
        let (package, name) = match (text.starts_with('/'), parts.as_slice()) {
            (false, [name]) => (package, name),
            (false, [package, name]) => (Some(*package), name),
            (true, [namespace, name]) if !foreign(namespace) => (None, name),
            (true, [namespace, package, name]) if !foreign(namespace) => (Some(*package), name),
            _ => return None,
        };
        let package = package.filter(|package| *package != "default").map(str::to_owned);
        Some(Name {
            package,
            name: (*name).to_owned(),
        })
    }

    /// `package/name`.
    pub(super) fn shown(&self) -> String {
        match &self.package {
            Some(package) => format!("{package}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    Int,
    Float,
    Bool,
    Json,
    /// A type of Flow, as an export wrote it.
    Exact(String),
}

impl Kind {
    /// The kind of a value.
    pub(super) fn of(value: &Value) -> Kind {
        match value {
            Value::Bool(_) => Kind::Bool,
            Value::Number(number) if number.is_f64() => Kind::Float,
            Value::Number(_) => Kind::Int,
            Value::String(_) => Kind::Text,
            Value::Null | Value::Array(_) | Value::Object(_) => Kind::Json,
        }
    }
}

/// What a parameter is bound to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bound {
    /// A value that stands there.
    Value(Value),
    /// A variable of the environment of whoever deploys.
    Variable(String),
    /// Something put together when it is deployed, as it is written.
    Unknown(String),
}

/// A parameter of a package, an action or a trigger.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Param {
    pub(super) name: String,
    /// What it holds, where that is said.
    pub(super) kind: Option<Kind>,
    pub(super) bound: Option<Bound>,
    /// It must be given by whoever calls.
    pub(super) required: bool,
    pub(super) doc: Option<String>,
}

impl Param {
    /// A parameter that is bound to a value.
    pub(super) fn bound(name: impl Into<String>, bound: Bound) -> Param {
        Param {
            name: name.into(),
            kind: None,
            bound: Some(bound),
            required: false,
            doc: None,
        }
    }

    /// The value, if it stands there.
    pub(super) fn value(&self) -> Option<&Value> {
        match &self.bound {
            Some(Bound::Value(value)) => Some(value),
            Some(Bound::Variable(_) | Bound::Unknown(_)) | None => None,
        }
    }
}

/// Lays `over` over `under`, by name; the order is that of the first mention.
pub(super) fn laid_over(under: &[Param], over: &[Param]) -> Vec<Param> {
    let mut all = under.to_vec();
    for param in over {
        match all.iter_mut().find(|other| other.name == param.name) {
            Some(other) => *other = param.clone(),
            None => all.push(param.clone()),
        }
    }
    all
}

/// A package of somebody else under a name of one's own.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub(super) name: String,
    /// `/whisk.system/cloudant`.
    pub(super) location: String,
    pub(super) params: Vec<Param>,
    pub(super) notes: Vec<Note>,
}

/// Where the code of an action is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Code {
    /// A file or a folder, as seen from the description.
    Path(String),
    /// The text of one file.
    Text(String),
}

/// An action.
#[derive(Clone, Debug)]
pub(super) struct Action {
    pub(super) name: Name,
    pub(super) notes: Vec<Note>,
    pub(super) doc: Option<String>,
    /// Nothing when the action cannot run here: a note says why.
    pub(super) code: Option<Code>,
    pub(super) runtime: Option<String>,
    pub(super) main: Option<String>,
    /// Those of its package are among them.
    pub(super) params: Vec<Param>,
    /// What it returns, where that is said.
    pub(super) outputs: Vec<Param>,
    pub(super) timeout_ms: Option<u64>,
    pub(super) memory_mb: Option<u64>,
    pub(super) logs_mb: Option<u64>,
    /// It answers requests of the web by itself.
    pub(super) web: bool,
    pub(super) exact: Exact,
}

/// What an export remembered of the flow that it came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Exact {
    pub(super) input: Option<String>,
    pub(super) output: Option<String>,
    pub(super) effects: Option<String>,
}

/// Actions that hand on to each other.
#[derive(Clone, Debug)]
pub(super) struct Sequence {
    pub(super) name: Name,
    /// As written: names of actions and sequences.
    pub(super) parts: Vec<String>,
    pub(super) notes: Vec<Note>,
    pub(super) doc: Option<String>,
    pub(super) web: bool,
}

/// A trigger.
#[derive(Clone, Debug)]
pub(super) struct Trigger {
    pub(super) name: String,
    pub(super) notes: Vec<Note>,
    pub(super) doc: Option<String>,
    /// The feed, as written, and the package that a bare name of it would be in.
    pub(super) feed: Option<String>,
    /// Of the feed if there is one, else of the events.
    pub(super) params: Vec<Param>,
    pub(super) exact: Option<String>,
}

/// A rule.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) notes: Vec<Note>,
    pub(super) trigger: String,
    /// As written.
    pub(super) action: String,
    /// The package that a bare name is in.
    pub(super) package: Option<String>,
}

/// A path of the API gateway.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) name: String,
    pub(super) notes: Vec<Note>,
    pub(super) path: String,
    /// In capitals.
    pub(super) method: String,
    /// As written.
    pub(super) action: String,
    pub(super) package: Option<String>,
}
