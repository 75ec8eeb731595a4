//! What a job is: everything that its companion needs to run it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
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

/// Values of secrets by name. Its debug form shows the names alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// From names and values.
    pub fn new(values: BTreeMap<String, String>) -> Secrets {
        Secrets(values)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(&self.0).expect("texts are plain JSON")
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
