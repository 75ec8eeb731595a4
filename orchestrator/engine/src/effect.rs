//! What a transition asks for.
//!
//! The first group is carried out after the commit and answered by an event with the same token. The second
//! group is part of the commit itself: it becomes durable together with the new state or not at all.

use crate::{Millis, Token};
use flow_lang::plan::{BlobRef, ModelRef, StepIx};
use serde_json::Value;

/// What a transition asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Call an action.
    Invoke {
        /// To be answered with.
        token: Token,
        /// The action.
        action: String,
        /// Exactly the fields that it declares.
        args: Value,
    },
    /// Launch a job, or adopt it if this generation (the token's attempt) is launched already.
    Launch {
        /// To be answered with.
        token: Token,
        /// The job.
        job: String,
        /// Exactly the fields that it declares.
        args: Value,
    },
    /// Do something with a package.
    Act {
        /// To be answered with.
        token: Token,
        /// The package.
        package: String,
        /// A name of its actions.
        action: String,
        /// Exactly the fields that it declares.
        args: Value,
    },
    /// Ask the live version of a model.
    Predict {
        /// To be answered with.
        token: Token,
        /// The model.
        model: String,
        /// Exactly the fields that it declares.
        input: Value,
    },
    /// Write an immutable snapshot.
    Snapshot {
        /// To be answered with.
        token: Token,
        /// The dataset.
        dataset: String,
    },
    /// Write an immutable snapshot in two parts, by the content of each row; answered with `{ train, test }`.
    Split {
        /// To be answered with.
        token: Token,
        /// The dataset.
        dataset: String,
        /// The share of `test`, in ten-thousandths.
        test: u32,
    },
    /// Answer which version is live: a model reference or null.
    Live {
        /// To be answered with.
        token: Token,
        /// The model.
        model: String,
    },
    /// Start a worker of a version to see that it loads; answered with `{ version, previous }`.
    Warm {
        /// To be answered with.
        token: Token,
        /// The model.
        model: String,
        /// The version.
        candidate: ModelRef,
    },
    /// Prepare the new rows of a dataset into another one.
    Prepare {
        /// To be answered with.
        token: Token,
        /// The rule, for which they are new.
        rule: String,
        /// The prepare, with its two datasets.
        prepare: String,
    },
    /// Store what a file holds as a model; answered with a model reference.
    Register {
        /// To be answered with.
        token: Token,
        /// The file.
        blob: BlobRef,
    },
    /// Enter an event of a trigger; answered in the same commit, which the event is part of.
    Emit {
        /// To be answered with.
        token: Token,
        /// The trigger.
        trigger: String,
        /// What it carries, as the plan of the run declares it.
        payload: Value,
    },
    /// Make the address of a callback; answered with it. The same address for each sending.
    Callback {
        /// To be answered with.
        token: Token,
    },
    /// Stop what was handed over for a step; nobody waits for its answer any more.
    Stop {
        /// What was handed over.
        token: Token,
    },

    /// In the commit: add a row, once per run and step.
    Append {
        /// The step.
        step: StepIx,
        /// The dataset.
        dataset: String,
        /// The row.
        row: Value,
    },
    /// In the commit: enter a version in the registry.
    Publish {
        /// The step.
        step: StepIx,
        /// The `train`, or what stands for it with a `register`.
        train: String,
        /// The version.
        model: ModelRef,
    },
    /// In the commit: make a version live.
    GoLive {
        /// The step.
        step: StepIx,
        /// The model.
        model: String,
        /// The version.
        candidate: ModelRef,
    },
    /// In the commit: the run has ended.
    Ended,
    /// Send [`crate::Event::Tick`] at this time, or earlier; at once if it has passed.
    Wake {
        /// When.
        at: Millis,
    },
}
