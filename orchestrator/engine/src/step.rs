//! The transition function: what one event changes, and what has to be done about it.
//!
//! An event first changes the steps that it is about; then every step whose needs have ended is decided, until
//! none is left that can be. Nothing happens at or after the deadline but the end of the run.

mod answer;
mod call;
mod end;
mod failure;
mod held;
mod resolve;
mod resume;
mod rounds;
mod settle;

pub use answer::answer;
pub use resolve::{Unresolved, resolvable};

use crate::mutants::{Bug, planted};
use crate::{Effect, ErrorKind, Event, GraphRef, Millis, Run, State, Status, StepError, Token};
use flow_lang::plan::{Graph, Plan, Step, StepIx};

/// How long a feedback may take; people wait for nothing there, so one bound does for all.
pub(crate) const FEEDBACK_DEADLINE_MS: u64 = 5 * 60_000;

/// How long a run may take with its `on failure` after it has failed.
pub(crate) const FAILURE_DEADLINE_MS: u64 = 10 * 60_000;

/// Moves `run`, which was started on `plan`, by one event. An event that does not fit the state, such as a
/// stale answer, changes nothing and has no effects.
///
/// [`Effect::Wake`] is asked for when the next thing to happen by time alone has changed, and after each start,
/// tick and restart; so one timer for a run is enough, set to the last wake that was asked for.
pub fn step(plan: &Plan, run: Run, event: Event, now: Millis) -> (Run, Vec<Effect>) {
    if run.status.is_terminal() && !planted(Bug::MovesAfterEnd) {
        return (run, Vec::new());
    }
    let due = run.due();
    let timer_is_gone = match event {
        Event::Restarted if planted(Bug::TimerLate) => false,
        Event::Start | Event::Tick | Event::Restarted => true,
        Event::Succeeded { .. }
        | Event::Failed { .. }
        | Event::Approved { .. }
        | Event::Denied { .. }
        | Event::Posted { .. }
        | Event::Resolved { .. }
        | Event::Cancel { .. } => false,
    };
    let graph = run.graph.clone();
    let graph = graph.find(plan).filter(|graph| run.fits(graph));
    let (run, mut effects) = match graph {
        Some(graph) => walk(plan, graph, run, event, now),
        None => lost(run),
    };
    let due = run.due().filter(|at| timer_is_gone || Some(*at) != due);
    if let Some(at) = due.filter(|_| !planted(Bug::TimerLost)) {
        effects.push(Effect::Wake { at });
    }
    (run, effects)
}

/// A run of a graph that the plan does not have ends alone: it must not stop others.
fn lost(mut run: Run) -> (Run, Vec<Effect>) {
    let message = format!(
        "the plan has no `{}` with the steps of this run",
        run.graph.name()
    );
    run.status = Status::Failed {
        error: StepError::new(ErrorKind::Refused, message),
    };
    (run, vec![Effect::Ended])
}

fn walk(plan: &Plan, graph: &Graph, run: Run, event: Event, now: Millis) -> (Run, Vec<Effect>) {
    let mut walk = Walk {
        plan,
        graph,
        run,
        now,
        effects: Vec::new(),
    };
    walk.take(event);
    (walk.run, walk.effects)
}

/// A run on its way through one transition.
struct Walk<'a> {
    plan: &'a Plan,
    graph: &'a Graph,
    run: Run,
    now: Millis,
    effects: Vec<Effect>,
}

impl<'a> Walk<'a> {
    /// The step at a place of the run, which has one since the run fits its graph.
    fn step(&self, ix: StepIx) -> &'a Step {
        self.run
            .step(self.graph, ix)
            .expect("each state of a run has its step in the graph")
    }
}

impl Walk<'_> {
    fn take(&mut self, event: Event) {
        match (&self.run.status, event) {
            (_, Event::Cancel { why }) => return self.cancel(why),
            (Status::Pending, Event::Start) => self.start(),
            (Status::Running { .. }, _) if self.run.deadline.is_some_and(|at| at <= self.now) => {
                self.time_out();
            }
            (Status::Running { .. }, Event::Succeeded { token, output }) => {
                self.succeeded(token, output);
                if planted(Bug::NoSuccessor) {
                    return;
                }
            }
            (Status::Running { .. }, Event::Failed { token, error }) => self.failed(token, error),
            (Status::Running { .. }, Event::Tick) => self.go_on_with_what_is_due(),
            (Status::Running { .. }, Event::Approved { step, by }) => self.approved(step, &by),
            (Status::Running { .. }, Event::Denied { step, by, message }) => self.denied(step, &by, &message),
            (Status::Running { .. }, Event::Posted { step, output }) => self.posted(step, output),
            (Status::Running { .. }, Event::Resolved { step, verdict }) => self.resolved(step, verdict),
            (Status::Running { .. }, Event::Restarted) => {
                self.send_again();
                self.go_on_with_what_is_due();
            }
            (Status::Running { .. }, Event::Start) | (Status::Pending, _) => return,
            (Status::Succeeded { .. } | Status::Failed { .. } | Status::Cancelled { .. }, _) => return,
        }
        self.settle();
    }

    fn start(&mut self) {
        self.run.status = Status::Running { since: self.now };
        let limit = match &self.run.graph {
            GraphRef::Rule(name) => self.plan.rules.get(name).and_then(|rule| rule.deadline_ms),
            GraphRef::Infer(name) => self.plan.infers.get(name).map(|infer| infer.deadline_ms),
            GraphRef::Feedback(_) => Some(FEEDBACK_DEADLINE_MS),
            GraphRef::Prepare(_) => None,
        };
        let limit = limit.filter(|_| !planted(Bug::DeadlineIgnored));
        self.run.deadline = limit.map(|ms| self.now.saturating_add(ms));
    }

    fn is_open(&self) -> bool {
        !self.run.status.is_terminal()
    }

    /// Whether `token` names the sending that the step waits for.
    fn awaits(&self, token: Token) -> bool {
        let out = self.out(token.step);
        out == Some(token) || (planted(Bug::TokenNotCompared) && out.is_some())
    }

    /// What was handed over for a step and has not come back.
    fn out(&self, step: StepIx) -> Option<Token> {
        let (attempt, resend) = match self.run.steps.get(step)? {
            State::Running { attempt, resend, .. } => (*attempt, *resend),
            State::Parked { generation, .. } => (*generation, 0),
            State::Waiting
            | State::Sleeping { .. }
            | State::Held { .. }
            | State::Each { .. }
            | State::Done { .. }
            | State::Failed { .. }
            | State::Skipped { .. }
            | State::Cancelled
            | State::Unknown { .. } => return None,
        };
        Some(Token {
            step,
            attempt,
            resend,
        })
    }
}
