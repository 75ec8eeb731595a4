//! Whether a trigger's feed reads on.

use serde::{Deserialize, Serialize};

/// Whether a trigger's feed reads on. People can fire the trigger whatever this is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It reads.
    #[default]
    Active,
    /// A person has stopped it.
    Paused,
    /// The source has lost its place: a person says where to go on.
    Gap {
        /// What the source said, at most 1 KiB.
        why: String,
    },
}
