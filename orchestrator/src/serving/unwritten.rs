//! Requests that are answered and not yet durable. Feedback to one of them waits for the moment when it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

/// The requests under way, by id. Bounded by the requests that are answered at one time.
#[derive(Debug, Default)]
pub struct Unwritten {
    ids: Mutex<HashMap<String, CancellationToken>>,
}

/// Stands for one request under way; dropped when it is durable or never will be.
pub(super) struct Pending {
    unwritten: Arc<Unwritten>,
    id: String,
}

impl Unwritten {
    pub(super) fn enter(self: &Arc<Self>, id: &str) -> Pending {
        self.lock().insert(id.to_owned(), CancellationToken::new());
        Pending {
            unwritten: Arc::clone(self),
            id: id.to_owned(),
        }
    }

    /// Returns when the request is not under way, at once for one that never was.
    pub async fn settled(&self, id: &str) {
        let pending = self.lock().get(id).cloned();
        if let Some(pending) = pending {
            pending.cancelled().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.ids
            .lock()
            .expect("nothing panics while it holds the list of requests")
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(settled) = self.unwritten.lock().remove(&self.id) {
            settled.cancel();
        }
    }
}
