//! One process that has loaded one function or one model, and answers call after call.

use super::failure::failure;
use super::log::CallLog;
use super::printed::Printed;
use crate::clock::Clock;
use crate::sandbox::{Gate, tree};
use flow_engine::{ErrorKind, StepError};
use flow_lang::units;
use rustix::process::Pid;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, ChildStdin};
use tokio::time::timeout;

/// How often the memory of a busy worker is looked at.
const MEMORY_POLL: Duration = Duration::from_millis(250);
/// How long the last words of a worker are waited for: they are in the pipe already, unless a stray child keeps
/// it open.
const LAST_WORDS_MAX: Duration = Duration::from_secs(1);
/// Bytes that an answer line has beside the result; errors have to fit as well.
const ENVELOPE_MAX: u64 = 16 << 10;

/// What one exchange with a worker may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) time: Duration,
    /// Resident bytes of the process and its children.
    pub(crate) memory: u64,
    /// Bytes of the result as JSON.
    pub(crate) result: u64,
}

/// A call, as the worker reads it.
#[derive(Serialize)]
pub(crate) struct Request<'a> {
    pub(crate) value: Value,
    pub(crate) key: &'a str,
    pub(crate) attempt: u32,
    pub(crate) out: &'a Path,
    pub(crate) result_max: u64,
}

/// Why there is no result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The worker said so, and can be called again.
    Told(StepError),
    /// The worker cannot be used any more.
    Broken(StepError),
}

impl From<Failure> for StepError {
    fn from(failure: Failure) -> StepError {
        match failure {
            Failure::Told(error) | Failure::Broken(error) => error,
        }
    }
}

/// A running worker. It is killed with all it started when it is dropped.
pub(crate) struct Worker {
    child: Child,
    pid: Pid,
    requests: ChildStdin,
    answers: BufReader<Receiver>,
    printed: Printed,
    /// `HOME` and `TMPDIR` of the process.
    home: TempDir,
    /// What it reaches.
    _gate: Gate,
}

/// A line of the worker.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// The code is loaded.
    Ok(bool),
    Result(Value),
    Error {
        kind: ErrorKind,
        message: String,
        /// The process ends now: the code has lost control of something in it.
        #[serde(default)]
        last: bool,
    },
    /// The result has so many bytes, which is too many.
    Oversize(u64),
}

/// How an exchange ended.
enum Ending {
    Line(Vec<u8>),
    Closed,
    Exited(io::Result<ExitStatus>),
    Late,
    Outgrown(u64),
}

impl Worker {
    pub(crate) fn new(
        mut child: Child,
        gate: Gate,
        answers: Receiver,
        mark: &str,
        home: TempDir,
    ) -> io::Result<Worker> {
        let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let parts = (pid, child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(pid), Some(requests), Some(stdout), Some(stderr)) = parts else {
            return Err(io::Error::other("the process has ended at once"));
        };
        Ok(Worker {
            child,
            pid,
            requests,
            answers: BufReader::new(answers),
            printed: Printed::new(stdout, stderr, mark),
            home,
            _gate: gate,
        })
    }

    /// Waits until the code is loaded.
    pub(crate) async fn loaded(
        &mut self,
        bounds: &Bounds,
        log: &mut CallLog,
        clock: &dyn Clock,
    ) -> Result<(), StepError> {
        match self.exchange(&[], bounds, log, clock).await? {
            Answer::Ok(true) => Ok(()),
            Answer::Error { kind, message, .. } => Err(failure(kind, message)),
            Answer::Ok(false) | Answer::Result(_) | Answer::Oversize(_) => Err(nonsense()),
        }
    }

    /// Makes one call.
    pub(crate) async fn call(
        &mut self,
        request: &Request<'_>,
        bounds: &Bounds,
        log: &mut CallLog,
        clock: &dyn Clock,
    ) -> Result<Value, Failure> {
        let mut line = serde_json::to_vec(request).map_err(|error| {
            Failure::Told(failure(
                ErrorKind::Type,
                format!("the arguments cannot be sent: {error}"),
            ))
        })?;
        line.push(b'\n');
        match self
            .exchange(&line, bounds, log, clock)
            .await
            .map_err(Failure::Broken)?
        {
            Answer::Result(value) => Ok(value),
            Answer::Error {
                kind,
                message,
                last: false,
            } => Err(Failure::Told(failure(kind, message))),
            Answer::Error {
                kind,
                message,
                last: true,
            } => Err(Failure::Broken(failure(kind, message))),
            Answer::Oversize(bytes) => Err(Failure::Told(oversize(&units::size(bytes), bounds))),
            Answer::Ok(_) => Err(Failure::Broken(nonsense())),
        }
    }

    /// Its `HOME`, a directory of its own.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Whether the process is there to be called.
    pub(crate) fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills what the code has left running: the next call must not find another's processes.
    pub(crate) fn kill_strays(&self) {
        if tree::has_children(self.pid) {
            tree::kill_children(self.pid);
        }
    }

