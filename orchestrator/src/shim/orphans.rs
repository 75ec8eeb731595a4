//! Processes of a job whose shim was killed: nobody watches them, so they are ended before the job may be
//! called lost and launched anew.

use super::{JobDir, Process};
use rustix::process::Signal;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;

/// Kills what is left of a job without a shim and answers how many processes it found. Call it again until
/// there are none.
///
/// They are known by their group's leader, and by `FLOW_OUT` in the environment that they started with.
///
/// # Errors
/// If the machine's list of processes cannot be read.
pub fn kill(dir: &JobDir) -> io::Result<usize> {
    if let Some(leader) = dir.read_launched()? {
        leader.signal_group(Signal::KILL);
    }
    let mut mark = OsString::from("FLOW_OUT=");
    mark.push(dir.out());
    let mark = mark.into_vec();
    let mut found = 0;
    for entry in fs::read_dir("/proc")?.flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
        let Some(pid) = pid else { continue };
        // Taken before the environment is read: whoever has the number later is another process.
        let Ok(process) = Process::of(pid) else { continue };
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment.split(|byte| *byte == 0).any(|entry| entry == mark) {
            process.signal(Signal::KILL);
            found += 1;
        }
    }
    Ok(found)
}
