//! What steps do with packages: the plan says which, the kind of the package says how.

use crate::artifacts::Artifacts;
use crate::clock::Clock;
use crate::config::SecretValues;
use crate::redact::Secrets;
use crate::seal::Seal;
use flow_engine::{ErrorKind, StepError};
use flow_lang::plan::private::holds_sealed;
use flow_lang::plan::{Package, Plan};
use flow_lang::units;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Does things with packages.
pub struct Acts {
    /// Where blobs come from and go to.
    pub artifacts: Arc<Artifacts>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Values of secrets.
    pub secrets: SecretValues,
    /// Seals what is private in what was read.
    pub seal: Arc<Seal>,
}

/// One thing that is done with a package.
pub(super) struct Act<'a> {
    /// The package, for messages.
    pub(super) name: &'a str,
    pub(super) package: &'a Package,
    pub(super) action: &'a str,
    /// Exactly the fields that the action declares.
    pub(super) args: Value,
    /// Values of secret configuration by the catalogue's names.
    pub(super) secrets: BTreeMap<String, String>,
}

impl Acts {
    /// Does it, within the time that the plan gives.
    ///
    /// # Errors
    /// A failure in the words of the language, without step and attempts.
    pub async fn act(
        &self,
        plan: &Plan,
        name: &str,
        action: &str,
        args: Value,
        stop: CancellationToken,
    ) -> Result<Value, StepError> {
        let package = plan.packages.get(name);
        let declared = package.and_then(|package| package.actions.get(action));
        let (Some(package), Some(declared)) = (package, declared) else {
            return Err(failed(ErrorKind::Refused, format!("no action `{name}.{action}`")));
        };
        if declared.input.holds_private() {
            let why = format!("`{name}.{action}` would hold private data in the clear");
            return Err(failed(ErrorKind::Refused, why));
        }
        let secrets = secrets(package, name, &self.secrets).map_err(|why| failed(ErrorKind::Refused, why))?;
        let redaction = Secrets::new(secrets.clone()).redaction();
        let act = Act {
            name,
            package,
            action,
            args,
            secrets,
        };
        let late = self.clock.sleep(Duration::from_millis(declared.timeout_ms));
        let done = tokio::select! {
            done = super::act(&self.artifacts, &*self.clock, act) => done,
            () = late => {
                let allowed = units::duration(declared.timeout_ms);
                Err(failed(ErrorKind::Timeout, format!("`{name}.{action}` took longer than {allowed}")))
            }
            () = stop.cancelled() => Err(failed(ErrorKind::Crash, "was stopped".to_owned())),
        };
        // A server may repeat what it was sent.
        let told = |error: StepError| failed(error.kind, redaction.text(&error.message).into_owned());
        let mut value = done.map_err(told)?;
        if holds_sealed(&value) {
            let why = format!("`{name}.{action}` came back with something sealed, and only the daemon seals");
            return Err(failed(ErrorKind::Type, why));
        }
        self.seal.seal(&declared.output, &mut value);
        Ok(value)
    }
}

/// The values of a package's secret configuration.
///
/// # Errors
/// The place of one that is not set; never a value.
pub fn secrets(
    package: &Package,
    name: &str,
    values: &SecretValues,
) -> Result<BTreeMap<String, String>, String> {
    let find = |(word, place): (&String, &String)| match values(place) {
        Some(value) => Ok((word.clone(), value)),
        None => Err(format!("`{word}` of package `{name}` is not set (`{place}`)")),
    };
    package.secrets.iter().map(find).collect()
}

pub(super) fn failed(kind: ErrorKind, message: String) -> StepError {
    StepError {
        kind,
        message,
        step: String::new(),
        attempts: 0,
    }
}
