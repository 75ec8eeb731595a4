//! What a finished job left: its value, or why it has none.

use super::{End, JobName, JobOutcome, Jobs, Output, Status, Stop};
use crate::artifacts::{ArtifactError, Artifacts, Stored, paths, references, tree};
use flow_engine::{ErrorKind, StepError};
use flow_lang::plan::{Job, Type};
use flow_lang::units;
use serde_json::{Value, json};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// The most bytes of a report.
const REPORT_MAX: u64 = 1 << 20;

/// The most bytes of an error's message.
const MESSAGE_MAX: usize = 1024;

/// Bytes at the end of a log that are quoted when a job fails.
const LOG_TAIL: u64 = 800;

pub(super) async fn collect(
    jobs: &dyn Jobs,
    artifacts: &Artifacts,
    name: &JobName,
    job: &Job,
    declared: &str,
    status: Status,
) -> Result<JobOutcome, StepError> {
    let log_end = || async {
        let log = jobs.log(name).await.ok();
        log.and_then(|log| tail(&log))
            .map_or_else(String::new, |tail| format!(": {tail}"))
    };
    match status.end {
        End::Exited { code: 0 } => {}
        End::Exited { code } => {
            let why = format!("`{declared}` exited with {code}{}", log_end().await);
            return Err(failed(ErrorKind::Crash, why));
        }
        End::Killed { signal } => {
            let why = format!("`{declared}` was killed by signal {signal}{}", log_end().await);
            return Err(failed(ErrorKind::Crash, why));
        }
        End::Stopped(stop) => return Err(stopped(stop, job, declared)),
        End::Unstartable { message } => {
            let why = format!("`{declared}` could not be started: {message}");
            return Err(failed(ErrorKind::Refused, why));
        }
    }
    let output = jobs.output(name).await;
    let output = output.map_err(|error| failed(ErrorKind::Crash, error.to_string()))?;
    let reports = reports(artifacts, job, declared, &output).await?;
    let model = if matches!(job.output, Type::Model { .. }) {
        Some(model(artifacts, job, declared, &output.model).await?)
    } else {
        None
    };
    Ok(JobOutcome { model, reports })
}

fn stopped(stop: Stop, job: &Job, declared: &str) -> StepError {
    match stop {
        Stop::Timeout => {
            let allowed = units::duration(job.timeout_ms);
            failed(
                ErrorKind::Timeout,
                format!("`{declared}` ran longer than {allowed}"),
            )
        }
        Stop::Memory => {
            let allowed = units::size(job.memory);
            failed(
                ErrorKind::Limit,
                format!("`{declared}` used more than {allowed} of memory"),
            )
        }
        Stop::Cancelled => failed(ErrorKind::Refused, format!("`{declared}` was cancelled")),
    }
}

async fn model(artifacts: &Artifacts, job: &Job, declared: &str, dir: &Path) -> Result<Stored, StepError> {
    let files = tree::scan(dir).map_err(artifact_error)?;
    if files.is_empty() {
        let why = format!("`{declared}` wrote no model: no file is in FLOW_MODEL_DIR");
        return Err(failed(ErrorKind::Type, why));
    }
    let size: u64 = files.values().sum();
    if let Some(max) = job.model_size.filter(|max| size > *max) {
        let (size, max) = (units::size(size), units::size(max));
        let why = format!("the model of `{declared}` has {size}, more than `model_size: {max}`");
        return Err(failed(ErrorKind::Limit, why));
    }
    artifacts.put_dir(dir).await.map_err(artifact_error)
}

async fn reports(
    artifacts: &Artifacts,
    job: &Job,
    declared: &str,
    output: &Output,
) -> Result<Value, StepError> {
    let failed_to_read =
        |error: std::io::Error| failed(ErrorKind::Crash, format!("the report of `{declared}`: {error}"));
    let mut text = Vec::new();
    if output.report.exists() {
        // The job made it, and may have made anything.
        let file = paths::open_plain(&output.report).map_err(artifact_error)?;
        file.take(REPORT_MAX + 1)
            .read_to_end(&mut text)
            .map_err(failed_to_read)?;
    }
    if text.len() as u64 > REPORT_MAX {
        let why = format!(
            "the report of `{declared}` has more than {}",
            units::size(REPORT_MAX)
        );
        return Err(failed(ErrorKind::Limit, why));
    }
    let value = match text.as_slice() {
        [] => json!({}),
        text => serde_json::from_slice(text).map_err(|error| {
            failed(
                ErrorKind::Type,
                format!("the report of `{declared}` is no JSON: {error}"),
            )
        })?,
    };
    let value = references::collect(artifacts, &job.reports, value, &output.out).await;
    let value = value.map_err(artifact_error)?;
    let misfit = |misfit| failed(ErrorKind::Type, format!("the report of `{declared}`: {misfit}"));
    job.reports.check(&value).map_err(misfit)?;
    Ok(value)
}

/// The last lines of a log as one line.
fn tail(log: &Path) -> Option<String> {
    let mut file = paths::open_plain(log).ok()?;
    let start = file.metadata().ok()?.len().saturating_sub(LOG_TAIL);
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut bytes = Vec::new();
    file.take(LOG_TAIL).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let joined = lines.collect::<Vec<_>>().join(" | ");
    (!joined.is_empty()).then_some(joined)
}

pub(super) fn artifact_error(error: ArtifactError) -> StepError {
    let kind = match &error {
        ArtifactError::TooLarge { .. } => ErrorKind::Limit,
        ArtifactError::Refused { .. }
        | ArtifactError::Archive { .. }
        | ArtifactError::NotAReference { .. } => ErrorKind::Type,
        ArtifactError::Unsupported { .. }
        | ArtifactError::NotADigest { .. }
        | ArtifactError::Unknown { .. }
        | ArtifactError::Damaged { .. }
        | ArtifactError::Changed { .. }
        | ArtifactError::Io { .. }
        | ArtifactError::Store(_) => ErrorKind::Crash,
    };
    failed(kind, error.to_string())
}

/// A failure with a message for people: one line, without control characters, within its bound.
pub(super) fn failed(kind: ErrorKind, message: impl Into<String>) -> StepError {
    let mut message: String = message.into();
    message.retain(|character| !character.is_control());
    while message.len() > MESSAGE_MAX {
        message.pop();
    }
    StepError {
        kind,
        message,
        step: String::new(),
        attempts: 0,
    }
}
