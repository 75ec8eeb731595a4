//! A folder as a feed: a file is an event, and its identity is its path with its content.
//!
//! A file that is written again with other content is a new event; one that is touched is not. A file is read
//! when two looks in a row saw the same size and time, so a writer that renames into place is never read
//! half-way, and a slow one almost never. It is read again when its size or time changes, and once after each
//! start, since what was seen is only in memory; what was taken in or refused is known to the store.

mod pattern;

use super::{Again, Feed, FeedError, Parts, Reading, Start};
use crate::artifacts::Artifacts;
use crate::packages;
use crate::seal::Seal;
use crate::store::Store;
use crate::worker::{Item, Refused};
use bytes::Bytes;
use flow_lang::plan::{BlobRef, Plan, Type};
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use pattern::{Pattern, typed};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Hexadecimal digits of the content's digest in a key.
const KEY_DIGEST_LEN: usize = 32;

/// A folder, watched.
pub(super) struct Objects {
    folder: Arc<dyn ObjectStore>,
    store: Arc<Store>,
    artifacts: Arc<Artifacts>,
    flow: String,
    trigger: String,
    pattern: Pattern,
    /// The item's type, its blob field and that field's type.
    item: Type,
    blob: (String, String, u64),
    /// Names files by a digest, if their paths may say what is private.
    seal: Option<Arc<Seal>>,
    /// The files of the last look.
    seen: HashMap<Path, Seen>,
    /// Files that have come to rest and are to be read. There is no look while there are any.
    rested: VecDeque<ObjectMeta>,
}

/// How a file was at the last look.
struct Seen {
    size: u64,
    modified: i64,
    /// It was so at the look before, too.
    rested: bool,
}

/// What a file is.
enum Outcome {
    Event(Item),
    Refused(Refused),
    /// It was taken in before.
    Known,
    /// It has changed or gone since it was listed.
    Changed,
}

impl Objects {
    pub(super) fn open(
        parts: &Parts,
        plan: &Plan,
        trigger: &str,
        package: &str,
    ) -> Result<Objects, FeedError> {
        let declared = plan
            .packages
            .get(package)
            .ok_or_else(|| FeedError::failed(format!("no package `{package}`")))?;
        let path = packages::folder(plan, package)
            .ok_or_else(|| FeedError::failed(format!("package `{package}` has no local folder")))?;
        std::fs::create_dir_all(&path)
            .map_err(|error| FeedError::failed(format!("folder of `{package}`: {error}")))?;
        let folder =
            LocalFileSystem::new_with_prefix(&path).map_err(|error| FeedError::failed(error.to_string()))?;
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
            .ok_or_else(|| FeedError::failed(format!("items of `{package}` have no blob")))?;
        Ok(Objects {
            folder: Arc::new(folder),
            store: Arc::clone(&parts.store),
            artifacts: Arc::clone(&parts.artifacts),
            flow: plan.flow.clone(),
            trigger: trigger.to_owned(),
            pattern: Pattern::new(pattern),
            item: declared.item.clone(),
            seal: declared.item.holds_private().then(|| Arc::clone(&parts.seal)),
            blob,
            seen: HashMap::new(),
            rested: VecDeque::new(),
        })
    }

    /// Lists the folder: files that are as they were at the last look are to be read, and those that have gone
    /// are forgotten.
    async fn look(&mut self) -> Result<(), FeedError> {
        let mut files = self.folder.list(None);
        let mut seen = HashMap::with_capacity(self.seen.len());
        let mut rested = Vec::new();
        while let Some(file) = files.try_next().await.map_err(failed)? {
            if self.pattern.fields(file.location.as_ref()).is_none() {
                continue;
            }
            let mut now = Seen {
                size: file.size,
                modified: file.last_modified.timestamp_millis(),
                rested: false,
            };
            if let Some(before) = self.seen.get(&file.location) {
                now.rested = (before.size, before.modified) == (now.size, now.modified);
                if now.rested && !before.rested {
                    rested.push(file.clone());
                }
            }
            seen.insert(file.location, now);
        }
        // In the order in which they came: by name, all of one folder would come before the next.
        rested.sort_by(|a, b| (a.last_modified, &a.location).cmp(&(b.last_modified, &b.location)));
        self.seen = seen;
        self.rested = rested.into();
        Ok(())
    }

    /// What one file is. It is read only if it may fit.
    async fn outcome(&self, file: &ObjectMeta) -> Result<Outcome, FeedError> {
        let path = file.location.as_ref();
        let (name, mime, max) = &self.blob;
        let fields = self.pattern.fields(path);
        let mut record = fields.expect("a look takes only what fits the pattern");
        if file.size > *max {
            let why = format!("{} bytes, and `{name}` takes {max}", file.size);
            return Ok(refused(self.unread(file), why));
        }
        let content = match self.content(file).await {
            Ok(Some(content)) => content,
            Ok(None) | Err(object_store::Error::NotFound { .. }) => return Ok(Outcome::Changed),
            Err(error) => {
                let why = match self.seal {
                    None => error.to_string(),
                    // It shows the path.
                    Some(_) => "it cannot be read".to_owned(),
                };
                return Ok(refused(self.unread(file), why));
            }
        };
        let digest = blake3::hash(&content).to_hex().to_string();
        let key = format!("{}@{}", self.name(path), &digest[..KEY_DIGEST_LEN]);
        let source = format!("trigger/{}", self.trigger);
        let known = self.store.known(&self.flow, &source, &[&key]).await;
        if !known.map_err(failed)?.is_empty() {
            return Ok(Outcome::Known);
        }
        let (mime, size) = (mime.clone(), file.size);
        record.insert(name.clone(), json!(BlobRef { digest, mime, size }));
        let payload = typed(&self.item, record);
        if let Err(misfit) = self.item.admit(&payload) {
            return Ok(refused(key, misfit.to_string()));
        }
        self.artifacts.put_bytes(content).await.map_err(failed)?;
        Ok(Outcome::Event(Item { key, payload }))
    }

