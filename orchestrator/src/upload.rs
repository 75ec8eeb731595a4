//! What a client sends to deploy: a plan, and the files that it runs.

use flow_lang::plan::Plan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A plan with the files that it runs, as a client sends it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// The plan.
    pub plan: Plan,
    /// Files in base64 by the digest of their code and their path.
    pub code: BTreeMap<String, BTreeMap<String, String>>,
}
