//! The text of a random flow. Rules are in an order in which each only causes what later ones hear, so that no loop
//! is without an end.

use flowd::sim::Dice;
use std::fmt::Write as _;

const DEPTH_MAX: u32 = 2;

const DECLARED: &str = r#"flow town
type Event { k: "a" | "b" | "c", n: int<0..9>, who: private text<64B>? }
type Row { n: int<0..9> }
type In { x: float<0..1> }
type Out { y: float<0..1> }
trigger t0: Event
trigger t1: Event
trigger t2: Event
package notes = couchdb<{ id: text<64B>, k: "a" | "b" | "c" }>
trigger noted from notes.changes
package box = objects<{ image: blob<"image/png", 1MiB> }>
trigger boxed from box.created
dataset base: Row
dataset d0: Row
dataset d1: Row
pure action p({ n: int<0..9> }) -> { v: int<0..9> } { runtime: "python:3", code: "functions", entry: "act.act" }
idempotent action i({ n: int<0..9> }) -> { v: int<0..9> } { runtime: "python:3", code: "functions", entry: "act.act", attempts: 4 }
action a({ n: int<0..9> }) -> { v: int<0..9> } { runtime: "python:3", code: "functions", entry: "act.act" }
once action o({ n: int<0..9> }) -> { v: int<0..9> } { runtime: "python:3", code: "functions", entry: "act.act" }
idempotent action judge({ m: model<In, Out>, d: dataset<Row> }) -> { a: float<0..1> } { runtime: "python:3", code: "functions", entry: "act.act" }
job fill({ n: int<0..9> }) { command: ["python", "job.py"], code: "jobs", attempts: 2 }
train fit({ d: dataset<Row> }) -> model<In, Out> { command: ["python", "job.py"], code: "jobs", attempts: 3, reports: { loss: float } }
model m: In -> Out { runtime: "python:3", code: "functions", entry: "predict" }
prepare clean(Row) -> Row { let seen = p({ n: n })  return { n: seen.v } }
"#;

/// What a rule waits for. Each stands behind all that causes it.
const HEARD: [&str; 9] = [
    "t0(e)",
    "noted(e)",
    "boxed(e)",
    "t1(e)",
    "t2(e)",
    "d0.grew(rows: 2)",
    "d1.grew(rows: 3)",
    "fit.published(e)",
    "m.deployed(e)",
];

pub(super) fn random(dice: &mut Dice) -> String {
    let mut text = DECLARED.to_owned();
    text.push_str("rule base_rows: on t0(e) with { overlap: parallel } { append { n: e.n } to base }\n");
    let rules = dice.within(1, 4);
    let mut heard: Vec<usize> = (0..rules).map(|_| dice.index(HEARD.len())).collect();
    heard.sort_unstable();
    // Nobody fires what only others cause, so the first is always one that is fired.
    heard[0] = dice.index(3);
    for (rule, heard) in heard.into_iter().enumerate() {
        let budget = dice.within(1, 9);
        let mut maker = Maker {
            dice,
            heard,
            text: String::new(),
            names: 0,
            values: vec![],
            once: vec![],
            budget,
        };
        maker.rule(rule);
        text.push_str(&maker.text);
    }
    if dice.chance(25) {
        text.push_str("rule alarm: on r0.failed(e) with { overlap: parallel } { i({ n: 1 }) }\n");
    }
    if dice.chance(15) {
        text.push_str("rule first: on flow.deployed { p({ n: 7 }) }\n");
    }
    text
}

struct Maker<'d> {
    dice: &'d mut Dice,
    heard: usize,
    text: String,
    names: usize,
    /// Numbers that can be read here.
    values: Vec<String>,
    /// What this rule does already, and may do once.
    once: Vec<String>,
    budget: u64,
}

