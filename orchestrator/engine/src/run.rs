//! A run: one walk through a graph, with the state of each step.

mod rounds;

pub use rounds::Round;

use crate::{Millis, StepError};
use flow_lang::plan::{Graph, Plan, StepIx};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which graph of the plan a run walks through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GraphRef {
    /// A rule's.
    Rule(String),
    /// A route's; such a run lives in memory only.
    Infer(String),
    /// A feedback's.
    Feedback(String),
    /// A prepare's, for one row of a dataset; such a run lives in memory only.
    Prepare(String),
}

impl GraphRef {
    /// The name of the declaration.
    pub fn name(&self) -> &str {
        match self {
            GraphRef::Rule(name)
            | GraphRef::Infer(name)
            | GraphRef::Feedback(name)
            | GraphRef::Prepare(name) => name,
        }
    }

    /// The graph in `plan`, if the plan has it.
    pub fn find<'p>(&self, plan: &'p Plan) -> Option<&'p Graph> {
        match self {
            GraphRef::Rule(name) => plan.rules.get(name).map(|rule| &rule.graph),
            GraphRef::Infer(name) => plan.infers.get(name).map(|infer| &infer.graph),
            GraphRef::Feedback(name) => plan.feedbacks.get(name).map(|feedback| &feedback.graph),
            GraphRef::Prepare(name) => plan.prepares.get(name).map(|prepare| &prepare.graph),
        }
    }
}

/// One walk through a graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The graph.
    pub graph: GraphRef,
    /// The event, or what a route was asked.
    pub input: Value,
    /// How far it is.
    pub status: Status,
    /// As many as the graph has steps, and those of the rounds.
    pub steps: Vec<State>,
    /// The rounds of each `each` so far, in the order of their states.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<Round>,
    /// When it has to be over; counted from its start.
    pub deadline: Option<Millis>,
}

impl Run {
    /// A run that waits for [`crate::Event::Start`]. `input` was checked where it came in.
    pub fn new(plan: &Plan, graph: GraphRef, input: Value) -> Run {
        let steps = graph.find(plan).map_or(0, |graph| graph.steps.len());
        Run {
            graph,
            input,
            status: Status::Pending,
            steps: vec![State::Waiting; steps],
            rounds: Vec::new(),
            deadline: None,
        }
    }

    /// When time alone will move it: the next retry, the end of a sleep, of a wait or the deadline, whichever is earliest.
    pub fn due(&self) -> Option<Millis> {
        if self.status.is_terminal() {
            return None;
        }
        let steps = self.steps.iter().filter_map(State::due);
        steps.chain(self.deadline).min()
    }

    /// Whether a step waits for a person who says what became of it.
    pub fn waits_for_a_person(&self) -> bool {
        let unknown = |state: &State| matches!(state, State::Unknown { .. });
        !self.status.is_terminal() && self.steps.iter().any(unknown)
    }

    /// The value of a step; nothing when it has none, or not yet.
    pub fn output(&self, step: StepIx) -> Option<&Value> {
        match self.steps.get(step) {
            Some(State::Done { output }) => Some(output),
            _ => None,
        }
    }
}

/// How far a run is. INVARIANT: there is no way out of `Succeeded`, `Failed` and `Cancelled`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It waits for its turn; no step has started.
    Pending,
    /// Steps are under way.
    Running {
        /// When it started.
        since: Millis,
    },
    /// All steps ended well.
    Succeeded {
        /// The value of `return`; null without one.
        output: Value,
    },
    /// A step failed for good and nothing caught it, or the deadline passed.
    Failed {
        /// What failed.
        error: StepError,
    },
    /// Somebody, or a newer event, ended it.
    Cancelled {
        /// Who or what.
        why: String,
    },
}

impl Status {
    /// Whether nothing more will happen.
    pub fn is_terminal(&self) -> bool {
        match self {
            Status::Pending | Status::Running { .. } => false,
            Status::Succeeded { .. } | Status::Failed { .. } | Status::Cancelled { .. } => true,
        }
    }
}

/// The state of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A step that it needs has not ended.
    Waiting,
    /// It was handed over and has not come back.
    Running {
        /// Which try, from 1.
        attempt: u32,
        /// How often this try was sent again after the daemon had stopped.
        resend: u32,
        /// When it was handed over.
        since: Millis,
    },
    /// A job has it.
    Parked {
        /// Which try, from 1; a new one is launched only after the end of the one before.
        generation: u32,
        /// When it was launched.
        since: Millis,
    },
    /// It lets time pass.
    Sleeping {
        /// Until when.
        until: Millis,
    },
    /// It waits for somebody outside.
    Held {
        /// Until when.
        until: Millis,
    },
    /// Its rounds are under way.
    Each {
        /// How many there will be.
        items: u64,
        /// When the first began.
        since: Millis,
    },
    /// It has a value.
    Done {
        /// The value.
        output: Value,
    },
    /// A try failed.
    Failed {
        /// Why.
        error: StepError,
        /// When it is tried again; never when absent.
        retry_at: Option<Millis>,
    },
    /// It did not have to run.
    Skipped {
        /// Why not.
        why: SkipReason,
    },
    /// The run ended before it did.
    Cancelled,
    /// What became of it is not known, and it is not sent again by itself; a person decides.
    Unknown {
        /// Which try.
        attempt: u32,
        /// Why nobody knows.
        #[serde(default)]
        why: String,
    },
}

/// Why a step did not have to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// A condition of `when` came out the other way, or a `catch` had nothing to catch.
    Guard,
    /// A required value is absent.
    Absent,
    /// A step before it failed, and a `catch` took over.
    Caught,
}

impl State {
    /// Whether the step will not move any more.
    pub fn has_ended(&self) -> bool {
        match self {
            State::Waiting
            | State::Running { .. }
            | State::Parked { .. }
            | State::Sleeping { .. }
            | State::Held { .. }
            | State::Each { .. }
            | State::Unknown { .. } => false,
            State::Failed { retry_at, .. } => retry_at.is_none(),
            State::Done { .. } | State::Skipped { .. } | State::Cancelled => true,
        }
    }

    fn due(&self) -> Option<Millis> {
        match self {
            State::Failed { retry_at, .. } => *retry_at,
            State::Sleeping { until } | State::Held { until } => Some(*until),
            State::Waiting
            | State::Running { .. }
            | State::Parked { .. }
            | State::Each { .. }
            | State::Done { .. }
            | State::Skipped { .. }
            | State::Cancelled
            | State::Unknown { .. } => None,
        }
    }
}
