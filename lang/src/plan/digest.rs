//! Digests: of a plan, the same for two texts that mean the same; of code, the same for two folders with the same files.

use super::Plan;
use std::collections::BTreeMap;

impl Plan {
    /// BLAKE3 of the plan's JSON without positions, in hexadecimal (64 characters).
    pub fn digest(&self) -> String {
        let bare = Plan {
            positions: BTreeMap::new(),
            ..self.clone()
        };
        let json = serde_json::to_vec(&bare).expect("a plan holds only strings as keys and finite numbers");
        blake3::hash(&json).to_hex().to_string()
    }
}

/// The digest of a code folder ([`Code::digest`](super::Code::digest)) in the making.
#[derive(Default)]
pub struct CodeDigest(blake3::Hasher);

impl CodeDigest {
    /// Adds a file by its path with `/` below the folder. Files come in the order of their paths.
    pub fn add(&mut self, path: &str, content: &[u8]) {
        self.0.update(path.as_bytes());
        self.0.update(&[0]);
        self.0.update(&(content.len() as u64).to_le_bytes());
        self.0.update(content);
    }

    /// In hexadecimal (64 characters).
    pub fn finish(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}
