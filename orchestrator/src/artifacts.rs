//! Artifacts: files kept under the hash of their content, so that a name in the database is also a proof.
//!
//! A file is stored once, however often it is put. It is durable before its digest is handed out (written,
//! flushed, renamed, directory flushed), because a transaction may name it right after. A directory, such as
//! a model, is a `manifest` of files that is itself an artifact. [`references`] exchanges the references in
//! a value for local paths, and back.

pub mod archive;
mod error;
mod manifest;
pub mod paths;
pub mod references;
#[cfg(test)]
mod tests;
pub mod tree;

pub use error::ArtifactError;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::AsyncReadExt;

/// The most bytes that [`Artifacts::get`] reads into memory.
pub const IN_MEMORY_MAX: u64 = 64 << 20;

/// Bytes read from a file at a time while it is stored.
const CHUNK: usize = 1 << 20;

/// Where an artifact is, and how large.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// BLAKE3 in hexadecimal (64 characters): of the content, or of a directory's manifest.
    pub digest: String,
    /// Bytes; of a directory, of all its files together.
    pub size: u64,
}

/// The artifact store.
#[derive(Clone, Debug)]
pub struct Artifacts {
    store: Arc<dyn ObjectStore>,
    /// The folder of the store; its objects are handed out in place.
    root: PathBuf,
    /// Where directories are laid out.
    cache: PathBuf,
}

impl Artifacts {
    /// Opens the store at `url` (`file:PATH`), making the folder if it is new. `cache` holds laid out
    /// directories; it may be emptied while no daemon runs.
    ///
    /// # Errors
    /// If `url` names no folder that can be used.
    pub fn open(url: &str, cache: PathBuf) -> Result<Artifacts, ArtifactError> {
        let folder = url
            .strip_prefix("file:")
            .ok_or_else(|| ArtifactError::Unsupported { url: url.to_owned() })?;
        let folder = Path::new(folder.strip_prefix("//").unwrap_or(folder));
        for folder in [folder, &cache] {
            std::fs::create_dir_all(folder).map_err(|source| ArtifactError::io(folder, source))?;
        }
        let root = std::path::absolute(folder).map_err(|source| ArtifactError::io(folder, source))?;
        let cache = std::path::absolute(&cache).map_err(|source| ArtifactError::io(&cache, source))?;
        let store = LocalFileSystem::new_with_prefix(&root)?.with_fsync(true);
        Ok(Artifacts {
            store: Arc::new(store),
            root,
            cache,
        })
    }