impl Maker<'_> {
    fn rule(&mut self, rule: usize) {
        let on = HEARD[self.heard];
        let _ = write!(self.text, "rule r{rule}: on {on}");
        if self.has_number() {
            self.values.push("e.n".to_owned());
            if self.dice.chance(20) {
                self.text.push_str(" if e.n > 2");
            }
        }
        let overlap = self
            .dice
            .pick(&["queue", "queue", "skip", "cancel", "parallel", "parallel"]);
        let _ = write!(self.text, " with {{ overlap: {overlap}");
        if self.dice.chance(20) {
            self.text
                .push_str(self.dice.pick(&[", rate: 1/m", ", rate: 2/m", ", rate: 3/h"]));
        }
        if self.dice.chance(25) {
            self.text.push_str(
                self.dice
                    .pick(&[", deadline: 30s", ", deadline: 5m", ", deadline: 1h"]),
            );
        }
        self.text.push_str(" } {\n");
        self.block(0, 1);
        if self.dice.chance(20) {
            self.text.push_str("  on failure(err) { i({ n: 2 }) }\n");
        }
        self.text.push_str("}\n");
    }

    fn has_number(&self) -> bool {
        matches!(HEARD[self.heard], "t0(e)" | "t1(e)" | "t2(e)")
    }

    fn has_model(&self) -> bool {
        matches!(HEARD[self.heard], "fit.published(e)" | "m.deployed(e)")
    }

    /// Whether this rule may cause what this one hears: only what stands behind it.
    fn may(&mut self, cause: &str) -> bool {
        let behind = HEARD
            .iter()
            .position(|heard| *heard == cause)
            .is_none_or(|at| at > self.heard);
        let first = !self.once.iter().any(|done| done == cause);
        behind && first
    }

    fn block(&mut self, depth: u32, indent: usize) {
        let known = self.values.len();
        let lines = self.dice.within(1, 3);
        for line in 0..lines {
            if self.budget == 0 && line > 0 {
                break;
            }
            self.budget = self.budget.saturating_sub(1);
            self.line(depth, indent);
        }
        self.values.truncate(known);
    }

    fn line(&mut self, depth: u32, indent: usize) {
        let pad = "  ".repeat(indent);
        let (name, n) = (self.name(), self.number());
        let within = self.once.iter().any(|done| done == "each");
        match self.dice.below(20) {
            0..=4 => self.call(&pad, &name, &n),
            5 => {
                let dataset = if self.dice.chance(50) && self.may("d0.grew(rows: 2)") {
                    "d0"
                } else {
                    "d1"
                };
                match self.dice.chance(80) || within {
                    _ if HEARD[self.heard].starts_with('d') || self.has_model() => self.call(&pad, &name, &n),
                    _ if self.heard >= 5 && dataset == "d0" => self.call(&pad, &name, &n),
                    _ => {
                        let _ = writeln!(self.text, "{pad}append {{ n: {n} }} to {dataset}");
                    }
                }
            }
            6 | 7 if !within && self.may("t1(e)") => self.emit(&pad, "t1", &n),
            6 | 7 if !within && self.may("t2(e)") => self.emit(&pad, "t2", &n),
            8 if !within && self.may("fit.published(e)") && depth == 0 => self.train(&pad, &name),
            9 => {
                let _ = writeln!(self.text, "{pad}fill({{ n: {n} }})");
            }
            10 => {
                let wait = self.dice.pick(&["1s", "20s", "2m", "10m"]);
                let after = self.name();
                let _ = writeln!(
                    self.text,
                    "{pad}let {name} = sleep {wait}\n{pad}let {after} = i({{ n: {n} }}) after {name}"
                );
                self.values.push(format!("{after}.v"));
            }
            11 if !within => {
                let wait = self.dice.pick(&["1m", "10m"]);
                let _ = writeln!(
                    self.text,
                    "{pad}let {name} = wait approval(\"leads\", {wait})\n{pad}a({{ n: {n} }}) after {name}"
                );
            }
            12 | 13 if depth < DEPTH_MAX => {
                let _ = writeln!(self.text, "{pad}when {n} > 4 {{");
                self.block(depth + 1, indent + 1);
                if self.dice.chance(50) {
                    let _ = writeln!(self.text, "{pad}}} else {{");
                    self.block(depth + 1, indent + 1);
                }
                let _ = writeln!(self.text, "{pad}}}");
            }
            14 | 15 if depth < DEPTH_MAX && !within => self.each(depth, indent),
            16 => {
                let what = self.dice.pick(&["a", "i", "o"]);
                let arm = match self.dice.chance(50) {
                    true => "{ v: 3 }".to_owned(),
                    false => "p({ n: 1 })".to_owned(),
                };
                let _ = writeln!(
                    self.text,
                    "{pad}let {name} = {what}({{ n: {n} }}) catch err => {arm}"
                );
                self.values.push(format!("{name}.v"));
            }
            17 => {
                let _ = writeln!(
                    self.text,
                    "{pad}let {name} = m({{ x: 0.5 }}) catch err => {{ y: 0.1 }}"
                );
            }
            18 if !within && HEARD[self.heard] != "noted(e)" && self.may("notes") => {
                self.once.push("notes".to_owned());
                match matches!(self.heard, 0 | 2) {
                    true => {
                        let _ = writeln!(self.text, "{pad}notes.update({{ id: \"x\", k: \"a\" }})");
                    }
                    false => self.call(&pad, &name, &n),
                }
            }
            19 if !within && depth == 0 && self.may("whole") && self.heard < 6 => {
                self.once.push("whole".to_owned());
                let _ = writeln!(self.text, "{pad}append clean(base.snapshot()) to d1");
            }
            _ => self.call(&pad, &name, &n),
        }
    }

    fn call(&mut self, pad: &str, name: &str, n: &str) {
        let what = self.dice.pick(&["p", "p", "i", "i", "a", "o"]);
        let _ = writeln!(self.text, "{pad}let {name} = {what}({{ n: {n} }})");
        self.values.push(format!("{name}.v"));
    }

    fn emit(&mut self, pad: &str, trigger: &str, n: &str) {
        self.once.push(format!("{trigger}(e)"));
        let k = self.dice.pick(&["a", "b", "c"]);
        let _ = writeln!(self.text, "{pad}emit {trigger}({{ k: \"{k}\", n: {n} }})");
    }

    fn train(&mut self, pad: &str, name: &str) {
        self.once.push("fit.published(e)".to_owned());
        let (score, live) = (self.name(), self.name());
        let _ = writeln!(
            self.text,
            "{pad}let {name} = fit({{ d: base.snapshot() }})\n\
             {pad}let {score} = judge({{ m: {name}, d: base.split(test: 20%).test }})\n\
             {pad}let {live} = judge({{ m: m.live, d: base.snapshot() }})\n\
             {pad}when {score}.a > 0.3 and {score}.a >= ({live}.a ?? 0.0) {{ deploy {name} to m }}"
        );
    }

    /// What is made inside is out of sight behind it.
    fn each(&mut self, depth: u32, indent: usize) {
        let pad = "  ".repeat(indent);
        let (name, item) = (self.name(), format!("q{}", self.names));
        let parallel = self.dice.pick(&["", " parallel 2", " parallel 3"]);
        let numbers = self.number();
        let _ = writeln!(
            self.text,
            "{pad}let {name} = each {item} in [1, {numbers}, 7]{parallel} {{"
        );
        let known = self.values.len();
        self.once.push("each".to_owned());
        self.values.push(item.clone());
        self.block(depth + 1, indent + 1);
        let _ = writeln!(self.text, "{pad}  {item}\n{pad}}}");
        self.values.truncate(known);
        self.once.retain(|done| done != "each");
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("s{}", self.names)
    }

    fn number(&mut self) -> String {
        if self.values.is_empty() || self.dice.chance(25) {
            return self.dice.below(10).to_string();
        }
        self.dice.pick(&self.values)
    }
}
