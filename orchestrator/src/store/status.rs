//! How far a run is, as a word: what lists of runs show and filter by.

use flow_engine::Status;
use serde::{Deserialize, Serialize};

/// [`Status`] without what it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusKind {
    /// It waits for its turn.
    Pending,
    /// Steps are under way.
    Running,
    /// All steps ended well.
    Succeeded,
    /// It failed.
    Failed,
    /// It was ended.
    Cancelled,
}

impl StatusKind {
    /// All of them.
    pub const ALL: [StatusKind; 5] = [
        StatusKind::Pending,
        StatusKind::Running,
        StatusKind::Succeeded,
        StatusKind::Failed,
        StatusKind::Cancelled,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            StatusKind::Pending => "pending",
            StatusKind::Running => "running",
            StatusKind::Succeeded => "succeeded",
            StatusKind::Failed => "failed",
            StatusKind::Cancelled => "cancelled",
        }
    }

    /// What a word stands for.
    pub fn of_word(word: &str) -> Option<StatusKind> {
        StatusKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl From<&Status> for StatusKind {
    fn from(status: &Status) -> StatusKind {
        match status {
            Status::Pending => StatusKind::Pending,
            Status::Running { .. } => StatusKind::Running,
            Status::Succeeded { .. } => StatusKind::Succeeded,
            Status::Failed { .. } => StatusKind::Failed,
            Status::Cancelled { .. } => StatusKind::Cancelled,
        }
    }
}

impl std::fmt::Display for StatusKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}
