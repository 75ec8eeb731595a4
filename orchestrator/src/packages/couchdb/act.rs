//! What steps do with a database. All of it may be repeated: what a try has done before the daemon died, the next
//! one finds done.

mod attachments;

use super::shape::{Misfitting, same};
use super::{Database, Document, Failure, FailureKind, Shape};
use crate::artifacts::{ArtifactError, Artifacts};
use crate::clock::{Clock, new_id};
use crate::packages::acts::{Act, failed};
use attachments::Attachments;
use flow_engine::{ErrorKind, StepError};
use serde_json::{Map, Value, json};
use std::future::Future;
use std::time::Duration;

/// How often a document is read again because others have changed it meanwhile.
const CONFLICTS_MAX: u32 = 16;
/// The pause after the first conflict; doubled up to the last.
const PAUSE_FIRST_MS: u64 = 10;
/// The longest pause after a conflict.
const PAUSE_MAX_MS: u64 = 1_000;
/// How often a server that asks to be left alone is asked again within one try of a step.
const BUSY_MAX: u32 = 3;
/// The longest that a server is left alone within one try; a longer wait is the engine's.
const BUSY_WAIT_MAX: Duration = Duration::from_secs(20);

/// Does it.
///
/// # Errors
/// A failure in the words of the language: `crash` and `timeout` are worth another try.
pub(in crate::packages) async fn act(
    artifacts: &Artifacts,
    clock: &dyn Clock,
    act: Act<'_>,
) -> Result<Value, StepError> {
    let what = format!("`{}.{}`", act.name, act.action);
    let refused = |why: String| failed(ErrorKind::Refused, format!("{what}: {why}"));
    let database = Database::open(act.name, &act.package.config, &act.secrets).map_err(refused)?;
    let Value::Object(args) = act.args else {
        return Err(refused("its arguments are no record".into()));
    };
    let id = args
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if id.is_empty() || id.starts_with('_') || matches!(id.as_str(), "." | "..") {
        let why = format!("no document can be called {id:?}: choose an `id` that does not begin with `_`");
        return Err(refused(why));
    }
    let doing = Doing {
        database,
        artifacts,
        clock,
        shape: Shape::new(&act.package.item),
        name: act.name,
        id,
    };
    let done = match act.action {
        "read" => doing.read().await,
        "write" => doing.write(&args).await,
        "update" | "attach" => doing.update(&args).await,
        other => Err(Wrong::Refused(format!("a `couchdb` cannot `{other}`"))),
    };
    done.map_err(|wrong| wrong.told(&what))
}

/// One thing that is being done.
struct Doing<'a> {
    database: Database,
    artifacts: &'a Artifacts,
    clock: &'a dyn Clock,
    shape: Shape,
    /// The package.
    name: &'a str,
    id: String,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
enum Wrong {
    #[error(transparent)]
    Database(#[from] Failure),
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error("{0}")]
    Refused(String),
    #[error("document `{0}`: {1}")]
    Misfit(String, String),
    #[error("document `{0}`: {1}")]
    TooLarge(String, String),
    #[error("document `{0}` was changed by others again and again meanwhile")]
    Contended(String),
}

impl Wrong {
    fn told(&self, what: &str) -> StepError {
        let kind = match self {
            Wrong::Database(failure) => match failure.kind {
                FailureKind::Late => ErrorKind::Timeout,
                FailureKind::Network | FailureKind::Server | FailureKind::Busy { .. } => ErrorKind::Crash,
                FailureKind::TooLarge => ErrorKind::Limit,
                FailureKind::Denied
                | FailureKind::Missing
                | FailureKind::Conflict
                | FailureKind::Malformed
                | FailureKind::Refused => ErrorKind::Refused,
            },
            Wrong::Artifact(ArtifactError::TooLarge { .. }) | Wrong::TooLarge(..) => ErrorKind::Limit,
            Wrong::Artifact(error) if error.retry() => ErrorKind::Crash,
            Wrong::Artifact(_) | Wrong::Refused(_) => ErrorKind::Refused,
            Wrong::Misfit(..) => ErrorKind::Type,
            Wrong::Contended(_) => ErrorKind::Crash,
        };
        failed(kind, format!("{what}: {self}"))
    }
}

