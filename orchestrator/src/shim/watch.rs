//! Watching a job until its last process is gone.

use super::{End, JobDir, Process, Spec, Stop, descendants};
use rustix::process::{Signal, WaitOptions, WaitStatus};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long a job has to end by itself after it was asked to (SIGTERM), before it is killed.
pub const TERM_GRACE: Duration = Duration::from_secs(5);

/// How often time, memory and the wish to cancel are looked at.
const TICK: Duration = Duration::from_millis(250);

/// How often processes that are being killed are looked for.
const KILL_TICK: Duration = Duration::from_millis(20);

/// How long processes are killed again before the shim gives up: they hang in the kernel.
const KILL_MAX: Duration = Duration::from_secs(10);

/// Processes that have ended and were not looked at yet; the others stay the kernel's until they are.
const ENDED_MAX: usize = 64;

enum Phase {
    Running,
    /// It was asked to end.
    Stopping {
        kill_at: Instant,
    },
    /// Whatever is left is killed.
    Killing {
        give_up_at: Instant,
    },
}

/// Returns how the job ended, and whether all its processes are gone.
pub(super) fn watch(spec: &Spec, dir: &JobDir, leader: &Process) -> (End, bool) {
    let reaped = reap();
    let started = Instant::now();
    let timeout = Duration::from_millis(spec.timeout_ms);
    let mut phase = Phase::Running;
    let mut stop = None;
    let mut exit = None;
    let mut next_tick = started;
    loop {
        match reaped.recv_timeout(next_tick.saturating_duration_since(Instant::now())) {
            Ok((pid, status)) if pid == leader.pid => {
                exit = Some(status);
                phase = kill();
            }
            // A job that starts processes without end must not keep its shim from looking at the clock.
            Ok(_) if Instant::now() < next_tick => continue,
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return (end(stop, exit), true),
        }
        let now = Instant::now();
        phase = match phase {
            Phase::Running => match due(spec, dir, now - started > timeout) {
                None => Phase::Running,
                Some(why) => {
                    stop = Some(why);
                    // More memory than allowed endangers the machine now.
                    if why == Stop::Memory {
                        kill()
                    } else {
                        leader.signal_group(Signal::TERM);
                        let kill_at = now + TERM_GRACE;
                        Phase::Stopping { kill_at }
                    }
                }
            },
            Phase::Stopping { kill_at } if now < kill_at => phase,
            Phase::Stopping { .. } => kill(),
            Phase::Killing { give_up_at } if now < give_up_at => {
                descendants::signal(Signal::KILL);
                phase
            }
            Phase::Killing { .. } => return (end(stop, exit), false),
        };
        next_tick = now
            + match phase {
                Phase::Running | Phase::Stopping { .. } => TICK,
                Phase::Killing { .. } => KILL_TICK,
            };
    }
}

fn kill() -> Phase {
    descendants::signal(Signal::KILL);
    let give_up_at = Instant::now() + KILL_MAX;
    Phase::Killing { give_up_at }
}

fn due(spec: &Spec, dir: &JobDir, late: bool) -> Option<Stop> {
    if dir.cancel().exists() {
        Some(Stop::Cancelled)
    } else if late {
        Some(Stop::Timeout)
    } else if descendants::resident_bytes() > spec.memory {
        Some(Stop::Memory)
    } else {
        None
    }
}

/// Collects children as they end, also those that the job left behind. The channel closes when none is left.
fn reap() -> Receiver<(u32, WaitStatus)> {
    let (sender, receiver) = mpsc::sync_channel(ENDED_MAX);
    std::thread::spawn(move || {
        loop {
            match rustix::process::wait(WaitOptions::empty()) {
                Ok(Some((pid, status))) => {
                    let pid = pid.as_raw_nonzero().get().unsigned_abs();
                    if sender.send((pid, status)).is_err() {
                        return;
                    }
                }
                Ok(None) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
        }
    });
    receiver
}

/// A job that was stopped has not done its work, whatever it says when it exits.
fn end(stop: Option<Stop>, exit: Option<WaitStatus>) -> End {
    match (stop, exit) {
        (Some(stop), _) => End::Stopped(stop),
        (None, Some(status)) => match status.exit_status() {
            Some(code) => End::Exited { code },
            None => End::Killed {
                signal: status.terminating_signal().unwrap_or_default(),
            },
        },
        (None, None) => End::Killed { signal: 0 },
    }
}