    async fn exchange(
        &mut self,
        line: &[u8],
        bounds: &Bounds,
        log: &mut CallLog,
        clock: &dyn Clock,
    ) -> Result<Answer, StepError> {
        let mut pumped = false;
        let ending = {
            let mut pump = std::pin::pin!(self.printed.pump(log));
            let mut talk = std::pin::pin!(talk(&mut self.requests, &mut self.answers, line, bounds.result));
            let mut late = std::pin::pin!(clock.sleep(bounds.time));
            let mut outgrown = std::pin::pin!(outgrown(self.pid, bounds.memory, clock));
            let ending = loop {
                tokio::select! {
                    biased;
                    ending = &mut talk => break ending,
                    () = &mut pump, if !pumped => pumped = true,
                    status = self.child.wait() => break Ending::Exited(status),
                    () = &mut late => break Ending::Late,
                    bytes = &mut outgrown => break Ending::Outgrown(bytes),
                }
            };
            match ending {
                Ending::Line(_) | Ending::Exited(_) => {}
                // It may be about to exit, in which case how it does says more.
                Ending::Closed => drop(timeout(LAST_WORDS_MAX, self.child.wait()).await),
                Ending::Late | Ending::Outgrown(_) => tree::kill(self.pid),
            }
            if !pumped {
                drop(timeout(LAST_WORDS_MAX, pump).await);
            }
            ending
        };
        match ending {
            Ending::Line(line) => parse(&line, bounds),
            Ending::Closed => match self.child.try_wait() {
                Ok(Some(status)) => Err(exited(Ok(status))),
                Ok(None) | Err(_) => Err(failure(ErrorKind::Crash, "ended without an answer")),
            },
            Ending::Exited(status) => Err(exited(status)),
            Ending::Late => {
                let allowed = u64::try_from(bounds.time.as_millis()).unwrap_or(u64::MAX);
                let message = format!("took longer than {}", units::duration(allowed));
                Err(failure(ErrorKind::Timeout, message))
            }
            Ending::Outgrown(used) => {
                let (used, allowed) = (
                    units::size(used.next_multiple_of(1 << 20)),
                    units::size(bounds.memory),
                );
                Err(failure(
                    ErrorKind::Limit,
                    format!("used {used}, its limit is {allowed}"),
                ))
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Once it has been waited for, its number may already be another's.
        match self.child.id() {
            Some(_) => tree::kill(self.pid),
            None => tree::kill_children(self.pid),
        }
    }
}

/// Sends a line and reads a line.
async fn talk(
    requests: &mut ChildStdin,
    answers: &mut BufReader<Receiver>,
    line: &[u8],
    result_max: u64,
) -> Ending {
    if requests.write_all(line).await.is_err() {
        return Ending::Closed;
    }
    let mut answer = Vec::new();
    let line_max = result_max.saturating_add(ENVELOPE_MAX);
    match answers.take(line_max).read_until(b'\n', &mut answer).await {
        Ok(1..) => Ending::Line(answer),
        Ok(0) | Err(_) => Ending::Closed,
    }
}

/// Returns when the processes have grown beyond `max` bytes.
async fn outgrown(pid: Pid, max: u64, clock: &dyn Clock) -> u64 {
    loop {
        clock.sleep(MEMORY_POLL).await;
        // An end of the runtime is the only error; then nobody waits for this any more.
        let used = tokio::task::spawn_blocking(move || tree::resident(pid))
            .await
            .unwrap_or(0);
        if used > max {
            return used;
        }
    }
}

fn parse(line: &[u8], bounds: &Bounds) -> Result<Answer, StepError> {
    if line.last() == Some(&b'\n') {
        serde_json::from_slice(line).map_err(|_| nonsense())
    } else if line.len() as u64 > bounds.result {
        Err(oversize(
            &format!("more than {}", units::size(bounds.result)),
            bounds,
        ))
    } else {
        Err(failure(ErrorKind::Crash, "ended in the middle of its answer"))
    }
}

fn nonsense() -> StepError {
    failure(
        ErrorKind::Crash,
        "answered something that is no answer: does the code write to descriptor 3?",
    )
}

fn oversize(size: &str, bounds: &Bounds) -> StepError {
    let allowed = units::size(bounds.result);
    failure(
        ErrorKind::Limit,
        format!("returned {size}, the limit of its result is {allowed}"),
    )
}

fn exited(status: io::Result<ExitStatus>) -> StepError {
    let message = match status.map(|status| (status.code(), status.signal())) {
        Ok((Some(code), _)) => format!("ended with exit status {code}"),
        Ok((None, Some(signal))) => format!("was killed by signal {signal}"),
        Ok((None, None)) | Err(_) => "ended without an answer".to_owned(),
    };
    failure(ErrorKind::Crash, message)
}
