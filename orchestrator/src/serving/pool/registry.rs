//! Which pool answers for a name.

use super::ModelPool;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The pools that answer now, by name.
#[derive(Default)]
pub struct Pools {
    current: RwLock<BTreeMap<String, Arc<ModelPool>>>,
}

impl Pools {
    /// The pool that answers for `name`. Whoever holds it can ask it, even after it was exchanged.
    pub fn get(&self, name: &str) -> Option<Arc<ModelPool>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.get(name).cloned()
    }

    /// Lets `next` answer for `name` from now on. The pool before it answers what it was asked, then its
    /// workers end.
    pub fn swap(&self, name: &str, next: Arc<ModelPool>) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = current.insert(name.to_owned(), next) {
            before.retire();
        }
    }

    /// Takes all pools away and waits until they have answered what they were asked.
    pub async fn close(&self) {
        let pools = std::mem::take(&mut *self.current.write().unwrap_or_else(PoisonError::into_inner));
        futures::future::join_all(pools.values().map(|pool| pool.drain())).await;
    }
}
