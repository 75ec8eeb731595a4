//! The processes below this one, also those that left the job's group or session.
//!
//! The shim is their subreaper: whoever loses a parent becomes its child instead of the machine's.

use super::Process;
use rustix::process::Signal;
use std::fs;

/// The most processes that are looked at in one walk.
const WALK_MAX: usize = 100_000;

/// Sends a signal to every descendant.
pub(super) fn signal(signal: Signal) {
    for pid in all() {
        if let Ok(process) = Process::of(pid) {
            process.signal(signal);
        }
    }
}

/// Resident bytes of all descendants together; pages that they share are counted for each.
pub(super) fn resident_bytes() -> u64 {
    all().into_iter().map(resident_of).sum()
}

fn all() -> Vec<u32> {
    let mut found = children(std::process::id());
    let mut next = 0;
    while next < found.len().min(WALK_MAX) {
        found.extend(children(found[next]));
        next += 1;
    }
    found
}

/// The children of all threads of a process; none if it is gone.
fn children(pid: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    let lists = threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect::<Vec<_>>()
        })
        .collect()
}

fn resident_of(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB"));
    kib.and_then(|kib| kib.trim().parse::<u64>().ok())
        .map_or(0, |kib| kib * 1024)
}
