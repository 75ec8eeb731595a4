//! What can go wrong with artifacts.

use std::io;
use std::path::{Path, PathBuf};

/// Why an artifact could not be stored or found.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// The store's address is of a kind that is not known.
    #[error("artifacts cannot be kept in `{url}`: write `file:PATH`")]
    Unsupported {
        /// The address.
        url: String,
    },
    /// A text is not the name of an artifact.
    #[error("`{text}` is not the digest of an artifact")]
    NotADigest {
        /// The text.
        text: String,
    },
    /// An artifact is not in the store.
    #[error("artifact `{digest}` is not in the store")]
    Unknown {
        /// Its digest.
        digest: String,
    },
    /// The content of an artifact is not what its name says.
    #[error("artifact `{digest}` is damaged: its content has another digest")]
    Damaged {
        /// Its digest.
        digest: String,
    },
    /// A file was written to while it was stored.
    #[error("`{path}` changed while it was stored")]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A path or a file of a kind that is not kept.
    #[error("`{path}` is refused: {why}")]
    Refused {
        /// The path.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file is no archive that can be unpacked.
    #[error("{why}")]
    Archive {
        /// What is wrong with it.
        why: String,
    },
    /// Something is larger than its bound.
    #[error("{what} has {size} bytes, more than {max}")]
    TooLarge {
        /// What.
        what: String,
        /// Bytes that it has.
        size: u64,
        /// Bytes that it may have.
        max: u64,
    },
    /// A value holds something else where a reference belongs.
    #[error("{path}: expected {expected}")]
    NotAReference {
        /// Where in the value.
        path: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// The file system failed.
    #[error("`{path}`: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The store failed.
    #[error("the artifact store failed: {0}")]
    Store(#[from] object_store::Error),
}

impl ArtifactError {
    /// Whether the same may succeed later.
    pub fn retry(&self) -> bool {
        match self {
            ArtifactError::Io { .. } | ArtifactError::Store(_) | ArtifactError::Changed { .. } => true,
            ArtifactError::Unsupported { .. }
            | ArtifactError::NotADigest { .. }
            | ArtifactError::Unknown { .. }
            | ArtifactError::Damaged { .. }
            | ArtifactError::Refused { .. }
            | ArtifactError::Archive { .. }
            | ArtifactError::TooLarge { .. }
            | ArtifactError::NotAReference { .. } => false,
        }
    }

    pub(crate) fn io(path: &Path, source: io::Error) -> ArtifactError {
        ArtifactError::Io {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn refused(path: impl std::fmt::Display, why: impl Into<String>) -> ArtifactError {
        ArtifactError::Refused {
            path: path.to_string(),
            why: why.into(),
        }
    }

    pub(super) fn archive(why: impl Into<String>) -> ArtifactError {
        ArtifactError::Archive { why: why.into() }
    }

    pub(super) fn from_get(digest: &str, error: object_store::Error) -> ArtifactError {
        match error {
            object_store::Error::NotFound { .. } => ArtifactError::Unknown {
                digest: digest.to_owned(),
            },
            error => ArtifactError::Store(error),
        }
    }
}
