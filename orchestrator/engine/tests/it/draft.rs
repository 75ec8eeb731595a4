//! Small plans: one rule `r`, whose steps declare what they call by being added.

use flow_lang::plan::*;
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) const INT: Type = Type::Int {
    min: -INT_MAX,
    max: INT_MAX,
};

/// A plan in the making. Steps are added in order; what they need is read off their expressions.
pub(crate) struct Draft {
    pub(crate) plan: Plan,
    /// Guards of the steps that follow.
    pub(crate) guards: Vec<Guard>,
    /// The `each` that the steps that follow are in.
    pub(crate) within: Option<StepIx>,
}

impl Draft {
    pub(crate) fn new() -> Draft {
        let rule = Rule {
            on: vec![],
            filter: None,
            deadline_ms: None,
            rate: None,
            overlap: Overlap::Queue,
            queue_max: 1_000,
            graph: Graph {
                input: Type::nothing(),
                steps: vec![],
                result: None,
                output: Type::nothing(),
            },
        };
        Draft {
            plan: Plan {
                version: PLAN_VERSION,
                flow: "f".into(),
                env: "dev".into(),
                packages: BTreeMap::new(),
                triggers: BTreeMap::new(),
                secrets: BTreeMap::new(),
                groups: [("leads".into(), vec!["ana".into()])].into(),
                actions: BTreeMap::new(),
                compositions: BTreeMap::new(),
                jobs: BTreeMap::new(),
                datasets: [(
                    "rows".into(),
                    Dataset {
                        row: record(&[("x", INT)]),
                        retention_ms: None,
                    },
                )]
                .into(),
                prepares: BTreeMap::new(),
                models: [("m".into(), model())].into(),
                imports: BTreeMap::new(),
                infers: BTreeMap::new(),
                feedbacks: BTreeMap::new(),
                rules: [("r".into(), rule)].into(),
                positions: BTreeMap::new(),
            },
            guards: vec![],
            within: None,
        }
    }

    pub(crate) fn rule(&mut self) -> &mut Rule {
        self.plan.rules.get_mut("r").unwrap()
    }

    pub(crate) fn graph(&mut self) -> &mut Graph {
        &mut self.rule().graph
    }

    /// Adds a step that runs under the guards of the moment.
    pub(crate) fn step(&mut self, name: &str, op: Op, output: Type) -> StepIx {
        let guards = self.guards.clone();
        let mut needs: Vec<StepIx> = guards.iter().map(|guard| guard.step).collect();
        match &op {
            Op::Invoke { args: read, .. }
            | Op::Act { args: read, .. }
            | Op::Launch { args: read, .. }
            | Op::Predict { input: read, .. }
            | Op::Append { row: read, .. }
            | Op::Deploy { candidate: read, .. }
            | Op::Register { blob: read }
            | Op::Emit { payload: read, .. }
            | Op::When { cond: read }
            | Op::Each { over: read, .. } => read.each_step(&mut |ix| needs.push(ix)),
            Op::Catch { body } => needs.extend(body),
            Op::Await { callback, .. } => needs.push(*callback),
            Op::Snapshot { .. }
            | Op::Split { .. }
            | Op::Live { .. }
            | Op::Prepare { .. }
            | Op::Sleep { .. }
            | Op::Approval { .. }
            | Op::Callback
            | Op::Failure => {}
        }
        needs.sort_unstable();
        needs.dedup();
        let name = name.to_owned();
        let within = self.within;
        let steps = &mut self.graph().steps;
        steps.push(Step {
            name,
            op,
            needs,
            guards,
            caught_by: None,
            within,
            output,
        });
        steps.len() - 1
    }

    /// Waits for an approval of `leads`.
    pub(crate) fn approval(&mut self, name: &str, ms: u64) -> StepIx {
        let by = record(&[("by", Type::Text { max: Some(256) })]);
        let group = "leads".into();
        self.step(name, Op::Approval { group, ms }, by)
    }

    /// Makes an address.
    pub(crate) fn callback(&mut self, name: &str) -> StepIx {
        self.step(name, Op::Callback, Type::callback())
    }

    /// Waits for `{ v: int }` there.
    pub(crate) fn awaits(&mut self, name: &str, callback: StepIx, ms: u64) -> StepIx {
        self.step(name, Op::Await { callback, ms }, record(&[("v", INT)]))
    }

    /// Calls an action of its own, `{ x: int } -> { v: int }`, with one try.
    pub(crate) fn invoke(&mut self, name: &str, x: Expr) -> StepIx {
        let action = Action {
            input: record(&[("x", INT)]),
            output: record(&[("v", INT)]),
            effects: Effects::AtLeastOnce,
            mask: false,
            attempts: 1,
            function: function(),
        };
        self.plan.actions.insert(name.into(), action);
        let op = Op::Invoke {
            action: name.into(),
            args: Expr::Record([("x".into(), x)].into()),
        };
        self.step(name, op, record(&[("v", INT)]))
    }

    /// Trains with a job of its own, `{ x: int } -> model`, two tries.
    pub(crate) fn train(&mut self, name: &str, x: Expr) -> StepIx {
        let job = Job {
            input: record(&[("x", INT)]),
            output: version(),
            command: vec![],
            code: code(),
            cpu: 1,
            memory: 1,
            timeout_ms: 1,
            pending_ms: 1,
            attempts: 2,
            model_size: None,
            reports: Type::nothing(),
            writes: vec![],
            secrets: vec![],
        };
        self.plan.jobs.insert(name.into(), job);
        let op = Op::Launch {
            job: name.into(),
            args: Expr::Record([("x".into(), x)].into()),
        };
        self.step(name, op, version())
    }

