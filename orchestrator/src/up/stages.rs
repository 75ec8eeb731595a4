//! Stages as lines: what a person wants to see of a flow at work, and no more.
//!
//! Steps of rules that run a job or deploy are shown one by one; everything else is counted.

use crate::cli::words;
use crate::clock::Clock;
use crate::worker::News;
use flow_engine::{Millis, State};
use flow_lang::plan::{Op, Plan, Type};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;

/// A count or a progress of one thing is shown at most this often.
pub(super) const REPEAT_MS: Millis = 2_000;
/// Columns of a line's subject.
const SUBJECT_WIDTH: usize = 10;

/// Prints stages.
pub(super) struct Stages {
    out: Box<dyn Write + Send>,
    clock: Arc<dyn Clock>,
    began: Millis,
    /// Rules whose steps are shown.
    shown: BTreeSet<String>,
    /// Runs that went well, of the rules that do something with a package.
    counted: BTreeMap<String, u64>,
    /// Steps that are jobs or conditions, by rule.
    ops: BTreeMap<(String, String), Op>,
    /// When a count was shown last.
    last: BTreeMap<String, Millis>,
    /// What a count came to since.
    held: BTreeMap<String, String>,
}

impl Stages {
    pub(super) fn new(out: Box<dyn Write + Send>, clock: Arc<dyn Clock>, plans: &[&Plan]) -> Stages {
        let began = clock.now();
        let mut stages = Stages {
            out,
            clock,
            began,
            shown: BTreeSet::new(),
            counted: BTreeMap::new(),
            ops: BTreeMap::new(),
            last: BTreeMap::new(),
            held: BTreeMap::new(),
        };
        stages.know(plans);
        stages
    }

    /// Takes in plans that are new. Runs of older ones go on, so what is known of those stays.
    pub(super) fn know(&mut self, plans: &[&Plan]) {
        let rules = || plans.iter().flat_map(|plan| &plan.rules);
        let graphs = || rules().map(|(name, rule)| (name, &rule.graph));
        let long = |op: &Op| matches!(op, Op::Launch { .. } | Op::Deploy { .. });
        let shown = graphs().filter(|(_, graph)| graph.steps.iter().any(|step| long(&step.op)));
        self.shown.extend(shown.map(|(name, _)| name.clone()));
        let acts = |op: &Op| matches!(op, Op::Act { .. });
        let counted = graphs().filter(|(_, graph)| graph.steps.iter().any(|step| acts(&step.op)));
        for (name, _) in counted {
            self.counted.entry(name.clone()).or_default();
        }
        let steps = graphs().flat_map(|(name, graph)| graph.steps.iter().map(move |step| (name, step)));
        let ops = steps.map(|(name, step)| ((name.clone(), step.name.clone()), step.op.clone()));
        self.ops.extend(ops);
    }

    /// A text as it is.
    pub(super) fn print(&mut self, text: &str) {
        // A terminal that has gone away is no reason to stop.
        drop(self.out.write_all(text.as_bytes()));
        drop(self.out.flush());
    }

    /// One line: the time since the start, a subject, a text.
    pub(super) fn say(&mut self, subject: &str, text: &str) {
        let since = self.clock.now().saturating_sub(self.began);
        let (seconds, tenths) = (since / 1_000, since % 1_000 / 100);
        // A terminal that has gone away is no reason to stop.
        drop(writeln!(
            self.out,
            "{seconds:>4}.{tenths}s  {subject:<SUBJECT_WIDTH$}  {text}"
        ));
        drop(self.out.flush());
    }

    pub(super) fn tell(&mut self, news: &News) {
        self.told(news);
        self.catch_up();
    }

    /// Shows what counts came to that have not been shown for a while, so that the last word on each is right.
    pub(super) fn catch_up(&mut self) {
        let now = self.clock.now();
        let due = |subject: &str| self.last.get(subject).is_none_or(|last| now >= last + REPEAT_MS);
        let (due, held) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(|(subject, _)| due(subject));
        self.held = held;
        for (subject, text) in BTreeMap::into_iter(due) {
            self.last.insert(subject.clone(), now);
            self.say(&subject, &text);
        }
    }

    fn told(&mut self, news: &News) {
        match news {
            News::Events { .. } => {}
            News::RunStarted { graph, .. } if self.shown.contains(graph) => self.say(graph, "started"),
            News::RunStarted { .. } => {}
            News::Step {
                run,
                graph,
                step,
                state,
            } if self.shown.contains(graph) => self.step(run, graph, step, state),
            News::Step { .. } => {}
            News::RunEnded {
                graph,
                error: Some(error),
                run,
            } => {
                self.say(
                    graph,
                    &format!("run {run} failed at `{}`: {}", error.step, error.message),
                );
            }
            News::RunEnded {
                graph, error: None, ..
            } if self.shown.contains(graph) => self.say(graph, "ended"),
            News::RunEnded { graph, .. } => {
                if let Some(count) = self.counted.get_mut(graph) {
                    *count += 1;
                    let text = format!("{count} runs");
                    self.count(graph, text);
                }
            }
            News::Rows { dataset, rows } => self.count(dataset, format!("{rows} rows")),
            News::Progress { job, line, .. } => self.count(job, words::record(line)),
            News::Live { name, model, score } => {
                self.flush();
                let score = score
                    .as_ref()
                    .map(|score| format!(", {}", words::record(score)))
                    .unwrap_or_default();
                self.say(
                    "live",
                    &format!("{name} is live: {}@{}{score}", model.train, model.version),
                );
            }
        }
    }

