//! What happened, for those who watch: `flowd up` prints it. News are not durable; the log is.

use flow_engine::{State, StepError};
use flow_lang::plan::ModelRef;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::broadcast;

/// News that a slow reader may be behind; older ones are dropped for it.
const NEWS_MAX: usize = 4_096;

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum News {
    /// A feed or a person fired a trigger so many times.
    Events {
        /// `trigger/labelled`, …
        source: String,
        /// How many in this group.
        count: u64,
    },
    /// A run started.
    RunStarted {
        /// Its id.
        run: String,
        /// The rule or feedback.
        graph: String,
    },
    /// A step of a run changed.
    Step {
        /// The run.
        run: String,
        /// The rule or feedback.
        graph: String,
        /// The step.
        step: String,
        /// Its new state.
        state: State,
    },
    /// A run ended.
    RunEnded {
        /// Its id.
        run: String,
        /// The rule or feedback.
        graph: String,
        /// What failed, if it failed.
        error: Option<StepError>,
    },
    /// A dataset has grown to so many rows.
    Rows {
        /// The dataset.
        dataset: String,
        /// All its rows.
        rows: u64,
    },
    /// A version went live.
    Live {
        /// The model's name.
        name: String,
        /// The version.
        model: ModelRef,
        /// What its evaluation answered, if it had one: a record.
        score: Option<Value>,
    },
    /// A line of progress from a job.
    Progress {
        /// The run.
        run: String,
        /// The step.
        step: String,
        /// The job.
        job: String,
        /// What it said: a record.
        line: Value,
    },
}

/// Where news come from and go to.
#[derive(Clone, Debug)]
pub struct Newsroom {
    send: broadcast::Sender<News>,
    /// The last line of progress of each job that is under way, by run and step.
    progress: Arc<Mutex<BTreeMap<(String, String), Value>>>,
}

impl Default for Newsroom {
    fn default() -> Newsroom {
        Newsroom {
            send: broadcast::channel(NEWS_MAX).0,
            progress: Arc::default(),
        }
    }
}

impl Newsroom {
    /// Tells it to all who listen now.
    pub fn tell(&self, news: News) {
        self.note(&news);
        // No listener is no failure: the log has it.
        drop(self.send.send(news));
    }

    /// What the job of a step has said last, while it is under way.
    pub fn progress(&self, run: &str, step: &str) -> Option<Value> {
        self.lines().get(&(run.to_owned(), step.to_owned())).cloned()
    }

    fn note(&self, news: &News) {
        match news {
            News::Progress { run, step, line, .. } => {
                self.lines().insert((run.clone(), step.clone()), line.clone());
            }
            News::Step {
                run,
                step,
                state:
                    State::Done { .. }
                    | State::Failed { .. }
                    | State::Skipped { .. }
                    | State::Cancelled
                    | State::Unknown { .. },
                ..
            } => drop(self.lines().remove(&(run.clone(), step.clone()))),
            News::RunEnded { run, .. } => self.lines().retain(|(of, _), _| of != run),
            News::Step { .. }
            | News::Events { .. }
            | News::RunStarted { .. }
            | News::Rows { .. }
            | News::Live { .. } => {}
        }
    }

    fn lines(&self) -> MutexGuard<'_, BTreeMap<(String, String), Value>> {
        self.progress
            .lock()
            .expect("nothing panics while it holds the lines")
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<News> {
        self.send.subscribe()
    }
}
