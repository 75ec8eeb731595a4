//! Functions as processes on this machine, kept warm.

use super::failure::failure;
use super::launcher::{Kind, Launcher};
use super::log::CallLog;
use super::warm::{Identity, Place, Warm};
use super::worker::{Bounds, Failure, Request, Worker};
use super::{Call, Functions, Progress};
use crate::artifacts::{ArtifactError, Artifacts, references};
use crate::clock::Clock;
use crate::redact::{Redaction, Secrets};
use crate::seal::SealError;
use flow_engine::{ErrorKind, Millis, StepError};
use flow_lang::plan::Function;
use flow_lang::units;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long a worker waits for its next call before it is ended.
pub const IDLE_MAX: Duration = Duration::from_secs(5 * 60);
/// How often workers are looked at for that.
const REAP_EVERY: Duration = Duration::from_secs(30);

/// Functions as processes on this machine.
pub struct ProcessFunctions {
    launcher: Arc<Launcher>,
    artifacts: Arc<Artifacts>,
    warm: Arc<Warm>,
    closed: CancellationToken,
    _guard: DropGuard,
}

impl ProcessFunctions {
    /// Starts workers with `launcher`; what they are given and what they make are `artifacts`. Has to be called
    /// inside a runtime.
    pub fn new(launcher: Arc<Launcher>, artifacts: Arc<Artifacts>) -> ProcessFunctions {
        let closed = CancellationToken::new();
        let warm = Arc::new(Warm::default());
        let reaping = reap(warm.clone(), launcher.clock().clone());
        let end = closed.clone();
        tokio::spawn(async move { end.run_until_cancelled(reaping).await });
        ProcessFunctions {
            launcher,
            artifacts,
            warm,
            _guard: closed.clone().drop_guard(),
            closed,
        }
    }

    async fn run(&self, mut call: Call) -> Result<Value, StepError> {
        let opened = call.seal.open(&call.input, call.args.take());
        call.args = opened.map_err(|error| {
            let kind = match error {
                SealError::OtherKey => ErrorKind::Refused,
                SealError::Misfit => ErrorKind::Type,
            };
            failure(kind, error.to_string())
        })?;
        fits_payload(&call)?;
        // A call that waits for its turn holds no file open: a thousand of them would be all that a process has.
        let place = self.warm.place(Identity::of(&call)).await;
        let redaction = call.secrets.redaction();
        let seal = call.is_private().then(|| Arc::clone(&call.seal));
        let log = CallLog::new(
            call.log.clone(),
            call.function.logs,
            self.launcher.clock().clone(),
        );
        let mut log = log.guarded(redaction.clone(), seal.clone());
        let name = call.name.clone();
        let outcome = self.exchange(call, place, &redaction, &mut log).await;
        outcome.map_err(|error| match seal {
            None => failure(error.kind, redaction.text(&error.message)),
            // What the code says about a failure may be what it was given.
            Some(_) => {
                log.tell(&error.message);
                let message = format!("withheld: `{name}` reads private data; its log has it");
                failure(error.kind, message)
            }
        })
    }

    /// Lets a worker make the call.
    async fn exchange(
        &self,
        call: Call,
        place: Place,
        redaction: &Redaction,
        log: &mut CallLog,
    ) -> Result<Value, StepError> {
        let clock = self.launcher.clock();
        let io_error = |error: std::io::Error| failure(ErrorKind::Crash, error.to_string());
        let out = self.launcher.scratch("out-").map_err(io_error)?;
        let args = references::localise(&self.artifacts, &call.input, call.args).await;
        let request = Request {
            value: with_secrets(args.map_err(misplaced)?, &call.secrets),
            key: &call.key,
            attempt: call.attempt,
            out: out.path(),
            result_max: call.function.result,
        };
        let bounds = Bounds {
            time: Duration::from_millis(call.function.timeout_ms),
            memory: call.function.memory,
            result: call.function.result,
        };
        let mut worker = match self.warm.take(&place) {
            Some(worker) => worker,
            None => {
                self.launcher
                    .start(&call.function, &Kind::Action, &call.code_dir, log)
                    .await?
            }
        };
        let answer = worker.call(&request, &bounds, log, clock.as_ref()).await;
        self.keep(place, worker, &answer);
        let answer = redaction.value(answer?);
        let result = references::collect(&self.artifacts, &call.output, answer, out.path()).await;
        let mut result = result.map_err(misplaced)?;
        call.output
            .admit(&result)
            .map_err(|misfit| failure(ErrorKind::Type, format!("returned {misfit}")))?;
        call.seal.seal(&call.output, &mut result);
        Ok(result)
    }

    fn keep(&self, place: Place, worker: Worker, answer: &Result<Value, Failure>) {
        match answer {
            Ok(_) | Err(Failure::Told(_)) => {
                worker.kill_strays();
                self.warm.put(place, worker, self.launcher.clock().now());
            }
            Err(Failure::Broken(_)) => {}
        }
    }
}

#[async_trait::async_trait]
impl Functions for ProcessFunctions {
    async fn invoke(&self, call: Call, stop: CancellationToken) -> Result<Value, StepError> {
        // Dropping a run drops its worker, which kills it.
        tokio::select! {
            result = self.run(call) => result,
            () = stop.cancelled() => Err(failure(ErrorKind::Crash, "was stopped")),
            () = self.closed.cancelled() => Err(failure(ErrorKind::Crash, "was stopped: the daemon ends")),
        }
    }

    async fn ready(&self, function: &Function, progress: &Progress<'_>) -> Result<(), StepError> {
        self.launcher.ready(function, progress).await.map(drop)
    }

    async fn close(&self) {
        self.closed.cancel();
        self.warm.reap(Millis::MAX);
    }
}

async fn reap(warm: Arc<Warm>, clock: Arc<dyn Clock>) {
    let idle = u64::try_from(IDLE_MAX.as_millis()).unwrap_or(u64::MAX);
    loop {
        clock.sleep(REAP_EVERY).await;
        if let Some(since) = clock.now().checked_sub(idle) {
            warm.reap(since);
        }
    }
}

fn fits_payload(call: &Call) -> Result<(), StepError> {
    let bytes = call.secrets.size_with(&call.args);
    let allowed = call.function.payload;
    if bytes <= allowed {
        return Ok(());
    }
    let (bytes, allowed) = (units::size(bytes), units::size(allowed));
    Err(failure(
        ErrorKind::Limit,
        format!("was called with {bytes}, the limit of its payload is {allowed}"),
    ))
}

fn with_secrets(args: Value, secrets: &Secrets) -> Value {
    match args {
        Value::Object(mut args) => {
            let secrets = secrets.iter();
            args.extend(secrets.map(|(name, secret)| (name.clone(), Value::String(secret.clone()))));
            Value::Object(args)
        }
        other => other,
    }
}

fn misplaced(error: ArtifactError) -> StepError {
    let kind = match &error {
        ArtifactError::TooLarge { .. } => ErrorKind::Limit,
        error if error.retry() => ErrorKind::Crash,
        _ => ErrorKind::Type,
    };
    failure(kind, error.to_string())
}
