//! What a process costs: its processor time as the system counts it, its memory, and its instructions where valgrind is.

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::path::Path;
use std::process::{Command, Stdio};

/// What one run of `flowc check` took.
pub(crate) struct Cost {
    /// Microseconds in the process and in the kernel on its behalf.
    pub(crate) cpu_us: i64,
    /// The largest process so far, in KiB: the system keeps the greatest of all children.
    pub(crate) peak_kib: i64,
}

/// The least of so many runs: what is random only ever adds.
pub(crate) fn least(runs: usize, project: &Path) -> Cost {
    let run = || once(&mut flowc(project));
    let mut best = run();
    for _ in 1..runs {
        let cost = run();
        best.cpu_us = best.cpu_us.min(cost.cpu_us);
    }
    best
}

/// The least that a process can cost here: `true`, started in the same way.
pub(crate) fn floor_us() -> i64 {
    (0..10)
        .map(|_| once(&mut Command::new("true")).cpu_us)
        .min()
        .unwrap_or_default()
}

/// The instructions of one run, or nothing where there is no valgrind.
pub(crate) fn instructions(project: &Path) -> Option<u64> {
    let out = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            env!("CARGO_BIN_EXE_flowc"),
            "check",
        ])
        .arg(project)
        .output()
        .ok()?;
    let told = String::from_utf8_lossy(&out.stderr);
    let (_, count) = told.rsplit_once("Collected :")?;
    count.split_whitespace().next()?.parse().ok()
}

fn flowc(project: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowc"));
    command.arg("check").arg(project);
    command
}

fn once(command: &mut Command) -> Cost {
    let before = spent_us(&children());
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the command starts");
    let after = children();
    assert!(
        status.code().is_some_and(|code| code < 2),
        "{command:?} could not run"
    );
    Cost {
        cpu_us: spent_us(&after) - before,
        peak_kib: after.max_rss(),
    }
}

fn children() -> Usage {
    getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system counts the time of children")
}

fn spent_us(usage: &Usage) -> i64 {
    usage.user_time().num_microseconds() + usage.system_time().num_microseconds()
}
