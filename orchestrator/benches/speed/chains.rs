//! Chains of steps that do nothing: how many a second, what each costs, and how long one takes.

use super::inside::Inside;
use super::machine::{self, Disk};
use super::sheet::{Sheet, Target};
use super::{load, writer};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Runs that are under way at once.
const IN_FLIGHT: usize = 64;
/// Steps of a run of `chain`.
const STEPS: u64 = 3;
/// Workers are warm and tables have grown a little before it is counted.
const COUNTED: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(13));
/// Runs that are fired one after another.
const SINGLE: usize = 300;

pub(crate) fn measure(sheet: &mut Sheet) {
    let folder = tempfile::tempdir().expect("a folder for the data");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let disk = machine::disk(folder.path());
    sheet.row("fdatasync in place", disk.per_second, "/s", Target::None);
    let bare = runtime.block_on(writer::bare());
    sheet.row(
        "the writer alone, groups of 64 steps",
        bare.steps,
        "steps/s",
        Target::None,
    );
    sheet.row(
        "the writer alone, processor",
        bare.cpu_us,
        "µs/step",
        Target::None,
    );
    let daemon = runtime.block_on(Inside::start(folder.path()));
    many(sheet, &daemon, bare.steps);
    single(sheet, &daemon, &disk);
    runtime.block_on(daemon.stop());
}

fn many(sheet: &mut Sheet, daemon: &Inside, bare: f64) {
    let before = Arc::new(AtomicI64::new(0));
    let begins = Arc::clone(&before);
    let mark = move || begins.store(machine::spent_us(), Ordering::SeqCst);
    let asking = load::keep(
        daemon.address,
        &daemon.newsroom,
        "three",
        IN_FLIGHT,
        COUNTED,
        mark,
    );
    let done = asking.join().expect("it goes on");
    let spent = machine::spent_us() - before.load(Ordering::SeqCst) - done.own_us;
    let steps = (done.runs * STEPS) as f64;
    let per_second = steps / done.took.as_secs_f64();
    sheet.row(
        "durable steps, 64 runs in flight",
        per_second,
        "/s",
        Target::Least(6_000.0),
    );
    sheet.row(
        "  over the writer alone",
        per_second / bare,
        "",
        Target::Least(0.4),
    );
    sheet.row(
        "  processor of the daemon",
        spent as f64 / steps,
        "µs/step",
        Target::Most(60.0),
    );
    sheet.row(
        "  processor of who asks",
        done.own_us as f64 / steps,
        "µs/step",
        Target::None,
    );
}

fn single(sheet: &mut Sheet, daemon: &Inside, disk: &Disk) {
    let asked = load::one_by_one(daemon.address, &daemon.newsroom, "three", SINGLE);
    let three = machine::median_us(&mut asked.join().expect("it goes on"));
    let most = 6.0 * disk.p50_us + 1_000.0;
    sheet.row("one fdatasync in place, median", disk.p50_us, "µs", Target::None);
    sheet.row(
        "HTTP fire to the end of three steps, median",
        three,
        "µs",
        Target::Most(most),
    );
    // The first commit has the event and the first call; each step ends in one of its own.
    let step = three / (STEPS + 1) as f64;
    sheet.row(
        "a chained step, median",
        step,
        "µs",
        Target::Most(2.0 * disk.p50_us),
    );
    let asked = load::one_by_one(daemon.address, &daemon.newsroom, "ten", SINGLE);
    let ten = machine::median_us(&mut asked.join().expect("it goes on"));
    sheet.row(
        "a pure chained step, median",
        ten / 10.0,
        "µs",
        Target::Most(100.0),
    );
}
