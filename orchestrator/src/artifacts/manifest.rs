//! Directories as artifacts: a list of files and their digests, kept like any other file.

use super::{ArtifactError, Artifacts, Stored, paths, tree};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The files of a directory. Ordered, so that its JSON is a function of the content alone.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    files: BTreeMap<String, Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    digest: String,
    size: u64,
}

impl Artifacts {
    /// Stores the plain files of a directory and answers with the digest of its manifest; times, owners,
    /// permissions and empty folders are no part of it.
    ///
    /// # Errors
    /// If [`tree::scan`] refuses something in it, or a file cannot be read or stored.
    pub async fn put_dir(&self, dir: &Path) -> Result<Stored, ArtifactError> {
        let root = dir.to_owned();
        let scanned = tokio::task::spawn_blocking(move || tree::scan(&root)).await;
        let mut files = BTreeMap::new();
        for relative in scanned
            .expect("a scan does not panic and is not aborted")?
            .into_keys()
        {
            let file = paths::open_beneath(dir, &relative)?;
            let Stored { digest, size } = self.put_open(file, &dir.join(&relative)).await?;
            files.insert(relative, Entry { digest, size });
        }
        let size = files.values().map(|entry| entry.size).sum();
        let manifest = serde_json::to_vec(&Manifest { files }).expect("a manifest is plain JSON");
        let Stored { digest, .. } = self.put_bytes(manifest.into()).await?;
        Ok(Stored { digest, size })
    }

    /// A local directory with the files of a manifest, read-only; laid out once and then used again.
    ///
    /// # Errors
    /// If `digest` is no manifest in the store, or the directory cannot be written.
    pub async fn dir(&self, digest: &str) -> Result<PathBuf, ArtifactError> {
        let bytes = self.get(digest).await?;
        let place = self.cache.join(digest);
        if place.is_dir() {
            return Ok(place);
        }
        let manifest: Manifest = serde_json::from_slice(&bytes)
            .map_err(|_| ArtifactError::refused(digest, "it is no directory but a file"))?;
        let mut files = Vec::new();
        for (relative, entry) in manifest.files {
            paths::check(&relative)?;
            files.push((self.path(&entry.digest).await?, relative));
        }
        let made = tokio::task::spawn_blocking(move || {
            tree::publish(&place, |draft| lay_out(&files, draft)).map(|()| place)
        });
        made.await.expect("laying out does not panic and is not aborted")
    }
}

/// Hard links where the cache is on the store's file system, copies elsewhere.
fn lay_out(files: &[(PathBuf, String)], draft: &Path) -> Result<(), ArtifactError> {
    for (object, relative) in files {
        let to = draft.join(relative);
        let folder = to.parent().expect("a file is in its directory");
        std::fs::create_dir_all(folder).map_err(|source| ArtifactError::io(folder, source))?;
        if std::fs::hard_link(object, &to).is_err() {
            tree::copy(&mut paths::open_plain(object)?, &to)?;
        }
    }
    Ok(())
}
