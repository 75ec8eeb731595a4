//! The companion of one job: a small process that starts the job, watches it, and writes down how it ended.
//!
//! It is started by the daemon and outlives it, so that a job survives a restart. Daemon and shim speak
//! through the files of a [`JobDir`]: the daemon writes `spec.json` and, to cancel, `cancel`; the shim holds a
//! lock while it lives and leaves `status.json`. A directory is launched at most once, by the file `started`.

mod descendants;
mod dir;
pub mod durable;
mod environment;
mod log;
mod orphans;
mod process;
mod spec;
mod status;
mod watch;

pub use crate::redact::Secrets;
pub use dir::JobDir;
pub use log::LOG_MAX;
pub use orphans::kill as kill_orphans;
pub use process::Process;
pub use spec::Spec;
pub use status::{End, Status, Stop};
pub use watch::TERM_GRACE;

use crate::clock::{Clock, SystemClock};
use rustix::fs::{FlockOperation, flock};
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

/// `flowd shim DIR`. `search_path` is the `PATH` that the job's command is looked up in, after the folder of
/// its own interpreter.
pub fn main(mut args: impl Iterator<Item = OsString>, search_path: Option<OsString>) -> ExitCode {
    let (Some(dir), None) = (args.next(), args.next()) else {
        return ExitCode::from(2);
    };
    match accompany(&JobDir::new(PathBuf::from(dir)), search_path) {
        Ok(()) => ExitCode::SUCCESS,
        // Nothing can be told to anyone: the daemon sees a free lock without a status, which is a lost job.
        Err(_) => ExitCode::FAILURE,
    }
}

fn accompany(dir: &JobDir, search_path: Option<OsString>) -> io::Result<()> {
    // A shim that leads a group already, started from a shell, keeps the session it has.
    let _ = rustix::process::setsid();
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let Some(_lock) = lock(dir)? else {
        return Ok(());
    };
    // INVARIANT: the lock is taken before `started` exists, so that who sees `started` and a free lock knows
    // that the shim is gone.
    if !durable::create(&dir.started(), b"")? {
        return dir.forget_secrets();
    }
    let started = SystemClock.now();
    let end = match launch(dir, search_path) {
        Ok(end) => end,
        Err(error) => End::Unstartable {
            message: error.to_string(),
        },
    };
    dir.leave_no_secret()?;
    let ended = SystemClock.now();
    dir.write_status(&Status { end, started, ended })
}

/// The lock, or nothing if another shim lives.
fn lock(dir: &JobDir) -> io::Result<Option<File>> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.lock())?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn launch(dir: &JobDir, search_path: Option<OsString>) -> io::Result<End> {
    if dir.cancel().exists() {
        return Ok(End::Stopped(Stop::Cancelled));
    }
    let spec = dir.read_spec()?.ok_or(io::ErrorKind::NotFound)?;
    dir.prepare(&spec)?;
    let (output, input) = io::pipe()?;
    let log = log::Pump::start(output, &dir.log(), dir.redaction()?)?;
    let program = environment::program(&spec)?;
    let mut command = Command::new(&program);
    command
        .args(spec.command.iter().skip(1))
        .current_dir(&spec.code_dir)
        .env_clear()
        .envs(environment::of(dir, &spec, search_path))
        .stdin(Stdio::null())
        .stdout(input.try_clone()?)
        .stderr(input)
        .process_group(0);
    let child = command
        .spawn()
        .map_err(|error| io::Error::new(error.kind(), format!("`{}`: {error}", spec.command.join(" "))));
    // It holds the writing ends of the pipe, and the log ends when the last one is closed.
    drop(command);
    let leader = Process::of(child?.id())?;
    if let Err(error) = dir.write_launched(&leader) {
        leader.signal_group(rustix::process::Signal::KILL);
        return Err(error);
    }
    let (end, all_gone) = watch::watch(&spec, dir, &leader);
    if all_gone {
        log.finish();
    }
    Ok(end)
}
