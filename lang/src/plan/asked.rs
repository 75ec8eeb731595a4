//! Who is asked for a prediction: a model of this flow, or one of another.

use super::{Plan, Type};
use serde_json::Value;
use std::collections::BTreeMap;

/// A model as those who ask it see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked<'p> {
    /// The flow whose model it is.
    pub flow: &'p str,
    /// What a prediction is asked with.
    pub input: &'p Type,
    /// What it answers.
    pub output: &'p Type,
    /// Bytes that the arguments of one call may have.
    pub payload: u64,
    /// Bytes that the result of one call may have.
    pub result: u64,
}

impl Plan {
    /// The model behind a name, declared or imported.
    pub fn asked(&self, name: &str) -> Option<Asked<'_>> {
        if let Some(model) = self.models.get(name) {
            return Some(Asked {
                flow: &self.flow,
                input: &model.input,
                output: &model.output,
                payload: model.function.payload,
                result: model.function.result,
            });
        }
        let import = self.imports.get(name)?;
        Some(Asked {
            flow: &import.flow,
            input: &import.input,
            output: &import.output,
            payload: import.payload,
            result: import.result,
        })
    }

    /// The configuration of a feed: that of its package, under what its trigger sets.
    pub fn feed_config(&self, package: &str, settings: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
        let mut config = self
            .packages
            .get(package)
            .map(|package| package.config.clone())
            .unwrap_or_default();
        config.extend(settings.clone());
        config
    }
}
