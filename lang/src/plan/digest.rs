//! The digest of a plan: the same for two texts that mean the same.

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