    pub(crate) fn append(&mut self, name: &str, x: Expr) -> StepIx {
        let row = Expr::Record([("x".into(), x)].into());
        self.step(
            name,
            Op::Append {
                dataset: "rows".into(),
                row,
            },
            Type::nothing(),
        )
    }

    /// Emits `{ x }` on a trigger that takes an int up to nine.
    pub(crate) fn emit(&mut self, name: &str, x: Expr) -> StepIx {
        let payload = Expr::Record([("x".into(), x)].into());
        let trigger = Trigger {
            payload: record(&[("x", Type::Int { min: 0, max: 9 })]),
            source: None,
            at_most: None,
        };
        self.plan.triggers.insert("told".into(), trigger);
        let op = Op::Emit {
            trigger: "told".into(),
            payload,
        };
        self.step(name, op, Type::nothing())
    }

    /// Waits for all steps so far that nothing waits for; what `steps` adds comes when the run has failed.
    pub(crate) fn on_failure(&mut self, name: &str, steps: impl FnOnce(&mut Draft, StepIx)) {
        let before: Vec<StepIx> = (0..self.graph().steps.len()).collect();
        let failure = self.step(name, Op::Failure, Type::Json { max: None });
        self.after(&before);
        self.under(failure, true, |draft| steps(draft, failure));
    }

    /// Lets the last step wait for others, too.
    pub(crate) fn after(&mut self, others: &[StepIx]) {
        let step = self.graph().steps.last_mut().expect("a step");
        step.needs.extend(others);
        step.needs.sort_unstable();
        step.needs.dedup();
    }

    pub(crate) fn live(&mut self, name: &str) -> StepIx {
        self.step(
            name,
            Op::Live { model: "m".into() },
            Type::Optional(Box::new(version())),
        )
    }

    pub(crate) fn deploy(&mut self, name: &str, candidate: StepIx) -> StepIx {
        let output = record(&[
            ("version", version()),
            ("previous", Type::Optional(Box::new(version()))),
        ]);
        let candidate = Expr::Step(candidate);
        self.step(
            name,
            Op::Deploy {
                model: "m".into(),
                candidate,
            },
            output,
        )
    }

    pub(crate) fn when(&mut self, name: &str, cond: Expr) -> StepIx {
        self.step(name, Op::When { cond }, Type::Bool)
    }

    /// A catch over `body`; inner catches keep their own.
    pub(crate) fn catch(&mut self, name: &str, body: &[StepIx]) -> StepIx {
        let catch = self.step(name, Op::Catch { body: body.to_vec() }, Type::Json { max: None });
        for &ix in body {
            self.graph().steps[ix].caught_by.get_or_insert(catch);
        }
        catch
    }

    /// An `each` over a list; `body` adds its steps, with the item, and says what they come to.
    pub(crate) fn each(
        &mut self,
        name: &str,
        over: Expr,
        parallel: u32,
        body: impl FnOnce(&mut Draft, Expr) -> Expr,
    ) -> StepIx {
        let each = self.begin_each(name, over, parallel);
        let came_to = body(self, Expr::Item(each));
        self.end_each(each, came_to);
        each
    }

    /// Steps that are added from here on are in it.
    pub(crate) fn begin_each(&mut self, name: &str, over: Expr, parallel: u32) -> StepIx {
        let op = Op::Each {
            over,
            item: Type::Json { max: None },
            most: FAN_OUT_MAX,
            parallel,
            body: vec![],
            result: None,
        };
        let each = self.step(name, op, Type::Json { max: None });
        self.within = Some(each);
        each
    }

    pub(crate) fn end_each(&mut self, each: StepIx, came_to: Expr) {
        self.within = self.graph().steps[each].within;
        let steps = self.graph().steps.iter().enumerate();
        let inside = steps.filter(|(_, step)| step.within == Some(each));
        let inside: Vec<StepIx> = inside.map(|(ix, _)| ix).collect();
        if let Op::Each { body, result, .. } = &mut self.graph().steps[each].op {
            (*body, *result) = (inside, Some(came_to));
        }
    }

    /// Adds what `steps` adds, guarded by `step` having come to `is`.
    pub(crate) fn under<T>(&mut self, step: StepIx, is: bool, steps: impl FnOnce(&mut Draft) -> T) -> T {
        self.guards.push(Guard { step, is });
        let added = steps(self);
        self.guards.pop();
        added
    }
}

pub(crate) fn lit(value: impl Into<Value>) -> Expr {
    Expr::Literal(value.into())
}

/// The field `v` of a step's value.
pub(crate) fn v(step: StepIx) -> Expr {
    Expr::Field(Box::new(Expr::Step(step)), "v".into())
}

pub(crate) fn record(fields: &[(&str, Type)]) -> Type {
    let field = |ty: &Type| Field {
        ty: ty.clone(),
        default: None,
    };
    Type::Record(
        fields
            .iter()
            .map(|(name, ty)| ((*name).to_owned(), field(ty)))
            .collect(),
    )
}

/// The type of a model version.
pub(crate) fn version() -> Type {
    let (input, output) = (Box::new(record(&[("x", INT)])), Box::new(record(&[("v", INT)])));
    Type::Model { input, output }
}

fn model() -> Model {
    Model {
        input: record(&[("x", INT)]),
        output: record(&[("v", INT)]),
        function: function(),
        scale: (0, 1),
        idle_ms: 1,
    }
}

fn function() -> Function {
    Function {
        runtime: "python:3".into(),
        code: code(),
        entry: "f".into(),
        memory: 1,
        timeout_ms: 1,
        logs: 1,
        payload: 200,
        result: 200,
        params: BTreeMap::new(),
        secrets: vec![],
        network: vec![],
    }
}

fn code() -> Code {
    Code {
        project: String::new(),
        folder: ".".into(),
        digest: String::new(),
        requirements: None,
        lock: None,
    }
}
