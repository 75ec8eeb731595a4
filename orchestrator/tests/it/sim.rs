//! Whole lives of a daemon, each made from one seed: random flows, clients, sources and people, and what goes wrong.
//!
//! A failure names its seed, and how to live that one life alone. The same seed is the same log, byte for byte.

mod agenda;
mod checks;
mod clients;
mod flows;
mod mutants;
mod people;
mod platform;
mod seen;
mod sources;
mod takeover;
mod world;

use flow_engine::Millis;
use flowd::seal::Seal;
use flowd::store::{NoProbe, Store};
use flowd::worker::Newsroom;
use seen::Seen;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use world::{END_MS, World};

/// Lives that a test lives, and those that CI lives.
const SEEDS: u64 = 200;
const CI_SEEDS: u64 = 1_000;
/// Lives of a soak of which nobody says how long it is.
const SOAK_SEEDS: u64 = 20_000;
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
        }
    }

    fn database(folder: &Path) -> PathBuf {
        folder.join("flow.db")
    }

    /// Lives the life of a seed; the digest of its log.
    fn live(&self, with: (&Runtime, &Newsroom), seed: u64, seen: &mut Seen) -> String {
        self.live_within(with, seed, seen, END_MS)
    }

    /// The same, with runs that have to end within `patience`.
    fn live_within(
        &self,
        (runtime, newsroom): (&Runtime, &Newsroom),
        seed: u64,
        seen: &mut Seen,
        patience: Millis,
    ) -> String {
        let home = folder();
        std::fs::copy(
            Cradle::database(self.folder.path()),
            Cradle::database(home.path()),
        )
        .unwrap();
        let mut world = World::new(seed, home.path(), Arc::clone(&self.seal), newsroom.clone());
        world.patience = patience;
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
#[expect(clippy::print_stdout, reason = "how often each thing was seen")]
fn whatever_goes_wrong_every_run_ends_and_every_promise_holds() {
    let cradle = Cradle::new();
    let asked = Asked::of_environment();
    let next = AtomicU64::new(asked.first);
    let work = || {
        let (runtime, newsroom, mut seen) = (runtime(), Newsroom::default(), Seen::default());
        let with = (&runtime, &newsroom);
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= asked.end || asked.until.is_some_and(|until| Instant::now() > until) {
                return seen;
            }
            let log = cradle.live(with, seed, &mut seen);
            if seed.is_multiple_of(TWICE) {
                let again = cradle.live(with, seed, &mut Seen::default());
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
    println!("{seen}");
    if seen.times("a life") >= SEEDS {
        seen.everything();
    }
}

/// Which lives are lived.
struct Asked {
    first: u64,
    end: u64,
    until: Option<Instant>,
}

impl Asked {
    /// `FLOW_SEED` is one life alone. With `FLOW_SOAK` there are `FLOW_SOAK_SEEDS` lives, or as many as
    /// `FLOW_SOAK_MINUTES` have room for.
    #[expect(clippy::disallowed_methods, reason = "CI says that it is CI")]
    fn of_environment() -> Asked {
        let asked = |first, end| Asked {
            first,
            end,
            until: None,
        };
        if let Some(seed) = number("FLOW_SEED") {
            return asked(seed, seed + 1);
        }
        if number("FLOW_SOAK").is_none() {
            let all = std::env::var("FLOW_TEST").is_ok_and(|wanted| wanted == "all");
            return asked(0, if all { CI_SEEDS } else { SEEDS });
        }
        match (number("FLOW_SOAK_SEEDS"), number("FLOW_SOAK_MINUTES")) {
            (None, Some(minutes)) => Asked {
                until: Some(Instant::now() + Duration::from_secs(60 * minutes)),
                ..asked(0, u64::MAX)
            },
            (seeds, _) => asked(0, seeds.unwrap_or(SOAK_SEEDS)),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a person says which lives are lived")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