    fn step(&mut self, run: &str, rule: &str, step: &str, state: &State) {
        self.flush();
        let op = self.ops.get(&(rule.to_owned(), without_rounds(step).to_owned()));
        let text = match (op, state) {
            (Some(Op::Launch { job, .. }), State::Parked { generation: 1, .. }) => {
                format!("job `{job}` launched")
            }
            (Some(Op::Launch { job, .. }), State::Parked { generation, .. }) => {
                format!("job `{job}` launched again, try {generation}")
            }
            (Some(Op::When { .. }), State::Done { output }) => {
                if output == &Value::Bool(true) {
                    "holds".into()
                } else {
                    "does not hold".into()
                }
            }
            (Some(Op::Catch { .. } | Op::Each { .. } | Op::Failure), _) => return,
            (Some(Op::Live { .. }), State::Done { output: Value::Null }) => "nothing is live yet".into(),
            (_, State::Done { output }) => words::value(output),
            (
                _,
                State::Failed {
                    error,
                    retry_at: Some(_),
                },
            ) => format!("failed, will be tried again: {}", error.message),
            (
                _,
                State::Failed {
                    error,
                    retry_at: None,
                },
            ) => format!("failed: {}", error.message),
            (Some(Op::Approval { group, .. }), State::Held { .. }) => {
                format!("waits for an approval of `{group}`: flowd approve {run} {step}")
            }
            (Some(Op::Await { .. }), State::Held { .. }) => "waits for its callback".to_owned(),
            (_, State::Held { .. }) => return,
            (_, State::Unknown { why, .. }) => format!("its outcome is not known: {why}"),
            (
                _,
                State::Waiting
                | State::Running { .. }
                | State::Parked { .. }
                | State::Sleeping { .. }
                | State::Each { .. }
                | State::Skipped { .. }
                | State::Cancelled,
            ) => {
                return;
            }
        };
        self.say(rule, &format!("{step}: {text}"));
    }

    /// A number that grows: shown when it has not been shown for a while.
    fn count(&mut self, subject: &str, text: String) {
        let now = self.clock.now();
        let due = self.last.get(subject).is_none_or(|last| now >= last + REPEAT_MS);
        if due {
            self.last.insert(subject.to_owned(), now);
            self.held.remove(subject);
            self.say(subject, &text);
        } else {
            self.held.insert(subject.to_owned(), text);
        }
    }

    /// Shows what counts came to, before something that follows from them.
    fn flush(&mut self) {
        for (subject, text) in std::mem::take(&mut self.held) {
            self.say(&subject, &text);
        }
    }
}

/// What a plan holds: `2 actions, 1 train, 5 rules`.
pub(super) fn contents(plan: &Plan) -> String {
    let counted = [
        (plan.triggers.len(), "trigger"),
        (plan.actions.len(), "action"),
        (plan.jobs.len(), "job"),
        (plan.datasets.len(), "dataset"),
        (plan.models.len(), "model"),
        (plan.infers.len(), "route"),
        (plan.rules.len(), "rule"),
    ];
    let counted = counted.iter().filter(|(count, _)| *count > 0);
    let words: Vec<_> = counted
        .map(|(count, word)| format!("{count} {word}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    words.join(", ")
}

/// The routes of a plan, with what a request of theirs looks like on the command line.
pub(super) fn routes(plan: &Plan) -> impl Iterator<Item = (&str, &str, String)> {
    plan.infers.values().map(|infer| {
        let fields = infer.graph.input.fields().into_iter().flatten();
        let files: Vec<_> = fields
            .filter(|(_, field)| matches!(field.ty.present(), Type::Blob { .. }))
            .map(|(name, _)| format!("-F {name}=@FILE"))
            .collect();
        let form = if files.is_empty() {
            "-d JSON".to_owned()
        } else {
            files.join(" ")
        };
        (infer.method.as_str(), infer.path.as_str(), form)
    })
}

/// The name of a step without the numbers of the rounds that it is in: `fit` of `fit.2`.
fn without_rounds(name: &str) -> &str {
    let mut name = name;
    while let Some((before, number)) = name.rsplit_once('.')
        && number.bytes().all(|c| c.is_ascii_digit())
    {
        name = before;
    }
    name
}
