//! Jobs on this machine. Each has a directory and a shim; the daemon only reads and writes its files, so it
//! can stop and come back at any moment.

use super::{JobError, JobName, JobState, Jobs, Output, Submitted};
use crate::artifacts::paths;
use crate::shim::{self, JobDir, Spec};
use rustix::fs::{FlockOperation, flock};
use serde_json::Value;
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Bytes at the end of the progress file in which its last line is looked for.
const PROGRESS_TAIL: u64 = 4096;

/// Jobs on this machine.
#[derive(Clone, Debug)]
pub struct ProcessJobs {
    dir: PathBuf,
    shim: Vec<OsString>,
}

impl ProcessJobs {
    /// Keeps jobs in `dir` (absolute) and starts their companions with the command `shim`, to which the
    /// job's directory is added.
    pub fn new(dir: PathBuf, shim: Vec<OsString>) -> ProcessJobs {
        ProcessJobs { dir, shim }
    }

    /// Cancels every job under way that is not in `wanted`: a daemon was killed between deciding to end it and
    /// doing so. Answers with how many there were.
    ///
    /// # Errors
    /// If the directory of jobs cannot be read, or a job not be cancelled.
    pub fn cancel_others(&self, wanted: &HashSet<JobName>) -> io::Result<usize> {
        let entries = match std::fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(error),
        };
        let wanted: HashSet<&str> = wanted.iter().map(JobName::as_str).collect();
        let mut cancelled = 0;
        for entry in entries {
            let entry = entry?;
            if entry
                .file_name()
                .to_str()
                .is_some_and(|name| wanted.contains(name))
            {
                continue;
            }
            let dir = JobDir::new(entry.path());
            if let Some(JobState::Running { .. }) = observe(&dir)? {
                shim::durable::create(&dir.cancel(), b"")?;
                cancelled += 1;
            }
        }
        Ok(cancelled)
    }

    fn job(&self, name: &JobName) -> JobDir {
        JobDir::new(self.dir.join(name.as_str()))
    }

    async fn on<T: Send + 'static>(
        &self,
        name: &JobName,
        act: impl FnOnce(&JobDir) -> io::Result<T> + Send + 'static,
    ) -> Result<T, JobError> {
        let dir = self.job(name);
        let done = tokio::task::spawn_blocking(move || act(&dir)).await;
        let done = done.expect("files are read without panic, and the task is not aborted");
        done.map_err(|source| JobError::Io {
            name: name.clone(),
            source,
        })
    }

    /// A daemon that stops does not take the shim with it: it has a session of its own.
    fn start_shim(&self, dir: &JobDir) -> io::Result<()> {
        let (program, args) = self.shim.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let log = File::options().create(true).append(true).open(dir.shim_log())?;
        let child = tokio::process::Command::new(program)
            .args(args)
            .arg(dir.root())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(false)
            .spawn()?;
        // Nobody waits for it; tokio collects children whose handles were dropped.
        drop(child);
        Ok(())
    }
}

#[async_trait::async_trait]
impl Jobs for ProcessJobs {
    async fn submit(&self, name: &JobName, spec: &Spec) -> Result<Submitted, JobError> {
        let asked = spec.clone();
        let (there, started) = self
            .on(name, move |dir| {
                let there = match dir.write_spec(&asked)? {
                    true => None,
                    false => dir.read_spec()?,
                };
                let started = dir.started().exists();
                if !started && !asked.secrets.is_empty() {
                    dir.write_secrets(&asked.secrets)?;
                }
                Ok((there, started))
            })
            .await?;
        if let Some(there) = &there
            && there.digest() != spec.digest()
        {
            return Err(JobError::Conflict {
                name: name.clone(),
                there: there.digest(),
                asked: spec.digest(),
            });
        }
        // Also for a job that is there: the daemon may have ended between writing and starting. Of two shims
        // one gives way.
        if !started {
            self.start_shim(&self.job(name)).map_err(|source| JobError::Io {
                name: name.clone(),
                source,
            })?;
        }
        Ok(match there {
            None => Submitted::Launched,
            Some(_) => Submitted::Adopted,
        })
    }

    async fn poll(&self, name: &JobName) -> Result<JobState, JobError> {
        let state = self.on(name, observe).await?;
        state.ok_or_else(|| JobError::Unknown { name: name.clone() })
    }

    async fn cancel(&self, name: &JobName) -> Result<(), JobError> {
        let known = self
            .on(name, |dir| {
                let known = dir.root().is_dir();
                if known {
                    shim::durable::create(&dir.cancel(), b"")?;
                }
                Ok(known)
            })
            .await?;
        known
            .then_some(())
            .ok_or_else(|| JobError::Unknown { name: name.clone() })
    }

    async fn log(&self, name: &JobName) -> Result<PathBuf, JobError> {
        Ok(self.job(name).log())
    }

    async fn output(&self, name: &JobName) -> Result<Output, JobError> {
        let dir = self.job(name);
        Ok(Output {
            model: dir.model(),
            report: dir.report(),
            out: dir.out(),
        })
    }
}

fn observe(dir: &JobDir) -> io::Result<Option<JobState>> {
    if let Some(status) = dir.read_status()? {
        return Ok(Some(JobState::Exited(status)));
    }
    if !dir.started().exists() {
        return Ok(dir.read_spec()?.map(|_| JobState::Pending));
    }
    let running = JobState::Running {
        progress: progress(dir)?,
    };
    if is_locked(&dir.lock())? {
        return Ok(Some(running));
    }
    // The shim may have finished since the first look.
    if let Some(status) = dir.read_status()? {
        return Ok(Some(JobState::Exited(status)));
    }
    // INVARIANT: `Lost` only when no process of the job is left, since the next generation may start then.
    if shim::kill_orphans(dir)? > 0 {
        return Ok(Some(running));
    }
    dir.leave_no_secret()?;
    Ok(Some(JobState::Lost))
}

/// Whether a shim lives. A shim takes the lock before `started` exists, so this look at it cannot be in the
/// way of one that has yet to start.
fn is_locked(lock: &Path) -> io::Result<bool> {
    match flock(File::open(lock)?, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(false),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// What the job says of its progress, without its secrets.
fn progress(dir: &JobDir) -> io::Result<Option<Value>> {
    if !dir.progress().exists() {
        return Ok(None);
    }
    // Before the line is read: when the shim forgets the secrets, the file has none any more.
    let redaction = dir.redaction()?;
    Ok(last_line(&dir.progress()).map(|line| redaction.value(line)))
}

/// The last whole line of JSON; the job writes it, so nothing about it can be relied on.
fn last_line(path: &Path) -> Option<Value> {
    let mut file = paths::open_plain(path).ok()?;
    let start = file.metadata().ok()?.len().saturating_sub(PROGRESS_TAIL);
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut tail = Vec::new();
    file.take(PROGRESS_TAIL).read_to_end(&mut tail).ok()?;
    let mut lines = tail.rsplit(|byte| *byte == b'\n');
    lines.find_map(|line| serde_json::from_slice(line).ok())
}
