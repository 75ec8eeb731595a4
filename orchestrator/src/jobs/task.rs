//! A step that is a job: from its declaration and arguments to its value.

use super::{JobError, JobName, JobState, Jobs, Secrets, Spec, Status, environment, outcome};
use crate::artifacts::{Artifacts, Stored, references};
use crate::clock::Clock;
use flow_engine::{ErrorKind, Millis, StepError};
use flow_lang::plan::Job;
use flow_lang::units;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often a job is looked at.
pub const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How many looks in a row may fail before the step does.
const POLL_FAILURES_MAX: u32 = 50;

/// How long after its time a job is waited for: its companion ends it and needs a moment for that.
const OVERDUE_MS: Millis = 60_000;

/// What is to be done.
#[derive(Clone, Debug)]
pub struct JobRequest {
    /// The installation, so that two daemons on one platform do not adopt each other's jobs.
    pub install: String,
    /// The run.
    pub run: String,
    /// The step in the run.
    pub step: String,
    /// Which try, from 1.
    pub generation: u32,
    /// The declaration.
    pub job: Job,
    /// Its name.
    pub name: String,
    /// Exactly the fields that it declares, with references.
    pub args: Value,
    /// Its files.
    pub code_dir: PathBuf,
    /// The Python of its environment.
    pub interpreter: Option<PathBuf>,
    /// Local folders of packages.
    pub packages: BTreeMap<String, PathBuf>,
    /// The values of its secrets.
    pub secrets: Secrets,
}

impl JobRequest {
    /// The name under which it is launched and found again.
    pub fn job_name(&self) -> JobName {
        JobName::new(&self.install, &self.run, &self.step, self.generation)
    }
}

/// What a job made.
#[derive(Clone, Debug, PartialEq)]
pub struct JobOutcome {
    /// The model, for a `train`.
    pub model: Option<Stored>,
    /// The record that it reports.
    pub reports: Value,
}

/// Launches a job, or adopts it if it runs or ran already, waits for it and collects what it made.
///
/// Dropping the future leaves the job running: a later call with the same request finds it. `stop` ends it. Each
/// new line of progress is given to `tell`.
///
/// # Errors
/// Why there is no value, as `catch` sees it.
pub async fn run(
    jobs: &dyn Jobs,
    artifacts: &Artifacts,
    clock: &dyn Clock,
    request: JobRequest,
    tell: &(dyn Fn(Value) + Sync),
    stop: CancellationToken,
) -> Result<JobOutcome, StepError> {
    let job = &request.job;
    let name = request.job_name();
    let localised = references::localise(artifacts, &job.input, request.args).await;
    let args = localised.map_err(outcome::artifact_error)?;
    let spec = Spec {
        command: job.command.clone(),
        code_dir: request.code_dir,
        interpreter: request.interpreter,
        env: environment::of(job, &args, &request.packages),
        args,
        cpu: job.cpu,
        memory: job.memory,
        timeout_ms: job.timeout_ms,
        secrets: request.secrets,
    };
    jobs.submit(&name, &spec).await.map_err(job_error)?;
    finish(jobs, artifacts, clock, &name, (&request.name, job), tell, stop).await
}

/// Waits for a job that was launched, perhaps by a daemon before this one, and collects what it made. Nothing of
/// what it was launched with is needed for that. `declared` is its name in the plan with its declaration.
///
/// # Errors
/// As for [`run`].
pub async fn finish(
    jobs: &dyn Jobs,
    artifacts: &Artifacts,
    clock: &dyn Clock,
    name: &JobName,
    declared: (&str, &Job),
    tell: &(dyn Fn(Value) + Sync),
    stop: CancellationToken,
) -> Result<JobOutcome, StepError> {
    let (declared, job) = declared;
    let status = wait(jobs, clock, name, job, tell, &stop).await?;
    outcome::collect(jobs, artifacts, name, job, declared, status).await
}

async fn wait(
    jobs: &dyn Jobs,
    clock: &dyn Clock,
    name: &JobName,
    job: &Job,
    tell: &(dyn Fn(Value) + Sync),
    stop: &CancellationToken,
) -> Result<Status, StepError> {
    // Counted in looks, not read off the clock: a clock that jumps must not end a job that is in time.
    let looks = |ms: Millis| ms.div_ceil(POLL_INTERVAL.as_millis() as Millis);
    let pending_looks = looks(job.pending_ms);
    let mut looks_left = looks(job.pending_ms + job.timeout_ms + OVERDUE_MS);
    let mut looked: u64 = 0;
    let mut stopping = false;
    let mut failures = 0;
    let mut told = None;
    loop {
        match jobs.poll(name).await {
            Ok(JobState::Exited(status)) => return Ok(status),
            Ok(JobState::Lost) => return Err(outcome::failed(ErrorKind::Crash, "the machine lost it")),
            Ok(JobState::Pending) if stopping => {
                return Err(outcome::failed(
                    ErrorKind::Refused,
                    "it was cancelled before it started",
                ));
            }
            Ok(JobState::Pending) if looked > pending_looks => {
                jobs.cancel(name).await.map_err(job_error)?;
                let waited = units::duration(job.pending_ms);
                return Err(outcome::failed(
                    ErrorKind::Timeout,
                    format!("it waited for a machine longer than {waited}"),
                ));
            }
            Ok(JobState::Running { progress }) => {
                failures = 0;
                if progress != told {
                    progress.iter().cloned().for_each(tell);
                    told = progress;
                }
            }
            Ok(JobState::Pending) => failures = 0,
            Err(error) if error.retry() && failures < POLL_FAILURES_MAX => failures += 1,
            Err(error) => return Err(unproved(&error.to_string())),
        }
        looked += 1;
        looks_left = looks_left.saturating_sub(1);
        if looks_left == 0 {
            jobs.cancel(name).await.map_err(job_error)?;
            return Err(unproved("its companion did not end it in time"));
        }
        if stopping {
            clock.sleep(POLL_INTERVAL).await;
            continue;
        }
        tokio::select! {
            () = clock.sleep(POLL_INTERVAL) => {}
            () = stop.cancelled() => {
                jobs.cancel(name).await.map_err(job_error)?;
                stopping = true;
                looks_left = looks(OVERDUE_MS);
            }
        }
    }
}

/// INVARIANT: a next try starts only after proof that the one before has ended, so this failure has no next try.
fn unproved(why: &str) -> StepError {
    let message = format!("nobody knows whether it still runs, so it is not tried again: {why}");
    outcome::failed(ErrorKind::Refused, message)
}

fn job_error(error: JobError) -> StepError {
    let kind = if error.retry() {
        ErrorKind::Crash
    } else {
        ErrorKind::Refused
    };
    outcome::failed(kind, error.to_string())
}
