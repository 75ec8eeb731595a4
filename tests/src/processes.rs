//! Processes: those that a test has left behind, and what one has cost.

use flowd::clock::{Clock, SystemClock};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How often is looked before what is there counts as left behind: a companion writes its job's end down, and
/// ends itself a moment later.
const LOOKS_MAX: u32 = 500;

/// Waits until no process has to do with `folder`.
///
/// # Panics
/// When one has, for a long time.
pub async fn all_gone(folder: &Path) {
    let mut left = Vec::new();
    for _ in 0..LOOKS_MAX {
        left = about(folder);
        if left.is_empty() {
            return;
        }
        SystemClock.sleep(LOOK_EVERY).await;
    }
    panic!("left behind: {left:#?}");
}

/// Waits until a process has ended.
///
/// # Panics
/// When it has not, for a long time.
pub async fn gone(pid: u32) {
    let stat = format!("/proc/{pid}/stat");
    for _ in 0..LOOKS_MAX {
        if fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z ")) {
            return;
        }
        SystemClock.sleep(LOOK_EVERY).await;
    }
    panic!("process {pid} does not end");
}

/// The command lines of processes that name `folder` in them or in their environment, or work below it.
pub fn about(folder: &Path) -> Vec<String> {
    let own = std::process::id().to_string();
    let needle = folder.as_os_str().as_bytes();
    let names = |text: &[u8]| text.windows(needle.len()).any(|part| part == needle);
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")
        .expect("Linux shows its processes")
        .flatten()
    {
        let pid = entry.file_name().to_string_lossy().into_owned();
        if pid == own || pid.parse::<u32>().is_err() {
            continue;
        }
        let read = |name: &str| fs::read(entry.path().join(name)).unwrap_or_default();
        let place = fs::read_link(entry.path().join("cwd")).unwrap_or_default();
        let command = read("cmdline");
        if names(&command) || names(&read("environ")) || place.starts_with(folder) {
            found.push(format!(
                "{pid} {}",
                String::from_utf8_lossy(&command).replace('\0', " ")
            ));
        }
    }
    found
}

/// Processor time of a process so far, in milliseconds: user and system, as the kernel counts it.
///
/// # Panics
/// When there is no such process.
pub fn processor_ms(pid: u32) -> u64 {
    /// Ticks of a second, on every Linux that we run on.
    const TICKS: u64 = 100;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the kernel tells");
    let after = stat.rsplit_once(')').expect("a name in brackets").1;
    let fields = after.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.map(|ticks| ticks.parse::<u64>().expect("ticks")).sum();
    ticks * 1_000 / TICKS
}
