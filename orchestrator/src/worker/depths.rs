//! How much waits, against what may wait: what an operator looks at before anything is full.

use serde::Serialize;

/// How full one queue is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Depth {
    /// How many are in it.
    pub now: usize,
    /// How many may be.
    pub max: usize,
    /// The flow whose queue this is, where each has one: the fullest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

/// How full every queue of the owner of the runs is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Depths {
    /// Messages of a flow that wait to be taken in.
    pub mailbox: Depth,
    /// Orders of a flow that wait for room.
    pub orders: Depth,
    /// Calls under way.
    pub calls: Depth,
    /// Jobs under way.
    pub jobs: Depth,
}

/// What waits to be handed out, and what is.
#[derive(Clone, Debug, Default)]
pub(super) struct Handed {
    pub(super) orders: Depth,
    pub(super) calls: Depth,
    pub(super) jobs: Depth,
}

impl Handed {
    pub(super) fn beside(self, mailbox: Depth) -> Depths {
        Depths {
            mailbox,
            orders: self.orders,
            calls: self.calls,
            jobs: self.jobs,
        }
    }
}
