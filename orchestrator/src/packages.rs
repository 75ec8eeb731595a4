//! Packages: where they are, and what steps do with them.
//!
//! A `file:` URL is made absolute when a plan leaves its project.

mod acts;
pub mod couchdb;

pub use acts::{Acts, secrets};

use crate::artifacts::Artifacts;
use crate::clock::Clock;
use acts::{Act, failed};
use flow_engine::{ErrorKind, StepError};
use flow_lang::plan::{Package, Plan};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The plan with every relative `file:` URL made absolute below `root`.
pub fn rooted(mut plan: Plan, root: &Path) -> Plan {
    for (name, package) in &mut plan.packages {
        if let Some(path) = path(name, package) {
            package
                .config
                .insert("url".into(), json!(format!("file:{}", root.join(path).display())));
        }
    }
    plan
}

/// The folder of a package of a deployed plan, if it is a local one.
pub fn folder(plan: &Plan, name: &str) -> Option<PathBuf> {
    plan.packages.get(name).and_then(|package| path(name, package))
}

fn path(name: &str, package: &Package) -> Option<PathBuf> {
    match package.config.get("url").and_then(Value::as_str) {
        None => Some(PathBuf::from(name)),
        Some(url) => url.strip_prefix("file:").map(PathBuf::from),
    }
}

/// Does one thing with a package, by its kind.
async fn act(artifacts: &Artifacts, clock: &dyn Clock, act: Act<'_>) -> Result<Value, StepError> {
    match act.package.kind.as_str() {
        "couchdb" => couchdb::act(artifacts, clock, act).await,
        other => {
            let (name, action) = (act.name, act.action);
            let message = format!("`{name}.{action}`: a package of the kind `{other}` does nothing");
            Err(failed(ErrorKind::Refused, message))
        }
    }
}
