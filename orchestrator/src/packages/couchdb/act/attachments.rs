//! Attachments that a step writes: as content in the document, unless the same is there already.

use super::super::shape::{inline, same_kind};
use super::super::{Document, Shape};
use super::{Doing, Wrong, revision};
use crate::artifacts::{ArtifactError, Artifacts};
use flow_lang::plan::BlobRef;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Attachments by their names.
pub(super) struct Attachments<'r> {
    blobs: BTreeMap<&'r str, BlobRef>,
}

impl<'r> Attachments<'r> {
    /// Those that arguments set.
    pub(super) fn of(shape: &Shape, args: &'r Map<String, Value>) -> Attachments<'r> {
        Attachments {
            blobs: shape.attachments(args),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.blobs.is_empty()
    }

    /// All of them with their content.
    pub(super) async fn inline(&self, artifacts: &Artifacts) -> Result<Value, ArtifactError> {
        let mut all = Map::new();
        for (name, blob) in &self.blobs {
            all.insert(
                (*name).to_owned(),
                inline(blob, &artifacts.get(&blob.digest).await?),
            );
        }
        Ok(Value::Object(all))
    }

    /// An attachment of a document that is a field of its record, and is not among these.
    pub(super) fn stray<'d>(&self, shape: &Shape, document: &'d Document) -> Option<&'d String> {
        let stubs = document.get("_attachments").and_then(Value::as_object);
        let mut names = stubs.into_iter().flat_map(Map::keys);
        names.find(|name| shape.is_blob(name) && !self.blobs.contains_key(name.as_str()))
    }

    /// Whether a document has all of them, with the same content.
    pub(super) async fn are_in(&self, doing: &Doing<'_>, document: &Document) -> Result<bool, Wrong> {
        for (name, blob) in &self.blobs {
            if !is_in(doing, document, name, blob).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Lays those over a document that it does not have; whether there were any.
    pub(super) async fn lay(&self, doing: &Doing<'_>, document: &mut Document) -> Result<bool, Wrong> {
        let mut changed = false;
        for (name, blob) in &self.blobs {
            if is_in(doing, document, name, blob).await? {
                continue;
            }
            let content = doing.artifacts.get(&blob.digest).await?;
            let stubs = document
                .entry("_attachments")
                .or_insert_with(|| Map::new().into());
            stubs[*name] = inline(blob, &content);
            changed = true;
        }
        Ok(changed)
    }
}

/// Whether a document has an attachment with this content. A server's own digest is of what it has on its disk,
/// which may be compressed; so content of the same length is fetched and held against our digest.
async fn is_in(doing: &Doing<'_>, document: &Document, name: &str, blob: &BlobRef) -> Result<bool, Wrong> {
    let Some(stub) = document.get("_attachments").and_then(|stubs| stubs.get(name)) else {
        return Ok(false);
    };
    let kind = stub["content_type"].as_str().unwrap_or_default();
    if stub["length"].as_u64() != Some(blob.size) || !same_kind(kind, &blob.mime) {
        return Ok(false);
    }
    let content = doing.fetched(&revision(document), name, blob.size).await?;
    Ok(content.is_some_and(|content| blake3::hash(&content).to_hex().as_str() == blob.digest))
}
