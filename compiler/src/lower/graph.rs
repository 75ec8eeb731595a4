//! A graph under construction: its steps, the names that hold where we are, and the conditions we stand under.

use super::bindings::Binding;
use super::order::Said;
use super::value::Value;
use crate::unit::Unit;
use flow_lang::plan::{Expr, Graph, Guard, Op, STEP_NAME_MAX, Step, StepIx, Type};
use flow_lang::report::{Code, Finding};
use flow_lang::span::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The most prepares and parts of compositions that are laid into one graph.
const LAID_MAX: usize = 1_000;

/// What a body may do besides calling functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// All: a rule.
    Run,
    /// All that is over within minutes: a feedback, what happens when a run has failed.
    Short,
    /// Functions, models and appends only: what answers from memory, and what is laid into other graphs.
    Call,
}

/// A graph under construction.
pub(super) struct Body<'u, 'a> {
    pub(super) unit: &'u mut Unit<'a>,
    /// `rule/retrain`; nothing while a `prepare` is looked at on its own.
    key: Option<String>,
    pub(super) scale: Scale,
    pub(super) steps: Vec<Step>,
    spans: Vec<Span>,
    /// The names of steps, each with the last number that was tried behind it.
    names: BTreeMap<String, usize>,
    pub(super) guards: Vec<Guard>,
    /// Steps that end before what is lowered now starts.
    pub(super) after: Vec<StepIx>,
    /// Pauses without a name.
    pub(super) loose: Vec<StepIx>,
    /// The callbacks, each with how many milliseconds it is waited for.
    pub(super) callbacks: BTreeMap<StepIx, u64>,
    /// Those that something waits for, and where.
    pub(super) awaited: BTreeMap<StepIx, Span>,
    /// The statements, each before those inside of it.
    pub(super) said: Vec<Said>,
    /// The block that we stand in, by its number.
    pub(super) block: usize,
    /// The blocks so far.
    pub(super) blocks: usize,
    /// All names that were ever bound.
    pub(super) bound_ever: BTreeSet<String>,
    /// Where it is written how many rounds of an `each` are under way at once.
    pub(super) parallels: BTreeMap<StepIx, Span>,
    /// What the `let` that is looked at declares, if nothing else says what its value is: the inner is nothing if that has
    /// an error.
    pub(super) declared: Option<Option<Type>>,
    /// The `each` whose body we stand in.
    pub(super) within: Option<StepIx>,
    /// How many rounds come together here.
    pub(super) fan_out: u64,
    pub(super) frames: Vec<BTreeMap<String, Binding>>,
    /// The names that a `let` gave in blocks that have ended.
    pub(super) closed: BTreeMap<String, Span>,
    /// The name under which a `prepare` or a composition is laid in, with a dot.
    prefix: String,
    /// The prepares that are being laid in, outermost first.
    pub(super) open: Vec<String>,
    /// How many prepares and parts of compositions have been laid in.
    pub(super) laid: usize,
    /// The parts of values that were copied to where they are used.
    pub(super) copied: usize,
}

impl<'u, 'a> Body<'u, 'a> {
    pub(super) fn new(unit: &'u mut Unit<'a>, key: Option<String>, scale: Scale) -> Body<'u, 'a> {
        Body {
            unit,
            key,
            scale,
            steps: Vec::new(),
            spans: Vec::new(),
            names: BTreeMap::new(),
            guards: Vec::new(),
            after: Vec::new(),
            loose: Vec::new(),
            said: Vec::new(),
            block: 0,
            blocks: 0,
            bound_ever: BTreeSet::new(),
            parallels: BTreeMap::new(),
            declared: None,
            callbacks: BTreeMap::new(),
            awaited: BTreeMap::new(),
            within: None,
            fan_out: 1,
            frames: vec![BTreeMap::new()],
            closed: BTreeMap::new(),
            prefix: String::new(),
            open: Vec::new(),
            laid: 0,
            copied: 0,
        }
    }

    pub(super) fn refuse<T>(&mut self, finding: Finding) -> Option<T> {
        self.unit.refuse(finding)
    }

