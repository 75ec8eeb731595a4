//! Workers that wait for their next call.

use super::Call;
use super::worker::Worker;
use flow_engine::Millis;
use flow_lang::plan::Endpoint;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The least workers that a function may have at a time, however few processors there are: a call that waits
/// for another one must not be able to stop a chain.
const WORKERS_LEAST: usize = 2;

/// What makes two calls calls of the same function: they may use the same worker.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    flow: String,
    runtime: String,
    requirements: Option<String>,
    lock: Option<String>,
    code: String,
    entry: String,
    memory: u64,
    secrets: Vec<String>,
    network: Vec<Endpoint>,
    /// What a worker still knows of an earlier call is guarded as it was then.
    private: bool,
}

impl Identity {
    pub(crate) fn of(call: &Call) -> Identity {
        let function = &call.function;
        Identity {
            flow: call.flow.clone(),
            private: call.is_private(),
            runtime: function.runtime.clone(),
            requirements: function.code.requirements.clone(),
            lock: function.code.lock.clone(),
            code: function.code.digest.clone(),
            entry: function.entry.clone(),
            memory: function.memory,
            secrets: function.secrets.clone(),
            network: function.network.clone(),
        }
    }
}

/// All workers that wait, by function.
#[derive(Default)]
pub(crate) struct Warm {
    shelves: Mutex<HashMap<Identity, Shelf>>,
}

struct Shelf {
    places: Arc<Semaphore>,
    /// The last one in is the first one out, so that the surplus grows old.
    idle: Vec<(Worker, Millis)>,
}

/// The right to have one worker of a function busy.
pub(crate) struct Place {
    identity: Identity,
    _permit: OwnedSemaphorePermit,
}

impl Warm {
    /// Waits until fewer workers of the function are busy than there are processors.
    pub(crate) async fn place(&self, identity: Identity) -> Place {
        let places = {
            let mut shelves = self.lock();
            let shelf = shelves.entry(identity.clone()).or_insert_with(|| Shelf {
                places: Arc::new(Semaphore::new(workers_max())),
                idle: Vec::new(),
            });
            shelf.places.clone()
        };
        Place {
            identity,
            _permit: places
                .acquire_owned()
                .await
                .expect("the semaphore is never closed"),
        }
    }

    /// A worker that waits and lives, if there is one.
    pub(crate) fn take(&self, place: &Place) -> Option<Worker> {
        loop {
            // The lock is not held while a dead worker is dropped.
            let taken = self.lock().get_mut(&place.identity)?.idle.pop();
            let (mut worker, _) = taken?;
            if worker.lives() {
                return Some(worker);
            }
        }
    }

    /// Lets a worker wait for its next call.
    pub(crate) fn put(&self, place: Place, worker: Worker, now: Millis) {
        if let Some(shelf) = self.lock().get_mut(&place.identity) {
            shelf.idle.push((worker, now));
        }
    }

    /// Ends workers that have waited since before `since`.
    pub(crate) fn reap(&self, since: Millis) {
        let mut old = Vec::new();
        self.lock().retain(|_, shelf| {
            let (reaped, kept) = shelf.idle.drain(..).partition(|(_, at)| *at <= since);
            shelf.idle = kept;
            old.push(reaped);
            // Whoever holds or waits for a place holds the semaphore, too.
            !shelf.idle.is_empty() || Arc::strong_count(&shelf.places) > 1
        });
        drop::<Vec<Vec<(Worker, Millis)>>>(old);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Identity, Shelf>> {
        // Nothing in here panics half-way.
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn workers_max() -> usize {
    std::thread::available_parallelism().map_or(WORKERS_LEAST, |n| n.get().max(WORKERS_LEAST))
}
