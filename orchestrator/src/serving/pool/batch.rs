//! Requests that are predicted together.

use super::Served;
use crate::clock::Clock;
use crate::functions::{Bounds, CallLog, Failure, Request, Worker, failure};
use flow_engine::{ErrorKind, Millis, StepError};
use flow_lang::plan::batch::Batch;
use serde_json::Value;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// A request that waits for its answer.
pub(super) struct Ask {
    rows: Vec<Value>,
    bytes: u64,
    /// When it came.
    pub(super) since: Millis,
    /// It failed in company, and is tried once more on its own: the fault may be another's.
    alone: bool,
    answer: oneshot::Sender<Result<Vec<Value>, StepError>>,
}

impl Ask {
    pub(super) fn new(
        rows: Vec<Value>,
        bytes: u64,
        since: Millis,
        answer: oneshot::Sender<Result<Vec<Value>, StepError>>,
    ) -> Ask {
        Ask {
            rows,
            bytes,
            since,
            alone: false,
            answer,
        }
    }

    /// Answers it; nobody may be waiting any more, which is fine.
    pub(super) fn answer(self, answer: Result<Vec<Value>, StepError>) {
        drop(self.answer.send(answer));
    }

    /// Whether somebody still waits for it.
    pub(super) fn is_wanted(&self) -> bool {
        !self.answer.is_closed()
    }
}

/// Takes requests from the front of `queue` that fit one call. The first is taken whatever it has: what a request
/// may have alone was asked when it came.
pub(super) fn take(queue: &mut VecDeque<Ask>, room: Batch) -> Vec<Ask> {
    let mut batch: Vec<Ask> = Vec::new();
    let (mut rows, mut bytes) = (0, 0);
    while let Some(next) = queue.front() {
        rows += next.rows.len() as u64;
        bytes += next.bytes;
        let fits = room.holds(rows, bytes) && !next.alone && !batch.iter().any(|ask| ask.alone);
        if !batch.is_empty() && !fits {
            break;
        }
        batch.extend(queue.pop_front());
    }
    batch
}

/// What is left after a batch.
pub(super) struct Done {
    /// The worker, unless it broke.
    pub(super) worker: Option<Worker>,
    /// Requests to be tried again.
    pub(super) again: Vec<Ask>,
}

/// Predicts a batch and answers its requests.
pub(super) async fn predict(
    mut worker: Worker,
    mut batch: Vec<Ask>,
    served: Arc<Served>,
    clock: Arc<dyn Clock>,
) -> Done {
    let outcome = call(&mut worker, &batch, &served, clock).await;
    let (worker, error) = match outcome {
        Ok(mut answers) => {
            for ask in batch {
                let rest = answers.split_off(ask.rows.len());
                let mine = std::mem::replace(&mut answers, rest);
                ask.answer(fitting(mine, &served));
            }
            let again = Vec::new();
            return Done {
                worker: Some(worker),
                again,
            };
        }
        Err(Failure::Told(error)) => (Some(worker), error),
        Err(Failure::Broken(error)) => (None, error),
    };
    if batch.len() > 1 {
        batch.iter_mut().for_each(|ask| ask.alone = true);
        return Done { worker, again: batch };
    }
    batch.into_iter().for_each(|ask| ask.answer(Err(error.clone())));
    Done {
        worker,
        again: Vec::new(),
    }
}

/// As many answers as there are rows.
async fn call(
    worker: &mut Worker,
    batch: &[Ask],
    served: &Served,
    clock: Arc<dyn Clock>,
) -> Result<Vec<Value>, Failure> {
    let function = &served.model.function;
    let bounds = Bounds {
        time: Duration::from_millis(function.timeout_ms),
        memory: function.memory,
        result: function.result,
    };
    let mut log = open_log(served, clock.clone()).map_err(|error| {
        Failure::Told(failure(
            ErrorKind::Crash,
            format!("{}: {error}", served.log.display()),
        ))
    })?;
    let home = worker.home().to_owned();
    let request = Request {
        value: batch.iter().flat_map(|ask| ask.rows.iter().cloned()).collect(),
        key: "predict",
        attempt: 1,
        out: &home,
        result_max: function.result,
    };
    let rows = batch.iter().map(|ask| ask.rows.len()).sum::<usize>();
    match worker.call(&request, &bounds, &mut log, clock.as_ref()).await? {
        Value::Array(answers) if answers.len() == rows => Ok(answers),
        _ => Err(Failure::Broken(failure(
            ErrorKind::Crash,
            "answered something that is no list of answers",
        ))),
    }
}

fn fitting(answers: Vec<Value>, served: &Served) -> Result<Vec<Value>, StepError> {
    for answer in &answers {
        let checked = served.model.output.check(answer);
        checked.map_err(|misfit| failure(ErrorKind::Type, format!("`predict` returned {misfit}")))?;
    }
    Ok(answers)
}

/// A model prints for as long as it is live: a full log makes room by becoming the old one.
pub(super) fn open_log(served: &Served, clock: Arc<dyn Clock>) -> io::Result<CallLog> {
    let max = served.model.function.logs;
    if std::fs::metadata(&served.log).is_ok_and(|log| log.len() > max) {
        std::fs::rename(&served.log, served.log.with_extension("old.log"))?;
    }
    Ok(CallLog::new(served.log.clone(), max, clock))
}
