//! Whole lives of a daemon, each made from one seed: random flows, clients, sources and people, and what goes wrong.
//!
//! A failure names its seed, and how to live that one life alone. The same seed is the same log, byte for byte.

mod agenda;
mod checks;
mod clients;
mod flows;
mod people;
mod platform;
mod seen;
mod sources;
mod world;

use flow_engine::Millis;
use flowd::seal::Seal;
use flowd::store::{NoProbe, Store};
use flowd::worker::Newsroom;
use seen::Seen;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use world::World;

/// Lives that CI lives.
const SEEDS: u64 = 200;
/// Of so many lives, one is lived twice.
const TWICE: u64 = 50;
/// Lives that are lived side by side.
const THREADS: u64 = 2;
/// A folder in memory, where there is one.
const MEMORY: &str = "/dev/shm";
/// When the empty database was made.
const MADE: Millis = 1_700_000_000_000;

/// What all lives begin with.
struct Cradle {
    folder: TempDir,
    seal: Arc<Seal>,
    newsroom: Newsroom,
}

impl Cradle {
    fn new() -> Cradle {
        let folder = folder();
        let seal = Seal::at(&folder.path().join("seal.key"), "sim").unwrap();
        runtime().block_on(async {
            let store = Store::open(&Cradle::database(folder.path()), MADE, Arc::new(NoProbe)).await;
            store.unwrap().close().await;
        });
        Cradle {
            folder,
            seal: Arc::new(seal),
            newsroom: Newsroom::default(),
        }
    }

    fn database(folder: &Path) -> PathBuf {
        folder.join("flow.db")
    }

    /// Lives the life of a seed; the digest of its log.
    fn live(&self, runtime: &Runtime, seed: u64, seen: &mut Seen) -> String {
        let home = folder();
        std::fs::copy(
            Cradle::database(self.folder.path()),
            Cradle::database(home.path()),
        )
        .unwrap();
        let mut world = World::new(seed, home.path(), Arc::clone(&self.seal), self.newsroom.clone());
        let head = runtime.block_on(async {
            world.live().await;
            world.judge().await
        });
        seen.add(&world.seen);
        head
    }
}

fn folder() -> TempDir {
    let memory = Path::new(MEMORY);
    match memory.is_dir() {
        true => tempfile::tempdir_in(memory),
        false => tempfile::tempdir(),
    }
    .unwrap()
}

/// One thread, so that everything has its order.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn whatever_goes_wrong_every_run_ends_and_every_promise_holds() {
    let cradle = Cradle::new();
    let next = AtomicU64::new(0);
    let alone = alone();
    let end = alone.map_or(SEEDS, |seed| seed + 1);
    next.store(alone.unwrap_or(0), Ordering::Relaxed);
    let work = || {
        let (runtime, mut seen) = (runtime(), Seen::default());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return seen;
            }
            let log = cradle.live(&runtime, seed, &mut seen);
            if seed.is_multiple_of(TWICE) {
                let again = cradle.live(&runtime, seed, &mut Seen::default());
                assert_eq!(log, again, "seed {seed}: the same seed, another log");
            }
        }
    };
    let mut seen = Seen::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            match thread.join() {
                Ok(of_thread) => seen.add(&of_thread),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    if alone.is_none() {
        seen.everything();
    }
}

/// The one seed that somebody asks for.
#[expect(clippy::disallowed_methods, reason = "a person says which life failed")]
fn alone() -> Option<u64> {
    std::env::var("FLOW_SEED").ok()?.parse().ok()
}
