//! A folder as a feed: a file is an event, and its identity is its path with its content.
//!
//! A file that is written again with other content is a new event; one that is touched is not. A file is read
//! when two looks in a row saw the same size and time, so a writer that renames into place is never read
//! half-way, and a slow one almost never.

use super::{Feed, FeedError, Parts, Reading};
use crate::artifacts::Artifacts;
use crate::packages;
use crate::worker::Item;
use bytes::Bytes;
use flow_lang::plan::{BlobRef, Plan, Type};
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// Hexadecimal digits of the content's digest in a key.
const KEY_DIGEST_LEN: usize = 32;

/// A folder, watched.
pub(super) struct Objects {
    folder: Arc<dyn ObjectStore>,
    artifacts: Arc<Artifacts>,
    /// `{digit}/*.png`, cut into segments.
    pattern: Vec<String>,
    /// The item's type, its blob field and that field's type.
    item: Type,
    blob: (String, String, u64),
    /// Keys that were taken in.
    taken: HashSet<String>,
    /// Size and time at the last look, and whether the file was read as it is.
    seen: HashMap<String, (u64, i64, bool)>,
}

impl Objects {
    pub(super) async fn open(
        parts: &Parts,
        plan: &Plan,
        trigger: &str,
        package: &str,
    ) -> Result<Objects, FeedError> {
        let declared = plan
            .packages
            .get(package)
            .ok_or_else(|| FeedError(format!("no package `{package}`")))?;
        let path = packages::folder(plan, package)
            .ok_or_else(|| FeedError(format!("package `{package}` has no local folder")))?;
        std::fs::create_dir_all(&path)
            .map_err(|error| FeedError(format!("folder of `{package}`: {error}")))?;
        let folder = LocalFileSystem::new_with_prefix(&path).map_err(|error| FeedError(error.to_string()))?;
        let pattern = declared
            .config
            .get("fields")
            .and_then(Value::as_str)
            .unwrap_or("*");
        let blob = declared
            .item
            .fields()
            .into_iter()
            .flatten()
            .find_map(|(name, field)| match &field.ty {
                Type::Blob { mime, max } => Some((name.clone(), mime.clone(), *max)),
                _ => None,
            })
            .ok_or_else(|| FeedError(format!("items of `{package}` have no blob")))?;
        let keys = parts.store.keys(&plan.flow, &format!("trigger/{trigger}")).await;
        Ok(Objects {
            folder: Arc::new(folder),
            artifacts: Arc::clone(&parts.artifacts),
            pattern: pattern.split('/').map(str::to_owned).collect(),
            item: declared.item.clone(),
            blob,
            taken: keys
                .map_err(|error| FeedError(error.to_string()))?
                .into_iter()
                .collect(),
            seen: HashMap::new(),
        })
    }

    /// The content of one file, if it is still as it was listed; why it cannot be taken in, without having read
    /// more than fits.
    async fn content(&self, path: &str, listed: &ObjectMeta) -> Result<Option<Bytes>, String> {
        let (name, _, max) = &self.blob;
        if listed.size > *max {
            return Err(format!("{} bytes, and `{name}` takes {max}", listed.size));
        }
        let location = Path::parse(path).map_err(|error| error.to_string())?;
        let found = match self.folder.get(&location).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            found => found.map_err(|error| error.to_string())?,
        };
        if found.meta.size != listed.size {
            return Ok(None);
        }
        let content = found.bytes().await.map_err(|error| error.to_string())?;
        Ok(Some(content))
    }

    /// The record of one file, if its path fits the pattern; why not, if its values do not fit the type.
    async fn record(&self, path: &str, content: Bytes) -> Result<Option<Value>, Result<String, FeedError>> {
        let Some(mut record) = fields(&self.pattern, path) else {
            return Ok(None);
        };
        let (name, mime, _) = &self.blob;
        let stored = self
            .artifacts
            .put_bytes(content)
            .await
            .map_err(|error| Err(FeedError(error.to_string())))?;
        let blob = BlobRef {
            digest: stored.digest,
            mime: mime.clone(),
            size: stored.size,
        };
        record.insert(name.clone(), json!(blob));
        let typed = typed(&self.item, record);
        self.item.check(&typed).map_err(|misfit| Ok(misfit.to_string()))?;
        Ok(Some(typed))
    }
}

