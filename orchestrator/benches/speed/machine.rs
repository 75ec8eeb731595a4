//! What this machine can do: its disk, and the processor time of this process.

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// A page of the write-ahead log.
const PAGE: usize = 4096;
/// Pages of the file that is written over.
const PAGES: u64 = 1024;
/// How long the disk is asked.
const ASKED: Duration = Duration::from_secs(2);

/// The disk below `folder`, a page and an `fdatasync` at a time.
pub(crate) struct Disk {
    /// The median of one, in microseconds.
    pub(crate) p50_us: f64,
    /// So many a second.
    pub(crate) per_second: f64,
}

/// Overwrites a file in place, as the write-ahead log is.
pub(crate) fn disk(folder: &Path) -> Disk {
    let path = folder.join("floor");
    let file = File::create(&path).expect("the folder is ours");
    let page = [7_u8; PAGE];
    for at in 0..PAGES {
        file.write_all_at(&page, at * PAGE as u64).expect("there is room");
    }
    file.sync_all().expect("the disk works");
    let (mut times, began) = (Vec::new(), Instant::now());
    while began.elapsed() < ASKED {
        let (at, began) = (times.len() as u64 % PAGES, Instant::now());
        file.write_all_at(&page, at * PAGE as u64).expect("there is room");
        file.sync_data().expect("the disk works");
        times.push(began.elapsed());
    }
    let per_second = times.len() as f64 / began.elapsed().as_secs_f64();
    std::fs::remove_file(path).expect("it is ours");
    Disk {
        p50_us: median_us(&mut times),
        per_second,
    }
}

/// The median in microseconds.
pub(crate) fn median_us(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times
        .get(times.len() / 2)
        .map_or(0.0, |time| time.as_secs_f64() * 1e6)
}

/// Microseconds of the processor in this process so far, and in the kernel on its behalf.
pub(crate) fn spent_us() -> i64 {
    us(&getrusage(UsageWho::RUSAGE_SELF).expect("the system counts"))
}

/// The same of this thread.
pub(crate) fn spent_by_thread_us() -> i64 {
    us(&getrusage(UsageWho::RUSAGE_THREAD).expect("the system counts"))
}

/// The resident memory of a process and the most that it had, in MB.
pub(crate) fn memory_mb(pid: u32) -> (f64, f64) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process lives");
    let of = |name: &str| {
        let line = status
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default();
        let kib = line
            .split_ascii_whitespace()
            .nth(1)
            .and_then(|word| word.parse::<f64>().ok());
        kib.unwrap_or_default() / 1024.0
    };
    (of("VmRSS"), of("VmHWM"))
}

fn us(usage: &Usage) -> i64 {
    usage.user_time().num_microseconds() + usage.system_time().num_microseconds()
}
