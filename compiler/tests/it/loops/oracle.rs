//! The analysis of loops against another way to the same answer: small flows are made up, and what their rules cause is
//! played with counters until nothing is left, or until it is clear that it never ends.
//!
//! Every dataset begins one row short of what each rule waits for, and every rule begins with a run: nothing can be there
//! that causes more. Fields that count are not played.

use crate::project::alone;
use flow_lang::report::{Code, Severity};
use proptest::prelude::*;
use std::fmt::Write as _;

const CASES: u32 = 1_000;
/// What ends has ended long before.
const RUNS_MAX: usize = 4_000;
/// The values of an event: `a`, `b` and `c`, one bit each.
const ANY: u8 = 0b111;

const DECLARED: &str = r#"flow made_up
type Event { k: "a" | "b" | "c" }
type Row { n: int<0..9> }
type In { x: float<0..1> }
type Out { y: float<0..1> }
trigger t0: Event
trigger t1: Event
package notes = couchdb<{ id: text<64B>, k: "a" | "b" | "c" }>
trigger noted from notes.changes
package box = objects<{ image: blob<"image/png", 1MiB> }>
trigger boxed from box.created
dataset base: Row
dataset d0: Row
dataset d1: Row
job fill({ n: int<0..9> }) { command: ["python", "scans.py"], code: "jobs", writes: [box] }
train fit({ d: dataset<Row> }) -> model<In, Out> { command: ["python", "train.py"], code: "jobs" }
model m: In -> Out { runtime: "python:3", code: "functions", entry: "predict" }
idempotent action judge({ m: model<In, Out>, d: dataset<Row> }) -> { a: float<0..1> } {
  runtime: "python:3", code: "functions", entry: "mail.notify"
}
"#;

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    Fired(usize),
    Written,
    Filled,
    Row(usize),
    Published,
    Deployed,
    Failed(usize),
}

/// For which values of an event, what, how often, and with which values.
type Causes = Vec<(u8, What, usize, u8)>;

/// `k == "a"`, or `k != "a"`.
type Condition = Option<(bool, u8)>;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// With a value that is written, or the one of the event.
    Emit(usize, Option<u8>),
    /// The value is left as it is where none is written.
    Update(Option<u8>),
    Append(usize, usize),
    Launch,
    Fill,
}

#[derive(Clone, Debug)]
struct Rule {
    on: What,
    rows: usize,
    filter: Condition,
    rate: bool,
    steps: Vec<Step>,
    /// The last one stands under a condition.
    last: Option<(Condition, Step)>,
    deploys: bool,
}

fn passes(condition: Condition) -> u8 {
    match condition {
        None => ANY,
        Some((true, k)) => 1 << k,
        Some((false, k)) => ANY & !(1 << k),
    }
}

impl Rule {
    fn has_value(&self) -> bool {
        matches!(self.on, What::Fired(_) | What::Written)
    }

    fn filter(&self) -> Condition {
        self.filter.filter(|_| self.has_value())
    }

    fn has_version(&self) -> bool {
        matches!(self.on, What::Published | What::Deployed)
    }

    /// The steps with the values of the event for which they run.
    fn guarded(&self) -> Vec<(u8, Step)> {
        let last = self
            .last
            .map(|(cond, step)| (passes(cond.filter(|_| self.has_value())), step));
        self.steps.iter().map(|step| (ANY, *step)).chain(last).collect()
    }

    /// What one run causes.
    fn causes(&self, own: usize) -> Causes {
        let mut causes = vec![(ANY, What::Failed(own), 1, ANY)];
        for (guard, step) in self.guarded() {
            let handed_on = match self.has_value() {
                true => passes(self.filter()) & guard,
                false => 1,
            };
            causes.push(match step {
                Step::Emit(trigger, value) => (
                    guard,
                    What::Fired(trigger),
                    1,
                    value.map_or(handed_on, |k| 1 << k),
                ),
                Step::Update(value) => (guard, What::Written, 1, value.map_or(ANY, |k| 1 << k)),
                Step::Append(dataset, rounds) => (guard, What::Row(dataset), rounds, ANY),
                Step::Launch => (guard, What::Published, 1, ANY),
                Step::Fill => (guard, What::Filled, 1, ANY),
            });
        }
        if self.deploys && self.has_version() {
            causes.push((ANY, What::Deployed, 1, ANY));
        }
        causes
    }

