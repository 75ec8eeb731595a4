//! What a job is: everything that its companion needs to run it.

use crate::redact::Secrets;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What is to be run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The command and its arguments. `python` and `python3` mean `interpreter`, if there is one.
    pub command: Vec<String>,
    /// Where the command starts; immutable.
    pub code_dir: PathBuf,
    /// The Python of the job's own environment; its folder comes first on `PATH`.
    pub interpreter: Option<PathBuf>,
    /// The arguments, with local paths for references.
    pub args: Value,
    /// Variables beside those that every job has.
    pub env: BTreeMap<String, String>,
    /// Processors; numeric libraries are told to use so many threads.
    pub cpu: u32,
    /// Resident bytes that the job and all its descendants may have together.
    pub memory: u64,
    /// The longest it may run, in milliseconds.
    pub timeout_ms: u64,
    /// The values of its secrets. INVARIANT: not serialised, so neither in `spec.json` nor in the digest.
    #[serde(skip)]
    pub secrets: Secrets,
}

impl Spec {
    /// BLAKE3 of the JSON, in hexadecimal: equal for two that mean the same job.
    pub fn digest(&self) -> String {
        let json = serde_json::to_vec(self).expect("a spec is plain JSON with UTF-8 paths");
        blake3::hash(&json).to_hex().to_string()
    }
}
