//! References: what stands in a value for a blob, a dataset or a model.

use super::super::{
    BLOB_REF_BYTES_MAX, BlobRef, DATASET_REF_BYTES_MAX, DatasetRef, MODEL_REF_BYTES_MAX, ModelRef, Type,
    text_size,
};
use super::{expected, wanted};
use crate::units;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A BLAKE3 digest in hexadecimal has so many characters.
pub(in crate::plan) const DIGEST_CHARS: usize = 64;

pub(super) fn blob(mime: &str, max: u64, value: &Value, ty: &Type) -> Result<(), String> {
    let blob: BlobRef = read(value, ty)?;
    if blob.mime != mime {
        return Err(format!("expected a blob of `{mime}`, got one of `{}`", blob.mime));
    }
    if blob.size > max {
        return Err(format!(
            "expected a blob of at most {}, got {}",
            units::size(max),
            units::size(blob.size)
        ));
    }
    digest(&blob.digest)?;
    bounded(value, BLOB_REF_BYTES_MAX)
}

pub(super) fn dataset(value: &Value, ty: &Type) -> Result<(), String> {
    let dataset: DatasetRef = read(value, ty)?;
    digest(&dataset.digest)?;
    bounded(value, DATASET_REF_BYTES_MAX)
}

pub(super) fn model(value: &Value, ty: &Type) -> Result<(), String> {
    let model: ModelRef = read(value, ty)?;
    digest(&model.digest)?;
    bounded(value, MODEL_REF_BYTES_MAX)
}

fn read<T: DeserializeOwned>(value: &Value, ty: &Type) -> Result<T, String> {
    serde_json::from_value(value.clone()).map_err(|_| expected(&wanted(ty), value))
}

/// A digest names a file in the artifact store, so nothing but a digest may stand there.
fn digest(text: &str) -> Result<(), String> {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() == DIGEST_CHARS && text.bytes().all(hex) {
        Ok(())
    } else {
        Err(format!(
            "expected a digest of {DIGEST_CHARS} hexadecimal characters, got {text:?}"
        ))
    }
}

fn bounded(value: &Value, max: u64) -> Result<(), String> {
    let size = text_size(value);
    if size <= max {
        return Ok(());
    }
    Err(format!(
        "expected a reference of at most {}, got {}",
        units::size(max),
        units::size(size)
    ))
}