    fn text(&self, own: usize) -> String {
        let event = match self.on {
            What::Fired(trigger) => format!("t{trigger}(e)"),
            What::Written => "noted(e)".to_owned(),
            What::Filled => "boxed(e)".to_owned(),
            What::Row(dataset) => format!("d{dataset}.grew(rows: {})", self.rows),
            What::Published => "fit.published(e)".to_owned(),
            What::Deployed => "m.deployed(e)".to_owned(),
            What::Failed(rule) => format!("r{rule}.failed(e)"),
        };
        let condition = |condition: Condition| match condition {
            Some((is, k)) => format!("e.k {} \"{}\"", if is { "==" } else { "!=" }, letter(k)),
            None => "true".to_owned(),
        };
        let mut text = format!("rule r{own}: on {event}");
        if let Some(filter) = self.filter() {
            let _ = write!(text, " if {}", condition(Some(filter)));
        }
        let rate = if self.rate { ", rate: 1/h" } else { "" };
        let _ = writeln!(text, " with {{ overlap: queue{rate} }} {{");
        for (at, (_, step)) in self.guarded().into_iter().enumerate() {
            let after = if at == 0 {
                String::new()
            } else {
                format!(" after s{}", at - 1)
            };
            let id = format!("\"i{at}\"");
            let value = |value: Option<u8>| match value {
                Some(k) => format!("{{ k: \"{}\" }}", letter(k)),
                None if self.has_value() => "{ k: e.k }".to_owned(),
                None => "{ k: \"a\" }".to_owned(),
            };
            let step = match step {
                Step::Emit(trigger, k) => format!("emit t{trigger}({})", value(k)),
                Step::Update(Some(k)) => format!("notes.update({{ id: {id}, k: \"{}\" }})", letter(k)),
                Step::Update(None) => format!("notes.update({{ id: {id} }})"),
                Step::Append(dataset, rounds) => {
                    let items = vec!["1"; rounds].join(", ");
                    format!("each n in [{items}] {{ append {{ n: n }} to d{dataset}  n }}")
                }
                Step::Launch => "fit({ d: base.snapshot() })".to_owned(),
                Step::Fill => "fill({ n: 1 })".to_owned(),
            };
            match self.last.filter(|_| at == self.steps.len()) {
                Some((cond, _)) => {
                    let cond = condition(cond.filter(|_| self.has_value()));
                    let _ = writeln!(text, "  when {cond} {{ let _ = {step} }}{after}");
                }
                None => {
                    let _ = writeln!(text, "  let s{at} = {step}{after}");
                }
            }
        }
        if self.deploys && self.has_version() {
            text.push_str("  let one = judge({ m: e.model, d: base.snapshot() })\n");
            text.push_str("  when one.a > 0.5 { deploy e.model to m }\n");
        }
        text + "}\n"
    }
}

fn letter(k: u8) -> char {
    char::from(b'a' + k)
}

/// The rules that are played: one with a `rate` ends every loop that it is in.
struct Play<'r> {
    rules: &'r [Rule],
    causes: &'r [Causes],
    counted: Vec<usize>,
    open: Vec<(usize, u8)>,
}

impl Play<'_> {
    fn cause(&mut self, what: What, times: usize, values: u8) {
        for (at, rule) in self.rules.iter().enumerate() {
            if rule.rate || rule.on != what {
                continue;
            }
            let values = values & passes(rule.filter());
            if let What::Row(_) = what {
                self.counted[at] += times;
                for _ in 0..self.counted[at] / rule.rows {
                    self.open.push((at, ANY));
                }
                self.counted[at] %= rule.rows;
            } else if values != 0 {
                self.open.extend((0..times).map(|_| (at, values)));
            }
        }
    }

    fn run(&mut self, (rule, values): (usize, u8)) {
        let causes = self.causes;
        for (guard, what, times, carried) in causes[rule].iter().copied() {
            if guard & values != 0 {
                self.cause(what, times, carried);
            }
        }
    }
}

