//! Many runs: what those that have ended cost the next one, and how soon those that are open go on.

use super::inside::Inside;
use super::sheet::{Sheet, Target};
use super::{load, machine, writer};
use flowd::clock::{Clock, SystemClock};
use flowd::sandbox::Confinement;
use flowd::seal::Seal;
use flowd::store::{Change, NoProbe, Proof, Store};
use flowd::worker::{self, Core, Handle, Newsroom};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Runs that have ended; ten times as many in the whole measurement.
const ENDED: usize = 100_000;
/// Runs that are open, each with a step that was handed over.
const OPEN: usize = 100_000;
/// Runs that are timed, one after another.
const SINGLE: usize = 300;

pub(crate) fn measure(sheet: &mut Sheet, is_whole: bool) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder for the data");
    let _proof = Proof::of(folder.path().join("data/flow.db"));
    let before = runtime.block_on(median(folder.path()));
    let count = if is_whole { 10 * ENDED } else { ENDED };
    runtime.block_on(write(folder.path(), count, 4));
    let after = runtime.block_on(median(folder.path()));
    let name = format!("a run after {count} others, over one on an empty database");
    sheet.row(&name, after / before, "", Target::Most(1.1));

    let folder = tempfile::tempdir().expect("a folder for the data");
    runtime.block_on(write(folder.path(), OPEN, 1));
    let ready = runtime.block_on(ready(folder.path()));
    sheet.row(
        "100,000 open steps are handed over again",
        ready,
        "s",
        Target::Most(3.0),
    );
    let (_, most) = machine::memory_mb(std::process::id());
    sheet.row("  the most memory of this process", most, "MB", Target::None);
}

/// The median of runs of three steps, one after another.
async fn median(folder: &Path) -> f64 {
    let daemon = Inside::start(folder).await;
    let asking = load::one_by_one(daemon.address, &daemon.newsroom, "three", SINGLE);
    let times = tokio::task::spawn_blocking(|| asking.join())
        .await
        .expect("it goes on");
    daemon.stop().await;
    machine::median_us(&mut times.expect("it goes on"))
}

/// Writes so many runs as the daemon would have, as far as so many of their four groups.
async fn write(folder: &Path, count: usize, groups: usize) {
    let data = folder.join("data");
    std::fs::create_dir_all(&data).expect("the folder is ours");
    let store = Store::open(&data.join("flow.db"), SystemClock.now(), Arc::new(NoProbe)).await;
    let store = store.expect("it opens");
    let plan = writer::plan(folder);
    let deployed: Change = writer::deployed(&plan);
    store.commit(vec![deployed]).await.expect("it commits");
    for _ in 0..count.div_ceil(writer::RUNS) {
        for group in writer::groups(&plan).into_iter().take(groups) {
            store.commit(group).await.expect("it commits");
        }
    }
    store.close().await;
}

/// Seconds from the opening of the database until everything waits for its turn to be handed over again.
async fn ready(folder: &Path) -> f64 {
    let began = Instant::now();
    let path = folder.join("data/flow.db");
    let store = Store::open(&path, SystemClock.now(), Arc::new(NoProbe))
        .await
        .expect("it opens");
    let (handle, mailbox) = Handle::new();
    let (orders, mut ordered) = worker::orders();
    let seal = Seal::at(&folder.join("key"), "bench").expect("the folder is ours");
    let loaded = Core::load(
        Arc::new(store),
        Arc::new(SystemClock),
        Arc::new(seal),
        mailbox,
        orders,
        Newsroom::default(),
        Confinement::Enforced,
    );
    let (core, _served) = loaded.await.expect("it can be read");
    let work = tokio::spawn(core.run());
    let first = ordered.recv().await;
    assert!(first.is_some(), "what was open is handed over again");
    handle.settle("speed").await.expect("it works");
    let took = began.elapsed().as_secs_f64();
    drop(ordered);
    handle.close().await;
    work.await.expect("it does not panic").expect("it ends well");
    took
}