impl Doing<'_> {
    /// The document as a record; null if there is none.
    async fn read(&self) -> Result<Value, Wrong> {
        for turn in 0..CONFLICTS_MAX {
            let Some(document) = self.patient(|| self.database.document(&self.id)).await? else {
                return Ok(Value::Null);
            };
            let wanted = self.shape.wanted(&document).map_err(|misfit| match misfit {
                Misfitting::TooLarge(why) => Wrong::TooLarge(self.id.clone(), why),
                Misfitting::Other(why) => Wrong::Misfit(self.id.clone(), why),
            })?;
            let rev = revision(&document);
            let mut blobs = Vec::new();
            for wanted in &wanted {
                let fetched = self.fetched(&rev, &wanted.name, wanted.size).await?;
                let Some(content) = fetched else { break };
                let stored = self.artifacts.put_bytes(content).await?;
                blobs.push((wanted.name.clone(), wanted.reference(stored.digest)));
            }
            if blobs.len() == wanted.len() {
                let record = self.shape.record(&self.id, document, blobs);
                return record.map_err(|why| Wrong::Misfit(self.id.clone(), why));
            }
            // The document has moved on since it was read; what belongs to it now is read anew.
            self.pause(turn).await;
        }
        Err(Wrong::Contended(self.id.clone()))
    }

    /// A new document. One that is there with the same content is what an earlier try has written.
    async fn write(&self, args: &Map<String, Value>) -> Result<Value, Wrong> {
        let attachments = Attachments::of(&self.shape, args);
        let mut document = Document::from_iter([("_id".to_owned(), json!(self.id))]);
        let fields = self.shape.fields(args);
        document.extend(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).clone())),
        );
        if !attachments.is_empty() {
            document.insert("_attachments".into(), attachments.inline(self.artifacts).await?);
        }
        match self.patient(|| self.database.put(&self.id, &document)).await {
            Ok(rev) => return Ok(self.revision(rev)),
            Err(failure) if failure.kind == FailureKind::Conflict => {}
            Err(failure) => return Err(failure.into()),
        }
        let Some(found) = self.patient(|| self.database.document(&self.id)).await? else {
            // Somebody has deleted it in between: another try begins anew.
            return Err(Wrong::Contended(self.id.clone()));
        };
        let declared = self.shape.declared(&found);
        let alike =
            |(name, value): (&&str, &&Value)| declared.get(name).is_some_and(|found| same(found, value));
        if declared.len() == fields.len()
            && fields.iter().all(alike)
            && attachments.stray(&self.shape, &found).is_none()
            && attachments.are_in(self, &found).await?
        {
            return Ok(self.revision(revision(&found)));
        }
        let name = self.name;
        Err(Wrong::Refused(format!(
            "document `{}` is there already with other content: change it with `{name}.update`",
            self.id
        )))
    }

    /// Lays fields and attachments over a document that is there. What is not named stays as it is.
    async fn update(&self, args: &Map<String, Value>) -> Result<Value, Wrong> {
        let attachments = Attachments::of(&self.shape, args);
        for turn in 0..CONFLICTS_MAX {
            let Some(mut document) = self.patient(|| self.database.document(&self.id)).await? else {
                let name = self.name;
                return Err(Wrong::Refused(format!(
                    "there is no document `{}`: make it with `{name}.write`",
                    self.id
                )));
            };
            let mut changed = false;
            for (name, value) in self.shape.fields(args) {
                if document.get(name).is_none_or(|found| !same(found, value)) {
                    document.insert(name.to_owned(), value.clone());
                    changed = true;
                }
            }
            changed |= attachments.lay(self, &mut document).await?;
            if !changed {
                return Ok(self.revision(revision(&document)));
            }
            match self.patient(|| self.database.put(&self.id, &document)).await {
                Ok(rev) => return Ok(self.revision(rev)),
                Err(failure) if failure.kind == FailureKind::Conflict => self.pause(turn).await,
                Err(failure) => return Err(failure.into()),
            }
        }
        Err(Wrong::Contended(self.id.clone()))
    }

    async fn fetched(&self, rev: &str, name: &str, size: u64) -> Result<Option<bytes::Bytes>, Failure> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        self.patient(|| self.database.attachment(&self.id, rev, name, size))
            .await
    }

    fn revision(&self, rev: String) -> Value {
        json!({ "id": self.id, "rev": rev })
    }

    /// Asks, and asks again when the server wants to be left alone for a short while.
    async fn patient<T, F>(&self, ask: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut left = BUSY_MAX;
        loop {
            match ask().await {
                Err(Failure {
                    kind: FailureKind::Busy { wait: Some(wait) },
                    ..
                }) if left > 0 && wait <= BUSY_WAIT_MAX => {
                    left -= 1;
                    self.clock.sleep(wait).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// Waits after a conflict: longer each time, and not as long as others who were in the same conflict.
    async fn pause(&self, turn: u32) {
        let longest = (PAUSE_FIRST_MS << turn.min(16)).min(PAUSE_MAX_MS);
        // The last digits of an id are chance.
        let chance = new_id(self.clock)
            .bytes()
            .rev()
            .take(2)
            .map(u64::from)
            .sum::<u64>()
            % 64;
        let pause = longest / 2 + longest * chance / 128;
        self.clock.sleep(Duration::from_millis(pause)).await;
    }
}

/// The revision of a document that was read.
fn revision(document: &Document) -> String {
    document
        .get("_rev")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