fn never_ends(rules: &[Rule]) -> bool {
    let causes: Vec<_> = rules
        .iter()
        .enumerate()
        .map(|(at, rule)| rule.causes(at))
        .collect();
    let play = |rows: fn(&Rule) -> usize, open: Vec<(usize, u8)>| Play {
        rules,
        causes: &causes,
        counted: rules.iter().map(rows).collect(),
        open,
    };
    let all = rules.iter().enumerate().filter(|(_, rule)| !rule.rate);
    let all = all.map(|(at, rule)| (at, passes(rule.filter())));
    let mut counted = play(|rule| rule.rows - 1, all.clone().collect());
    let mut runs = 0;
    while let Some(run) = counted.open.pop() {
        counted.run(run);
        runs += 1;
        if runs > RUNS_MAX {
            return true;
        }
    }
    // What a job writes is not counted: then it is enough that one run of its rule leads to the next, however many rows
    // that takes.
    all.filter(|(at, _)| {
        rules[*at]
            .guarded()
            .iter()
            .any(|(_, step)| matches!(step, Step::Fill))
    })
    .any(|(filling, values)| {
        let mut seen = vec![];
        let mut reached = vec![];
        for (guard, step) in rules[filling].guarded() {
            if let (Step::Fill, true) = (step, guard & values != 0) {
                let mut first = play(|rule| rule.rows - 1, vec![]);
                first.cause(What::Filled, 1, ANY);
                reached.extend(first.open);
            }
        }
        while let Some(run) = reached.pop() {
            if seen.contains(&run) {
                continue;
            }
            seen.push(run);
            // Each time all datasets are one row short.
            let mut next = play(|rule| rule.rows - 1, vec![]);
            next.run(run);
            reached.extend(next.open);
        }
        seen.iter().any(|(rule, values)| {
            let fills = |(guard, step): &(u8, Step)| matches!(step, Step::Fill) && guard & values != 0;
            *rule == filling && rules[*rule].guarded().iter().any(fills)
        })
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    prop::option::of((any::<bool>(), 0..3_u8))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..2_usize, prop::option::weighted(0.7, 0..3_u8)).prop_map(|(trigger, k)| Step::Emit(trigger, k)),
        2 => prop::option::weighted(0.8, 0..3_u8).prop_map(Step::Update),
        4 => (0..2_usize, 1..4_usize).prop_map(|(dataset, rounds)| Step::Append(dataset, rounds)),
        1 => Just(Step::Launch),
        1 => Just(Step::Fill),
    ]
}

fn rule(rules: usize) -> impl Strategy<Value = Rule> {
    let on = prop_oneof![
        4 => (0..2_usize).prop_map(What::Fired),
        2 => Just(What::Written),
        1 => Just(What::Filled),
        4 => (0..2_usize).prop_map(What::Row),
        1 => Just(What::Published),
        1 => Just(What::Deployed),
        1 => (0..rules).prop_map(What::Failed),
    ];
    let steps = prop::collection::vec(step(), 0..3);
    let last = prop::option::of((condition(), step()));
    (
        on,
        1..7_usize,
        condition(),
        prop::bool::weighted(0.1),
        steps,
        last,
        any::<bool>(),
    )
        .prop_map(|(on, rows, filter, rate, steps, last, deploys)| Rule {
            on,
            rows,
            filter,
            rate,
            steps,
            last,
            deploys,
        })
}

fn flow() -> impl Strategy<Value = Vec<Rule>> {
    (1..5_usize).prop_flat_map(|rules| prop::collection::vec(rule(rules), rules))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) })]

    #[test]
    fn a_loop_is_found_where_playing_it_never_ends(rules in flow()) {
        let mut text = DECLARED.to_owned();
        for (at, rule) in rules.iter().enumerate() {
            text.push_str(&rule.text(at));
        }
        let report = flowc::check(&alone(&text), "dev").report;
        let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error);
        let (loops, others): (Vec<_>, Vec<_>) = errors.partition(|finding| finding.code == Code::GraphTriggerLoop);
        let other = others.iter().find(|finding| finding.code != Code::MlUngatedDeploy);
        prop_assert!(other.is_none(), "{other:?}\n{text}");
        prop_assert_eq!(!loops.is_empty(), never_ends(&rules), "{}", text);
    }
}
