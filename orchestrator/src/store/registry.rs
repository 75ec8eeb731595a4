//! Models: their versions, and which was live when.

use crate::store::StoreError;
use crate::store::record::Record;
use flow_engine::Millis;
use flow_lang::plan::ModelRef;
use serde::Serialize;

/// A version that went live.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deployment {
    /// Counts the deployments of the model, from 1.
    pub number: u64,
    /// The version.
    pub model: ModelRef,
    /// The run that deployed it.
    pub run: String,
    /// When.
    pub at: Millis,
}

impl Deployment {
    /// Reads a row of `deployments`.
    pub(super) fn read(record: &Record<'_>) -> Result<Deployment, StoreError> {
        Ok(Deployment {
            number: record.number("number")?,
            model: record.json("model")?,
            run: record.get("run")?,
            at: record.number("at")?,
        })
    }
}
