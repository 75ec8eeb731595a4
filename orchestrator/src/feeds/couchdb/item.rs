//! From a change to an item: its document as a record, with its attachments in the artifact store.

use super::rows::{Row, What};
use super::{Again, FeedError, lost};
use crate::artifacts::Artifacts;
use crate::feeds::Parts;
use crate::packages::couchdb::shape::Wanted;
use crate::packages::couchdb::{Database, Document, Shape};
use crate::store::Store;
use crate::worker::{Item, Refused};
use flow_lang::plan::{BlobRef, Package, Plan};
use futures::{StreamExt, TryStreamExt};
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;

/// Documents whose attachments are fetched at the same time.
const FETCHES: usize = 8;

/// Makes items of changes.
pub(super) struct Items {
    database: Database,
    shape: Shape,
    store: Arc<Store>,
    artifacts: Arc<Artifacts>,
    flow: String,
    trigger: String,
}

/// What a change is.
pub(super) enum Outcome {
    Event(Item),
    Refused(Refused),
    /// A deletion, the database's own document, one that was taken in before, or one that has moved on.
    Nothing,
}

impl Items {
    pub(super) fn new(
        parts: &Parts,
        plan: &Plan,
        trigger: &str,
        package: &Package,
        database: Database,
    ) -> Items {
        Items {
            database,
            shape: Shape::new(&package.item),
            store: Arc::clone(&parts.store),
            artifacts: Arc::clone(&parts.artifacts),
            flow: plan.flow.clone(),
            trigger: trigger.to_owned(),
        }
    }

    pub(super) fn have_blobs(&self) -> bool {
        self.shape.has_blobs()
    }

    /// What these changes are, in their order.
    pub(super) async fn outcomes(&self, rows: Vec<Row>) -> Result<Vec<Outcome>, FeedError> {
        // What needs no more than is here is done in place.
        let known = match self.shape.has_blobs() {
            true => {
                self.known(rows.iter().map(|row| key(&row.id, &row.rev)).collect())
                    .await?
            }
            false => HashSet::new(),
        };
        let known = &known;
        let outcomes = futures::stream::iter(rows).map(|row| async move {
            let key = key(&row.id, &row.rev);
            if row.id.starts_with("_design/") || known.contains(&key) {
                return Ok(Outcome::Nothing);
            }
            match row.what {
                What::Deleted => Ok(Outcome::Nothing),
                What::TooLong => {
                    let why = format!("the document has more than {} bytes", super::rows::ROW_MAX);
                    Ok(Outcome::Refused(Refused { key, why }))
                }
                What::Document(document) => self.outcome(&row.id, &row.rev, document).await,
                What::Absent => self.now(&row.id).await,
            }
        });
        outcomes.buffered(FETCHES).try_collect().await
    }

    /// One item as it is at the server now.
    pub(super) async fn again(&self, key: &str) -> Result<Again, FeedError> {
        let id = key.rsplit_once('@').map_or(key, |(id, _)| id);
        let document = self.database.document(id).await.map_err(failed)?;
        let Some((rev, document)) = document.and_then(revised) else {
            return Ok(Again::Gone);
        };
        if !self.known(vec![self::key(id, &rev)]).await?.is_empty() {
            return Ok(Again::Known);
        }
        Ok(match self.outcome(id, &rev, document).await? {
            Outcome::Event(item) => Again::Item(item),
            Outcome::Refused(refused) => Again::Refused(refused),
            Outcome::Nothing => return Err(FeedError::failed(format!("`{id}` is being changed"))),
        })
    }

    /// The document as it is now, for a change that came without it.
    async fn now(&self, id: &str) -> Result<Outcome, FeedError> {
        let document = self.database.document(id).await.map_err(failed)?;
        match document.and_then(revised) {
            Some((rev, document)) => self.outcome(id, &rev, document).await,
            None => Ok(Outcome::Nothing),
        }
    }

    /// What a document is at a revision.
    async fn outcome(&self, id: &str, rev: &str, document: Document) -> Result<Outcome, FeedError> {
        let key = key(id, rev);
        let refused = |key, why| Ok(Outcome::Refused(Refused { key, why }));
        let wanted = match self.shape.wanted(&document) {
            Ok(wanted) => wanted,
            Err(misfit) => return refused(key, misfit.to_string()),
        };
        // Held against its type first: what does not fit is not fetched.
        let promised = wanted
            .iter()
            .map(|wanted| (wanted.name.clone(), wanted.reference(NO_DIGEST.into())));
        let mut payload = match self.shape.record(id, document, promised.collect()) {
            Ok(payload) => payload,
            Err(why) => return refused(key, why),
        };
        for wanted in wanted {
            match self.fetch(id, rev, &wanted).await? {
                Some(blob) => payload[&wanted.name] = serde_json::json!(blob),
                None => {
                    let now = self.database.document(id).await.map_err(failed)?;
                    if now.and_then(revised).is_none_or(|(now, _)| now != rev) {
                        // A newer change of it comes.
                        return Ok(Outcome::Nothing);
                    }
                    let why = format!(
                        "{}: the server does not have the attachment of {} bytes that the document names",
                        wanted.name, wanted.size
                    );
                    return refused(key, why);
                }
            }
        }
        Ok(Outcome::Event(Item { key, payload }))
    }

    async fn fetch(&self, id: &str, rev: &str, wanted: &Wanted) -> Result<Option<BlobRef>, FeedError> {
        let size = usize::try_from(wanted.size).unwrap_or(usize::MAX);
        let content = self
            .database
            .attachment(id, rev, &wanted.name, size)
            .await
            .map_err(failed)?;
        let Some(content) = content else { return Ok(None) };
        let stored = self.artifacts.put_bytes(content).await;
        let stored = stored.map_err(|error| FeedError::failed(error.to_string()))?;
        Ok(Some(wanted.reference(stored.digest)))
    }

    async fn known(&self, keys: Vec<String>) -> Result<HashSet<String>, FeedError> {
        let source = format!("trigger/{}", self.trigger);
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let known = self.store.known(&self.flow, &source, &keys).await;
        known.map_err(|error| FeedError::failed(error.to_string()))
    }
}

/// In place of the digest of what is not fetched yet.
const NO_DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn key(id: &str, rev: &str) -> String {
    format!("{id}@{rev}")
}

/// A document with its revision.
fn revised(document: Document) -> Option<(String, Document)> {
    let rev = document.get("_rev").and_then(Value::as_str)?.to_owned();
    Some((rev, document))
}

fn failed(failure: crate::packages::couchdb::Failure) -> FeedError {
    lost(failure, &Value::Null)
}
