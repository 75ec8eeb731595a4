//! A process that is still the same one: numbers are used again, a number with a start time is not.

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;

/// A process of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// When it was started, in clock ticks since the machine was (`/proc/PID/stat`, field 22).
    pub start_ticks: u64,
    /// Which start of the machine.
    pub boot_id: String,
}

impl Process {
    /// The process that has this number now.
    ///
    /// # Errors
    /// If there is none.
    pub fn of(pid: u32) -> io::Result<Process> {
        let boot_id = fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
        Ok(Process {
            pid,
            start_ticks: start_ticks(pid)?,
            boot_id: boot_id.trim().to_owned(),
        })
    }

    /// Sends a signal, unless the process is gone; answers whether it was sent.
    pub fn signal(&self, signal: Signal) -> bool {
        let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) else {
            return false;
        };
        let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else {
            return false;
        };
        // The handle holds the process; if the number still belongs to ours now, so does the handle.
        self.is_alive() && pidfd_send_signal(handle, signal).is_ok()
    }

    /// Sends a signal to the group that it leads, unless it is gone.
    pub fn signal_group(&self, signal: Signal) {
        let group = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        if let Some(group) = group.filter(|_| self.is_alive()) {
            // A group that ended meanwhile needs no signal.
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }

    fn is_alive(&self) -> bool {
        Process::of(self.pid).is_ok_and(|now| now == *self)
    }
}

fn start_ticks(pid: u32) -> io::Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is the program's name in brackets, and may hold blanks and brackets itself.
    let (_, after_name) = stat.rsplit_once(')').ok_or(io::ErrorKind::InvalidData)?;
    let ticks = after_name.split_whitespace().nth(19);
    ticks
        .and_then(|ticks| ticks.parse().ok())
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}
