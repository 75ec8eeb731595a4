//! The arms of a `when` whose condition always comes to the other, and an `each` over a list that is always empty.
//!
//! A `prepare` is laid into every graph that calls it. What stands in it is told only if it can run in none of them.

use crate::lower::type_weight;
use crate::rules::Subject;
use crate::rules::known::{Known, Scope, Truth, reads_input, why_never};
use flow_lang::plan::{Expr, Graph, Op, StepIx};
use flow_lang::report::{Code, Finding, Report};
use flow_lang::span::Span;
use std::collections::BTreeMap;

/// The most parts of inputs that are looked at for the conditions of one graph. In a larger one nothing is told.
const LOOKS_MAX: usize = 100_000;

/// The arms of a `when`: the mark of each, what the condition comes to for it, and what is told when it never does.
const ARMS: [(&str, bool, &str, &str); 2] = [
    (
        "then",
        true,
        "this never holds, so what stands under it never runs",
        "block",
    ),
    (
        "else",
        false,
        "this always holds, so its `else` never runs",
        "`else`",
    ),
];

/// Blocks by their places, each with what is wrong with it; nothing for one that may run.
#[derive(Default)]
pub(super) struct Arms {
    told: BTreeMap<Span, Option<Finding>>,
}

impl Arms {
    /// Looks through a graph in which the input is what `filter` lets pass.
    pub(super) fn look(
        &mut self,
        subject: &Subject<'_>,
        owner: &str,
        graph: &Graph,
        filter: Option<&Expr>,
        starts: bool,
    ) {
        let decides = |op: &Op| matches!(op, Op::When { .. });
        let conditions = graph.steps.iter().filter(|step| decides(&step.op)).count();
        if conditions.saturating_mul(type_weight(&graph.input)) > LOOKS_MAX {
            return;
        }
        let mut input = Known::of_type(&graph.input);
        if let Some(filter) = filter {
            input.narrow(filter, true);
        }
        let mut walk = Walk {
            subject,
            owner,
            graph,
            scope: Scope::new(input.clone(), &graph.steps),
            input,
            decided: Vec::with_capacity(graph.steps.len()),
        };
        for ix in 0..graph.steps.len() {
            let inside = starts && walk.may_run(ix);
            let blocks = walk.blocks(ix);
            if !inside {
                continue;
            }
            for (span, never) in blocks {
                match never {
                    None => {
                        self.told.insert(span, None);
                    }
                    Some(finding) => {
                        self.told.entry(span).or_insert(Some(finding));
                    }
                }
            }
        }
    }

    /// Tells what can run nowhere.
    pub(super) fn tell(self, report: &mut Report) {
        report.findings.extend(self.told.into_values().flatten());
    }
}

/// A way through the steps of one graph.
struct Walk<'a> {
    subject: &'a Subject<'a>,
    /// `rule/retrain`
    owner: &'a str,
    graph: &'a Graph,
    input: Known,
    scope: Scope<'a>,
    /// What the steps before come to as conditions; open for all that are none.
    decided: Vec<Truth>,
}

impl Walk<'_> {
    /// Whether a step may run: the conditions that it stands under may hold, and the lists around it have items.
    fn may_run(&self, ix: StepIx) -> bool {
        let step = &self.graph.steps[ix];
        let holds = step
            .guards
            .iter()
            .all(|guard| self.decided[guard.step].may(guard.is));
        holds && step.within.is_none_or(|each| !self.is_empty(each))
    }

    fn is_empty(&self, each: StepIx) -> bool {
        let step = &self.graph.steps[each];
        matches!(step.op, Op::Each { most: 0, .. }) || step.within.is_some_and(|outer| self.is_empty(outer))
    }

    /// The blocks under a step, each with why it never runs.
    fn blocks(&mut self, ix: StepIx) -> Vec<(Span, Option<Finding>)> {
        let step = &self.graph.steps[ix];
        let key = format!("{}/steps/{}", self.owner, step.name);
        let marks = self.subject.marks;
        let block = |part: &str| marks.own(&format!("{key}/{part}"));
        let tell = |message: String| {
            let span = self.subject.span(&format!("{key}/by"));
            Finding::new(Code::GraphUnreachable, span, message)
        };
        let mut truth = Truth::OPEN;
        let mut blocks = vec![];
        match &step.op {
            Op::When { cond } => {
                let (decided, why) = self.decide(ix, cond);
                truth = decided;
                let why = why.map(|why| format!(": {why} here")).unwrap_or_default();
                for (part, is, fact, way_out) in ARMS {
                    let Some(span) = block(part) else { continue };
                    let never = (!truth.may(is)).then(|| {
                        tell(format!("{fact}{why}"))
                            .also(span, "this never runs")
                            .help(format!(
                                "compare with what the value can be, or remove the {way_out}"
                            ))
                    });
                    blocks.push((span, never));
                }
            }
            Op::Each { most, .. } => {
                if let Some(span) = block("body") {
                    let never = (*most == 0).then(|| {
                        let fact =
                            "this list is always empty, so what is done for each of its items never runs";
                        tell(fact.to_owned())
                            .help("walk through a list that can have items, or remove the `each`")
                    });
                    blocks.push((span, never));
                }
            }
            Op::Invoke { .. }
            | Op::Launch { .. }
            | Op::Predict { .. }
            | Op::Act { .. }
            | Op::Snapshot { .. }
            | Op::Split { .. }
            | Op::Prepare { .. }
            | Op::Register { .. }
            | Op::Live { .. }
            | Op::Append { .. }
            | Op::Deploy { .. }
            | Op::Emit { .. }
            | Op::Sleep { .. }
            | Op::Approval { .. }
            | Op::Callback
            | Op::Await { .. }
            | Op::Failure
            | Op::Catch { .. } => {}
        }
        self.decided.push(truth);
        blocks
    }

    /// What a condition comes to where it stands, and why if it is always the same.
    fn decide(&mut self, ix: StepIx, cond: &Expr) -> (Truth, Option<String>) {
        let mut input = self.input.clone();
        for guard in &self.graph.steps[ix].guards {
            if let Op::When { cond } = &self.graph.steps[guard.step].op {
                input.narrow(cond, guard.is);
            }
        }
        if input.is_impossible() {
            return (Truth::OPEN, None);
        }
        let left = |is| {
            let mut left = input.clone();
            left.narrow(cond, is);
            !left.is_impossible()
        };
        let (yes, no) = match reads_input(cond) {
            true => (left(true), left(false)),
            false => (true, true),
        };
        let outer = self.scope.replace_input(input);
        let found = self.scope.truth(cond);
        let truth = Truth {
            yes: found.yes && yes,
            no: found.no && no,
        };
        let why = match truth {
            Truth { yes: false, no: true } => why_never(&self.scope, cond, true),
            Truth { yes: true, no: false } => why_never(&self.scope, cond, false),
            Truth { .. } => None,
        };
        self.scope.replace_input(outer);
        match truth {
            Truth {
                yes: false,
                no: false,
            } => (Truth::OPEN, None),
            Truth { .. } => (truth, why),
        }
    }
}