#[async_trait::async_trait]
impl Feed for Objects {
    async fn read(&mut self, from: &Value, max: usize) -> Result<Reading, FeedError> {
        let world = |error: object_store::Error| FeedError(error.to_string());
        let mut listed: Vec<_> = self.folder.list(None).try_collect().await.map_err(world)?;
        listed.sort_by(|a, b| a.location.cmp(&b.location));
        let mut reading = Reading::nothing(from);
        for object in listed {
            if reading.items.len() >= max {
                break;
            }
            let path = object.location.to_string();
            let now = (object.size, object.last_modified.timestamp_millis());
            match self.seen.insert(path.clone(), (now.0, now.1, false)) {
                Some((size, time, read)) if (size, time) == now => {
                    self.seen.insert(path.clone(), (size, time, true));
                    if read {
                        continue;
                    }
                }
                _ => continue,
            }
            let content = match self.content(&path, &object).await {
                Ok(Some(content)) => content,
                Ok(None) => continue,
                Err(why) => {
                    let key = format!("{path}@{}/{}", now.0, now.1);
                    if fields(&self.pattern, &path).is_some() && self.taken.insert(key.clone()) {
                        reading.refused.push((key, why));
                    }
                    continue;
                }
            };
            let digest = blake3::hash(&content).to_hex();
            let key = format!("{path}@{}", &digest[..KEY_DIGEST_LEN]);
            if self.taken.contains(&key) {
                continue;
            }
            match self.record(&path, content).await {
                Ok(Some(payload)) => reading.items.push(Item {
                    key: key.clone(),
                    payload,
                }),
                Ok(None) => {}
                Err(Ok(why)) => reading.refused.push((key.clone(), why)),
                Err(Err(world)) => return Err(world),
            }
            self.taken.insert(key);
        }
        if !reading.items.is_empty() || !reading.refused.is_empty() {
            let before = from["taken"].as_u64().unwrap_or(0);
            reading.to = json!({ "taken": before + reading.items.len() as u64 });
        }
        Ok(reading)
    }
}

/// The fields that a path gives by the pattern: `{digit}/*.png` gives `digit` of `7/a.png`.
fn fields(pattern: &[String], path: &str) -> Option<Map<String, Value>> {
    let segments: Vec<&str> = path.split('/').collect();
    if segments.len() != pattern.len() {
        return None;
    }
    let mut record = Map::new();
    for (wanted, segment) in pattern.iter().zip(segments) {
        match wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => drop(record.insert(name.to_owned(), json!(segment))),
            None => {
                let (before, after) = wanted.split_once('*')?;
                let fits = segment.len() >= before.len() + after.len();
                (fits && segment.starts_with(before) && segment.ends_with(after)).then_some(())?;
            }
        }
    }
    Some(record)
}

/// Texts from the path as the types that the record declares: a digit is a number.
fn typed(item: &Type, record: Map<String, Value>) -> Value {
    let empty = BTreeMap::new();
    let declared = item.fields().unwrap_or(&empty);
    let convert = |(name, value): (String, Value)| {
        let ty = declared.get(&name).map(|field| field.ty.present());
        let read = match (ty, value.as_str()) {
            (Some(Type::Int { .. } | Type::Float { .. } | Type::Bool), Some(text)) => {
                text.parse::<Value>().ok()
            }
            _ => None,
        };
        (name, read.unwrap_or(value))
    };
    Value::Object(record.into_iter().map(convert).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str, expected: Option<Value>) {
        let pattern: Vec<String> = pattern.split('/').map(str::to_owned).collect();
        assert_eq!(
            fields(&pattern, path).map(Value::Object),
            expected,
            "{pattern:?} {path}"
        );
    }

    #[test]
    fn a_path_gives_fields_by_its_segments() {
        check("{digit}/*.png", "7/a.png", Some(json!({ "digit": "7" })));
        check("{digit}/*.png", "7/a.jpg", None);
        check("{digit}/*.png", "a.png", None);
        check("*", "a.png", Some(json!({})));
        check("scan-*.png", "scan-.png", Some(json!({})));
        check("ab*ba", "aba", None);
    }
}
