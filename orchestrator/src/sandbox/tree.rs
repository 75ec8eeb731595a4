//! A process and everything it started, as `/proc` shows them.

use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeSet;
use std::fs;

/// How often the tree is looked at again while it is killed: a process that forks all the time could otherwise
/// keep the killer busy for ever.
const KILL_ROUNDS_MAX: usize = 16;

/// Bytes of memory that the session of `leader` holds, children included. Pages that processes share count
/// for each of them.
pub fn resident(leader: Pid) -> u64 {
    let page = rustix::param::page_size() as u64;
    members(leader).iter().map(|process| process.pages * page).sum()
}

/// Kills `leader` and everything it started, then what those started meanwhile.
pub fn kill(leader: Pid) {
    for _ in 0..KILL_ROUNDS_MAX {
        if !kill_all(&members(leader)) {
            return;
        }
    }
}

/// Kills what `leader` started, but not itself.
pub fn kill_children(leader: Pid) {
    for _ in 0..KILL_ROUNDS_MAX {
        let mut children = members(leader);
        children.retain(|process| process.pid != leader.as_raw_nonzero().get());
        if !kill_all(&children) {
            return;
        }
    }
}

/// Whether `leader` has children at this moment. Cheaper than a walk over all processes.
pub fn has_children(leader: Pid) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{}/task", leader.as_raw_nonzero())) else {
        return false;
    };
    threads.flatten().any(|thread| {
        // A kernel without this file cannot say; the walk then decides.
        fs::read_to_string(thread.path().join("children"))
            .map_or(true, |children| !children.trim().is_empty())
    })
}

/// Whether anything was left to kill.
fn kill_all(processes: &[Process]) -> bool {
    let mut any = false;
    for process in processes.iter().filter(|process| !process.ended) {
        let Some(pid) = Pid::from_raw(process.pid) else {
            continue;
        };
        // An error says that it has ended meanwhile, which is what was asked for.
        any |= kill_process(pid, Signal::KILL).is_ok();
    }
    any
}

/// One line of `/proc/*/stat`.
struct Process {
    pid: i32,
    parent: i32,
    session: i32,
    pages: u64,
    ended: bool,
}

/// The session of `leader` and all descendants of its members. A process that has left the session *and* lost
/// its parent is no longer found.
fn members(leader: Pid) -> Vec<Process> {
    let leader = leader.as_raw_nonzero().get();
    let mut others: Vec<Process> = processes().collect();
    let mut found = Vec::new();
    let mut pids = BTreeSet::from([leader]);
    // Each round finds at least one process or is the last.
    loop {
        let (new, rest): (Vec<_>, Vec<_>) = others.into_iter().partition(|process| {
            process.pid == leader || process.session == leader || pids.contains(&process.parent)
        });
        if new.is_empty() {
            return found;
        }
        pids.extend(new.iter().map(|process| process.pid));
        found.extend(new);
        others = rest;
    }
}

fn processes() -> impl Iterator<Item = Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        parse(pid, &fs::read_to_string(entry.path().join("stat")).ok()?)
    })
}

/// `pid (name) state parent group session …`; the name may hold blanks and brackets, so it is skipped first.
fn parse(pid: i32, stat: &str) -> Option<Process> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    Some(Process {
        pid,
        parent: fields.get(1)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        pages: fields.get(21)?.parse().unwrap_or(0),
        ended: matches!(*fields.first()?, "Z" | "X"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let stat = "7 (a) b) c) S 3 4 5 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 9 8192 250 184";
        let process = parse(7, stat).unwrap();
        assert_eq!((process.parent, process.session, process.pages), (3, 5, 250));
    }

    #[test]
    fn this_process_holds_memory() {
        assert!(resident(rustix::process::getpid()) > 1 << 20);
    }
}
