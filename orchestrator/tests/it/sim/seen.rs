//! What has happened in all lives so far: a world in which something never happens proves nothing about it.

use flow_lang::plan::{Op, Plan};
use std::collections::BTreeMap;
use std::fmt;

/// What no set of lives does without. A crash is named after what the daemon was about to commit or had committed.
const SOMETIMES: [&str; 35] = [
    "a crash at: answer",
    "a crash at: approval",
    "a crash at: deploy",
    "a crash at: event",
    "a crash at: feed",
    "a crash at: letter",
    "a crash at: start",
    "a crash at: timer",
    "a crash at: turn",
    "a crash at: verdict",
    "a dead letter answered",
    "a feed gap",
    "a rate that was reached",
    "a feed paused",
    "a job adopted",
    "a run cancelled",
    "a run ended while a job of it ran",
    "a second generation of a job",
    "a second sending",
    "a second try",
    "a stale result refused",
    "a verdict of a person",
    "a word about an approval",
    "an approval that nobody gave",
    "an event known already",
    "an event sent again",
    "an item comes twice",
    "another flow in its place",
    "fault: a timeout",
    "fault: an answer that does not fit",
    "fault: done but reported as failed",
    "fault: slow",
    "fault: the clock went back",
    "fault: the clock went on",
    "rows prepared",
];

/// How often each thing was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    times: BTreeMap<String, u64>,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut times = self.times.iter();
        times.try_for_each(|(what, times)| writeln!(f, "{times:9} {what}"))
    }
}

impl Seen {
    pub(super) fn note(&mut self, what: impl Into<String>) {
        *self.times.entry(what.into()).or_default() += 1;
    }

    pub(super) fn times(&self, what: &str) -> u64 {
        self.times.get(what).copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, other: &Seen) {
        for (what, times) in &other.times {
            *self.times.entry(what.clone()).or_default() += times;
        }
    }

    /// The kinds of steps of a plan.
    pub(super) fn plan(&mut self, plan: &Plan) {
        for rule in plan.rules.values() {
            for step in &rule.graph.steps {
                self.note(format!("a step: {}", kind(&step.op)));
            }
        }
    }

    /// What has to come up in some life.
    pub(super) fn everything(&self) {
        for what in SOMETIMES {
            assert!(self.times(what) > 0, "never seen: {what}; {self:#?}");
        }
    }

    pub(super) fn all_kinds_of_steps(&self) {
        let kinds = [
            "call",
            "job",
            "ask a model",
            "package",
            "snapshot",
            "split",
            "live",
            "append",
            "deploy",
            "prepare",
            "emit",
            "sleep",
            "approval",
            "failure",
            "when",
            "catch",
            "each",
        ];
        for kind in kinds {
            let what = format!("a step: {kind}");
            assert!(self.times(&what) > 0, "never seen: {what}; {self:?}");
        }
    }
}

fn kind(op: &Op) -> &'static str {
    match op {
        Op::Invoke { .. } => "call",
        Op::Launch { .. } => "job",
        Op::Predict { .. } => "ask a model",
        Op::Act { .. } => "package",
        Op::Snapshot { .. } => "snapshot",
        Op::Split { .. } => "split",
        Op::Live { .. } => "live",
        Op::Append { .. } => "append",
        Op::Deploy { .. } => "deploy",
        Op::Prepare { .. } => "prepare",
        Op::Register { .. } => "register",
        Op::Emit { .. } => "emit",
        Op::Sleep { .. } => "sleep",
        Op::Approval { .. } => "approval",
        Op::Callback => "callback",
        Op::Await { .. } => "answer at a callback",
        Op::Failure => "failure",
        Op::When { .. } => "when",
        Op::Catch { .. } => "catch",
        Op::Each { .. } => "each",
    }
}