    /// Leaves the refusals that have no dead letter yet; after a start every file is read again.
    async fn forget_lettered(&self, refused: &mut Vec<Refused>) -> Result<(), FeedError> {
        if refused.is_empty() {
            return Ok(());
        }
        let keys: Vec<&str> = refused.iter().map(|refused| refused.key.as_str()).collect();
        let lettered = self.store.lettered(&self.flow, &self.trigger, &keys).await;
        let lettered = lettered.map_err(failed)?;
        refused.retain(|refused| !lettered.contains(&refused.key));
        Ok(())
    }

    /// What a path is called where it is kept: for one that may say what is private stands a digest.
    fn name(&self, path: &str) -> String {
        match &self.seal {
            None => path.to_owned(),
            Some(seal) => format!("private/{}", &seal.digest(path)[..KEY_DIGEST_LEN]),
        }
    }

    /// The path that is called so; nothing if there is none any more.
    async fn path(&self, name: &str) -> Result<Option<Path>, FeedError> {
        if self.seal.is_none() {
            return Path::parse(name).map(Some).map_err(failed);
        }
        let mut files = self.folder.list(None);
        while let Some(file) = files.try_next().await.map_err(failed)? {
            if self.name(file.location.as_ref()) == name {
                return Ok(Some(file.location));
            }
        }
        Ok(None)
    }

    /// The key of a file without its content: as it was listed.
    fn unread(&self, file: &ObjectMeta) -> String {
        let modified = file.last_modified.timestamp_millis();
        format!("{}@{}/{modified}", self.name(file.location.as_ref()), file.size)
    }

    /// What is in a file, if it is still as it was listed.
    async fn content(&self, file: &ObjectMeta) -> object_store::Result<Option<Bytes>> {
        let found = self.folder.get(&file.location).await?;
        if (found.meta.size, found.meta.last_modified) != (file.size, file.last_modified) {
            return Ok(None);
        }
        let content = found.bytes().await?;
        Ok((content.len() as u64 == file.size).then_some(content))
    }
}

fn refused(key: String, why: String) -> Outcome {
    Outcome::Refused(Refused { key, why })
}

#[async_trait::async_trait]
impl Feed for Objects {
    async fn read(&mut self, from: &Value, max: usize) -> Result<Reading, FeedError> {
        if self.rested.is_empty() {
            self.look().await?;
        }
        let mut reading = Reading::nothing(from);
        while reading.items.len() + reading.refused.len() < max {
            let Some(file) = self.rested.pop_front() else {
                break;
            };
            match self.outcome(&file).await? {
                Outcome::Event(item) => reading.items.push(item),
                Outcome::Refused(refused) => reading.refused.push(refused),
                Outcome::Known => {}
                // As if it had never been seen: it comes to rest anew.
                Outcome::Changed => drop(self.seen.remove(&file.location)),
            }
        }
        self.forget_lettered(&mut reading.refused).await?;
        if !reading.items.is_empty() || !reading.refused.is_empty() {
            let count = |name: &str, more: usize| from[name].as_u64().unwrap_or(0) + more as u64;
            reading.to = json!({
                "taken": count("taken", reading.items.len()),
                "refused": count("refused", reading.refused.len()),
            });
        }
        reading.more = !self.rested.is_empty();
        reading.behind = Some(self.rested.len() as u64);
        Ok(reading)
    }

    async fn again(&mut self, key: &str) -> Result<Again, FeedError> {
        let name = key.rsplit_once('@').map_or(key, |(name, _)| name);
        let Some(path) = self.path(name).await? else {
            return Ok(Again::Gone);
        };
        let file = match self.folder.head(&path).await {
            Ok(file) if self.pattern.fields(path.as_ref()).is_some() => file,
            Ok(_) | Err(object_store::Error::NotFound { .. }) => return Ok(Again::Gone),
            Err(error) => return Err(failed(error)),
        };
        Ok(match self.outcome(&file).await? {
            Outcome::Event(item) => Again::Item(item),
            Outcome::Refused(refused) => Again::Refused(refused),
            Outcome::Known => Again::Known,
            Outcome::Changed => return Err(FeedError::failed(format!("`{name}` is being written"))),
        })
    }

    async fn position(&mut self, at: Start) -> Result<Value, FeedError> {
        match at {
            // The position only counts; what was taken in is known by its key.
            Start::Beginning => Ok(Value::Null),
            Start::Now => Err(FeedError::failed(
                "a folder has no order, so nothing in it can be passed over: move away what is not to come in",
            )),
        }
    }
}

fn failed(error: impl std::error::Error) -> FeedError {
    FeedError::failed(error.to_string())
}

#[cfg(test)]
mod tests;