    /// Stores bytes.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_bytes(&self, bytes: Bytes) -> Result<Stored, ArtifactError> {
        let stored = Stored {
            digest: blake3::hash(&bytes).to_hex().to_string(),
            size: bytes.len() as u64,
        };
        if !self.exists(&stored.digest).await? {
            let key = key(&stored.digest)?;
            self.store.put(&key, PutPayload::from_bytes(bytes)).await?;
        }
        self.seal(&stored.digest)?;
        Ok(stored)
    }

    /// Stores a plain file. Only the last component is kept from being a symbolic link; a path that was
    /// chosen by user code is opened with [`paths::open_beneath`] and stored with [`Artifacts::put_open`].
    ///
    /// # Errors
    /// If the file is not plain or cannot be read, or the store cannot be written.
    pub async fn put_file(&self, path: &Path) -> Result<Stored, ArtifactError> {
        let file = paths::open_plain(path)?;
        self.put_open(file, path).await
    }

    /// Stores the content of an open file; `path` is for messages.
    ///
    /// # Errors
    /// If the file cannot be read or changes meanwhile, or the store cannot be written.
    pub async fn put_open(&self, file: File, path: &Path) -> Result<Stored, ArtifactError> {
        let mut again = file
            .try_clone()
            .map_err(|source| ArtifactError::io(path, source))?;
        let hashed = tokio::task::spawn_blocking(move || tree::hash(&mut again)).await;
        let hashed = hashed.expect("hashing does not panic and is not aborted");
        let stored = hashed.map_err(|source| ArtifactError::io(path, source))?;
        if !self.exists(&stored.digest).await? {
            self.upload(file, path, &stored).await?;
        }
        self.seal(&stored.digest)?;
        Ok(stored)
    }

    /// Whether an artifact is there.
    ///
    /// # Errors
    /// If `digest` is none, or the store cannot be read.
    pub async fn exists(&self, digest: &str) -> Result<bool, ArtifactError> {
        match self.store.head(&key(digest)?).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The content of an artifact, at most [`IN_MEMORY_MAX`] bytes of it.
    ///
    /// # Errors
    /// If it is not there, is larger, is damaged, or cannot be read.
    pub async fn get(&self, digest: &str) -> Result<Bytes, ArtifactError> {
        let found = self.store.get(&key(digest)?).await;
        let found = found.map_err(|error| ArtifactError::from_get(digest, error))?;
        if found.meta.size > IN_MEMORY_MAX {
            return Err(ArtifactError::TooLarge {
                what: format!("artifact `{digest}`"),
                size: found.meta.size,
                max: IN_MEMORY_MAX,
            });
        }
        let bytes = found.bytes().await?;
        if blake3::hash(&bytes).to_hex().as_str() != digest {
            return Err(ArtifactError::Damaged {
                digest: digest.to_owned(),
            });
        }
        Ok(bytes)
    }

    /// A local, read-only file with the content of an artifact: the stored object itself.
    ///
    /// # Errors
    /// If it is not there.
    pub async fn path(&self, digest: &str) -> Result<PathBuf, ArtifactError> {
        if self.exists(digest).await? {
            Ok(self.object(digest)?)
        } else {
            Err(ArtifactError::Unknown {
                digest: digest.to_owned(),
            })
        }
    }

    async fn upload(&self, file: File, path: &Path, expected: &Stored) -> Result<(), ArtifactError> {
        let failed = |source| ArtifactError::io(path, source);
        let mut file = tokio::fs::File::from_std(file);
        tokio::io::AsyncSeekExt::rewind(&mut file).await.map_err(failed)?;
        let mut upload = self.store.put_multipart(&key(&expected.digest)?).await?;
        let mut hasher = blake3::Hasher::new();
        loop {
            let mut chunk = Vec::with_capacity(CHUNK);
            let read = (&mut file).take(CHUNK as u64).read_to_end(&mut chunk).await;
            if read.map_err(failed)? == 0 {
                break;
            }
            hasher.update(&chunk);
            upload.put_part(PutPayload::from(chunk)).await?;
        }
        if hasher.finalize().to_hex().as_str() == expected.digest {
            upload.complete().await?;
            Ok(())
        } else {
            upload.abort().await?;
            Err(ArtifactError::Changed {
                path: path.to_owned(),
            })
        }
    }

    /// Takes the write permission from an object, so that the code that is given its path cannot alter it.
    fn seal(&self, digest: &str) -> Result<(), ArtifactError> {
        tree::seal(&self.object(digest)?)
    }

    fn object(&self, digest: &str) -> Result<PathBuf, ArtifactError> {
        Ok(self.root.join(key(digest)?.as_ref()))
    }
}

/// Where the artifact with this digest is kept below the folder of a store, whether it is there or not; nowhere if the
/// text is no digest.
pub fn place(root: &Path, digest: &str) -> Option<PathBuf> {
    Some(root.join(key(digest).ok()?.as_ref()))
}

/// `ab/abcd…`: the first level keeps directories small.
fn key(digest: &str) -> Result<object_store::path::Path, ArtifactError> {
    if !paths::is_digest(digest) {
        return Err(ArtifactError::NotADigest {
            text: digest.to_owned(),
        });
    }
    Ok(object_store::path::Path::from(format!(
        "{}/{digest}",
        &digest[..2]
    )))
}
