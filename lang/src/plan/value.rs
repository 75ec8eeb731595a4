//! Values at run time: JSON, with references for what travels by reference.
//!
//! A value is held against its type in [`Type::check`](super::Type::check); the most bytes that it can have are
//! [`Type::bound`](super::Type::bound).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most bytes of canonical JSON that a [`BlobRef`] has; the check of a value refuses a longer one.
pub const BLOB_REF_BYTES_MAX: u64 = 1 << 10;

/// The most bytes of canonical JSON that a [`DatasetRef`] has; the check of a value refuses a longer one.
pub const DATASET_REF_BYTES_MAX: u64 = 1 << 10;

/// The most bytes of canonical JSON that a [`ModelRef`] has, its reports included; the check of a value refuses
/// a longer one.
pub const MODEL_REF_BYTES_MAX: u64 = 16 << 10;

/// A blob in the artifact store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlobRef {
    /// BLAKE3 of the content, in hexadecimal: its name in the artifact store.
    #[serde(rename = "$blob")]
    pub digest: String,
    /// The media type.
    pub mime: String,
    /// Bytes.
    pub size: u64,
}

/// An immutable snapshot of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetRef {
    /// BLAKE3 of the JSONL file, in hexadecimal: its name in the artifact store.
    #[serde(rename = "$dataset")]
    pub digest: String,
    /// The dataset.
    pub name: String,
    /// Rows.
    pub rows: u64,
    /// Bytes of JSONL.
    pub size: u64,
}

/// A model version in the registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelRef {
    /// The digest of the manifest of its files in the artifact store.
    #[serde(rename = "$model")]
    pub digest: String,
    /// The `train` that made it; the rule and the step of a `register`, `adopt.m`.
    pub train: String,
    /// Its version, from 1 for each of them.
    pub version: u64,
    /// Bytes of all its files.
    pub size: u64,
    /// What the job reported; nothing if it was registered.
    pub reports: Value,
}

/// Why a value does not fit its type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {why}")]
pub struct Misfit {
    /// Where in the value: `pixels[3]`; `value` for the whole.
    pub path: String,
    /// What is wrong: `expected a number from 0 to 1, got 1.5`.
    pub why: String,
}