    /// Adds a step. It is named after its `let`, else after its verb.
    pub(super) fn step(
        &mut self,
        called: Option<&str>,
        verb: &str,
        op: Op,
        output: Type,
        span: Span,
    ) -> Value {
        let name = self.free_name(called.unwrap_or(verb));
        if name.len() > STEP_NAME_MAX {
            self.refuse::<()>(too_long(&name, span));
        }
        if let Some(key) = &self.key {
            let step_key = format!("{key}/steps/{name}");
            let owner = key.rsplit('/').next().unwrap_or(key);
            let position = format!("{owner}/{name}");
            self.unit.mark(step_key, position, span);
        }
        let ix = self.steps.len();
        let mut needs: BTreeSet<StepIx> = self.guards.iter().map(|guard| guard.step).collect();
        needs.extend(&self.after);
        each_need(&op, &mut |need| {
            needs.insert(need);
        });
        self.steps.push(Step {
            name,
            op,
            needs: needs.into_iter().collect(),
            guards: self.guards.clone(),
            caught_by: None,
            within: self.within,
            output: output.clone(),
        });
        self.spans.push(span);
        Value {
            expr: Expr::Step(ix),
            ty: output,
        }
    }

    /// Remembers where a part of a step stands.
    pub(super) fn mark_part(&mut self, step: StepIx, part: &str, span: Span) {
        if let Some(key) = &self.key {
            let key = format!("{key}/steps/{}/{part}", self.steps[step].name);
            self.unit.marks.set(key, span);
        }
    }

    /// A name that no step has yet: `notify`, `notify_2`, …
    pub(super) fn free_name(&mut self, wanted: &str) -> String {
        let wanted = format!("{}{wanted}", self.prefix);
        let Some(mut count) = self.names.get(&wanted).copied() else {
            self.names.insert(wanted.clone(), 1);
            return wanted;
        };
        let name = loop {
            count += 1;
            let name = format!("{wanted}_{count}");
            if !self.names.contains_key(&name) {
                break name;
            }
        };
        self.names.insert(wanted, count);
        self.names.insert(name.clone(), 1);
        name
    }

    /// Lays another body in: names of here do not hold there, and its steps are named after `at`.
    pub(super) fn inside<T>(&mut self, at: &str, input: &Value, lay: impl FnOnce(&mut Self) -> T) -> T {
        let frames = std::mem::replace(&mut self.frames, vec![BTreeMap::new()]);
        let closed = std::mem::take(&mut self.closed);
        self.bind_fields(input);
        let laid = self.under(at, lay);
        self.frames = frames;
        self.closed = closed;
        laid
    }

    /// The steps that `lay` adds are named after `at`.
    pub(super) fn under<T>(&mut self, at: &str, lay: impl FnOnce(&mut Self) -> T) -> T {
        let prefix = std::mem::replace(&mut self.prefix, format!("{at}."));
        let laid = lay(self);
        self.prefix = prefix;
        laid
    }

    /// Counts what is laid in. Without a bound a few that call each other could fill any memory.
    pub(super) fn make_room(&mut self, parts: usize, span: Span) -> Option<()> {
        self.laid += parts;
        if self.laid <= LAID_MAX {
            return Some(());
        }
        let message = format!("more than {LAID_MAX} prepares and parts of actions come together here");
        self.refuse(Finding::new(Code::SyntaxNesting, span, message).help("call fewer of them in one graph"))
    }

    /// The finished graph.
    pub(super) fn finish(mut self, input: Type, result: Option<Value>) -> Graph {
        let spans = self.spans.clone();
        self.check_order(&spans);
        self.check_pauses(&spans);
        self.check_callbacks(&spans);
        let (result, output) = match result {
            Some(Value { expr, ty }) => (Some(expr), ty),
            None => (None, Type::nothing()),
        };
        Graph {
            input,
            steps: self.steps,
            result,
            output,
        }
    }
}

/// A step in a prepare or a composition has the names of all that are around it.
fn too_long(name: &str, span: Span) -> Finding {
    let message = format!(
        "this step has a name of {} characters, with those of what it is called by; it may have {STEP_NAME_MAX}",
        name.len()
    );
    Finding::new(Code::SyntaxNesting, span, message)
        .help("call fewer inside each other, or name them shorter")
}

fn each_need(op: &Op, see: &mut impl FnMut(StepIx)) {
    match op {
        Op::Invoke { args, .. } | Op::Act { args, .. } | Op::Launch { args, .. } => args.each_step(see),
        Op::Predict { input, .. } => input.each_step(see),
        Op::Snapshot { .. } | Op::Split { .. } | Op::Live { .. } | Op::Prepare { .. } => {}
        Op::Append { row, .. } => row.each_step(see),
        Op::Deploy { candidate, .. } => candidate.each_step(see),
        Op::Register { blob } => blob.each_step(see),
        Op::Emit { payload, .. } => payload.each_step(see),
        Op::Await { callback, .. } => see(*callback),
        Op::Sleep { .. } | Op::Approval { .. } | Op::Callback | Op::Failure => {}
        Op::When { cond } => cond.each_step(see),
        Op::Each { over, .. } => over.each_step(see),
        Op::Catch { body } => body.iter().for_each(|step| see(*step)),
    }
}
