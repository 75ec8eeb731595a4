//! What happened while a test was played.

use super::fault::Spot;
use crate::store::StatusKind;
use std::collections::{BTreeMap, BTreeSet};

/// What happened.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// Steps that ended, in their order, each with the commit that made it durable.
    pub(super) ends: Vec<(Spot, u64)>,
    /// How often each step was handed over to what is outside.
    pub(super) sent: BTreeMap<Spot, u64>,
    /// How often each action, job and model was called.
    pub(super) calls: BTreeMap<String, u64>,
    /// How often the code behind a step has run to its end.
    pub(super) done: BTreeMap<Spot, u64>,
    /// How the runs stand.
    pub(super) runs: Vec<Stands>,
    /// Rows of each dataset.
    pub(super) rows: BTreeMap<String, u64>,
    /// Models that have a live version.
    pub(super) live: BTreeSet<String>,
    /// What does not hold.
    pub(super) broken: Vec<String>,
}

/// How a run stands when nothing more happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stands {
    /// Its rule or feedback.
    pub(super) rule: String,
    /// How far it is.
    pub(super) status: StatusKind,
    /// Steps that failed for good.
    pub(super) failed: Vec<String>,
    /// Steps of which nobody knows what became of them.
    pub(super) unknown: Vec<String>,
    /// What failed, if the run did.
    pub(super) error: Option<String>,
}

impl Played {
    /// How many runs have this status.
    pub(super) fn count(&self, status: StatusKind) -> usize {
        self.runs.iter().filter(|run| run.status == status).count()
    }
}
