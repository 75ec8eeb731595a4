//! The steps of a graph.

use super::{Expr, Type};
use serde::{Deserialize, Serialize};

/// The most items that one run may walk through with an `each`, those of an `each` inside it multiplied.
pub const FAN_OUT_MAX: u64 = 1_000;

/// The place of a step in its graph.
pub type StepIx = usize;

/// A dataflow graph. Steps are in an order in which every step stands after those it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graph {
    /// What `Expr::Input` is.
    pub input: Type,
    /// The steps.
    pub steps: Vec<Step>,
    /// The value of `return`.
    pub result: Option<Expr>,
    /// The type of `result`; an empty record without one.
    pub output: Type,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Unique in the graph and stable: the `let` name, else the verb with a number (`notify`, `append_2`);
    /// a step that came from an inlined `prepare` is `<its step>.<name>`.
    pub name: String,
    /// What it does.
    pub op: Op,
    /// The steps whose values, outcome or order it depends on, ascending, without doubles.
    pub needs: Vec<StepIx>,
    /// It runs only when all of these hold; else it is skipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Guard>,
    /// The `Op::Catch` step that takes over when this one has failed for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caught_by: Option<StepIx>,
    /// The `Op::Each` step whose body it belongs to. It is then walked once for each item, and has no value of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<StepIx>,
    /// The type of its value.
    pub output: Type,
}

/// A condition for a step: the value of a `When` step, whether a `Catch` step caught something, or whether the run has
/// failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// A `When`, a `Catch` or a `Failure` step.
    pub step: StepIx,
    /// What it must have come to.
    pub is: bool,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Op {
    /// Calls an action. `args` gives exactly the fields that the action declares, defaults filled in.
    Invoke {
        /// The action.
        action: String,
        /// A record.
        args: Expr,
    },
    /// Runs a job. `args` as for an action.
    Launch {
        /// The job.
        job: String,
        /// A record.
        args: Expr,
    },
    /// Asks the live version of a model.
    Predict {
        /// The model, declared or imported.
        model: String,
        /// A record.
        input: Expr,
    },
    /// Does something with a package. `args` as for an action.
    Act {
        /// The package.
        package: String,
        /// A name of its actions.
        action: String,
        /// A record.
        args: Expr,
    },
    /// Takes an immutable snapshot of a dataset; its value is a dataset reference.
    Snapshot {
        /// The dataset.
        dataset: String,
    },
    /// Takes a snapshot in two parts that share no row: `{ train, test }`. A row's part is decided by its
    /// content alone, so it is the same in every later split with the same share.
    Split {
        /// The dataset.
        dataset: String,
        /// The share of `test`, in ten-thousandths.
        test: u32,
    },
    /// Reads which version of a model is live; its value is a model reference, absent before the first deploy.
    Live {
        /// The model.
        model: String,
    },
    /// Adds a row to a dataset.
    Append {
        /// The dataset.
        dataset: String,
        /// The row.
        row: Expr,
    },
    /// Makes a model version live.
    Deploy {
        /// The model.
        model: String,
        /// A model reference.
        candidate: Expr,
    },
    /// Prepares the new rows of a dataset into another one.
    Prepare {
        /// The prepare, with its two datasets.
        prepare: String,
    },
    /// Enters what a file holds in the registry; its value is a model reference.
    Register {
        /// A blob reference.
        blob: Expr,
    },
    /// Fires a trigger; the event is durable together with the end of this step.
    Emit {
        /// A trigger without a source.
        trigger: String,
        /// What it carries.
        payload: Expr,
    },
    /// Lets time pass.
    Sleep {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// Waits until somebody of a group says yes; its value is who. Who says no, and nobody in time, are failures.
    Approval {
        /// One of the plan's groups.
        group: String,
        /// How long it waits, in milliseconds.
        ms: u64,
    },
    /// Makes an address that somebody outside may post to, once; its value is a [`Type::callback`].
    Callback,
    /// Waits for what is posted to the address of a callback; its value is that, and nobody in time is a failure.
    Await {
        /// An `Op::Callback` step before it, in the same `each`.
        callback: StepIx,
        /// How long it waits, in milliseconds from when its turn has come.
        ms: u64,
    },
    /// Is done when the run has failed; its value is the error. Else it is skipped when the steps before it have
    /// ended. All steps after it are guarded by it with `is: true`.
    Failure,
    /// Decides a condition; its value is a `bool`.
    When {
        /// The condition.
        cond: Expr,
    },
    /// Is done when all of `body` have ended; its value is the error of the one that failed, else absent.
    /// The arm's steps are guarded by it with `is: true`.
    Catch {
        /// The steps of the chain on the left.
        body: Vec<StepIx>,
    },
    /// Walks its body once for each item of a list; its value is the list of what the body came to, in the order of
    /// the items.
    Each {
        /// The list.
        over: Expr,
        /// The type of an item.
        item: Type,
        /// How many items there can be.
        most: u64,
        /// How many items are under way at once.
        parallel: u32,
        /// The steps behind it that have it as their `within`, ascending.
        body: Vec<StepIx>,
        /// What the body comes to for one item; nothing when nobody asks.
        result: Option<Expr>,
    },
}
