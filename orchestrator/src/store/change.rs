//! What a transaction can change. Each change is one row of the log and at most one row of one table.

use crate::store::{Matter, Outcome, Standing};
use flow_engine::{Millis, Run};
use flow_lang::plan::ModelRef;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A change to the durable state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A plan becomes the active one of its flow.
    Deployed {
        /// The flow.
        flow: String,
        /// The plan's digest.
        digest: String,
        /// The plan as JSON text.
        plan: String,
        /// When.
        at: Millis,
    },
    /// An event was taken in. Unique by (flow, source, key).
    Event {
        /// Its id, a UUID v7.
        id: String,
        /// The flow.
        flow: String,
        /// What it is an event of, which also says who hears it: `trigger/<name>` (the rules on that trigger),
        /// `grew/<rule>` (that rule alone: growth is counted for each rule), `flow` (the rules on
        /// `flow.deployed`), `published/<train>`, `deployed/<model>`, `failed/<rule>` (the rules on those events),
        /// `feedback/<name>` (that feedback's graph).
        source: String,
        /// What makes it the same event when it comes again.
        key: String,
        /// BLAKE3 of the body, in hexadecimal.
        digest: String,
        /// The payload.
        payload: Value,
        /// When.
        at: Millis,
    },
    /// A rule did not start a run for an event.
    Decision {
        /// The event.
        event: String,
        /// The rule.
        rule: String,
        /// What became of it.
        verdict: Verdict,
    },
    /// A run, as it is now: inserted if its id is new.
    Run {
        /// Its id, a UUID v7.
        id: String,
        /// The flow.
        flow: String,
        /// The plan that it started with.
        plan: String,
        /// The event that caused it.
        event: String,
        /// When it was made.
        created: Millis,
        /// When this change was made. INVARIANT: the time that the engine was given, so that the log can be
        /// replayed.
        at: Millis,
        /// Its state.
        run: Run,
        /// The engine's event that moved it, as JSON; null when it was made.
        cause: Value,
    },
    /// A feed has read further, or a rule has prepared further rows. INVARIANT: committed together with the events that
    /// it read, or the rows that it made.
    Cursor {
        /// The flow.
        flow: String,
        /// The trigger, or `prepare/<rule>/<prepare>`.
        feed: String,
        /// Where it stood; null at first. Compared before it is moved.
        from: Value,
        /// Where it stands now.
        to: Value,
    },
    /// A row of a dataset. Unique by (flow, dataset, key): a repeat changes nothing.
    Row {
        /// The flow.
        flow: String,
        /// The dataset.
        dataset: String,
        /// `run/step`, `request/step`, or `prepare/<rule>/<prepare>/<place of the row that it was made from>`.
        key: String,
        /// The row.
        row: Value,
        /// When.
        at: Millis,
    },
    /// How many rows a rule has seen since it last fired.
    Growth {
        /// The flow.
        flow: String,
        /// The rule.
        rule: String,
        /// The dataset.
        dataset: String,
        /// The count.
        rows: u64,
    },
    /// A model version enters the registry.
    Version {
        /// The flow.
        flow: String,
        /// The version.
        model: ModelRef,
        /// The run that made it.
        run: String,
        /// The step of that run.
        step: String,
        /// When.
        at: Millis,
    },
    /// A version goes live. INVARIANT: `number` is one more than the model's last.
    Live {
        /// The flow.
        flow: String,
        /// The model's name.
        name: String,
        /// Counts the deployments of this model, from 1.
        number: u64,
        /// The version.
        model: ModelRef,
        /// The run that deployed it.
        run: String,
        /// The step of that run.
        step: String,
        /// When.
        at: Millis,
    },
    /// A request that feedback can join.
    Request {
        /// Its id.
        id: String,
        /// The flow.
        flow: String,
        /// The route's declaration.
        infer: String,
        /// What was asked.
        input: Value,
        /// What was answered.
        output: Value,
        /// When it is forgotten.
        expires: Millis,
    },
    /// Rows that are older than their dataset keeps them go away.
    Expired {
        /// The flow.
        flow: String,
        /// The dataset.
        dataset: String,
        /// Rows from before this time.
        before: Millis,
    },
    /// Requests that feedback can no longer join go away.
    Forgotten {
        /// Requests that expired before this time.
        before: Millis,
    },
    /// Something could not be carried out. INVARIANT: committed together with the position after the item, or
    /// with the end of the run.
    Letter {
        /// Its id, a UUID v7.
        id: String,
        /// The flow.
        flow: String,
        /// What could not be carried out.
        matter: Matter,
        /// When.
        at: Millis,
    },
    /// What became of a dead letter. INVARIANT: committed together with the event or the run that it names.
    Settled {
        /// The letter.
        letter: String,
        /// What became of it.
        outcome: Outcome,
        /// When.
        at: Millis,
    },
    /// A feed stops to read, or reads on.
    Standing {
        /// The flow.
        flow: String,
        /// The trigger.
        trigger: String,
        /// Whether it reads on.
        standing: Standing,
        /// When.
        at: Millis,
    },
    /// Something that a person should be able to find later; touches no table.
    Note {
        /// What it is about: `run/…`, `feed/…`, `daemon`.
        about: String,
        /// What happened.
        text: String,
    },
}

impl Change {
    /// When it happened, if it says so.
    pub fn at(&self) -> Option<Millis> {
        match self {
            Change::Deployed { at, .. }
            | Change::Event { at, .. }
            | Change::Run { at, .. }
            | Change::Row { at, .. }
            | Change::Version { at, .. }
            | Change::Live { at, .. }
            | Change::Letter { at, .. }
            | Change::Settled { at, .. }
            | Change::Standing { at, .. } => Some(*at),
            Change::Decision { .. }
            | Change::Cursor { .. }
            | Change::Growth { .. }
            | Change::Request { .. }
            | Change::Expired { .. }
            | Change::Forgotten { .. }
            | Change::Note { .. } => None,
        }
    }

    /// What it changes, as the log names it: `run/<id>`, `feed/<flow>/<trigger>`, …
    pub fn entity(&self) -> String {
        match self {
            Change::Deployed { flow, .. } => format!("flow/{flow}"),
            Change::Event { id, .. } => format!("event/{id}"),
            Change::Decision { event, .. } => format!("event/{event}"),
            Change::Run { id, .. } => format!("run/{id}"),
            Change::Cursor { flow, feed, .. } => format!("feed/{flow}/{feed}"),
            Change::Row { flow, dataset, .. } | Change::Expired { flow, dataset, .. } => {
                format!("dataset/{flow}/{dataset}")
            }
            Change::Growth { flow, rule, .. } => format!("rule/{flow}/{rule}"),
            Change::Version { flow, model, .. } => format!("train/{flow}/{}", model.train),
            Change::Live { flow, name, .. } => format!("model/{flow}/{name}"),
            Change::Request { id, .. } => format!("request/{id}"),
            Change::Forgotten { .. } => "daemon".to_owned(),
            Change::Letter { id, .. } => format!("letter/{id}"),
            Change::Settled { letter, .. } => format!("letter/{letter}"),
            Change::Standing { flow, trigger, .. } => format!("feed/{flow}/{trigger}"),
            Change::Note { about, .. } => about.clone(),
        }
    }

    /// The word for its kind, as the log has it; the same as in its JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Change::Deployed { .. } => "deployed",
            Change::Event { .. } => "event",
            Change::Decision { .. } => "decision",
            Change::Run { .. } => "run",
            Change::Cursor { .. } => "cursor",
            Change::Row { .. } => "row",
            Change::Growth { .. } => "growth",
            Change::Version { .. } => "version",
            Change::Live { .. } => "live",
            Change::Request { .. } => "request",
            Change::Expired { .. } => "expired",
            Change::Forgotten { .. } => "forgotten",
            Change::Letter { .. } => "letter",
            Change::Settled { .. } => "settled",
            Change::Standing { .. } => "standing",
            Change::Note { .. } => "note",
        }
    }
}

/// What became of an event that did not start a run of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The rule's `if` did not hold.
    Filtered,
    /// A run was open and the rule says `overlap: skip`.
    Skipped,
    /// It is part of a run that waits for its turn.
    Merged {
        /// That run.
        run: String,
    },
    /// The queue of the rule is full.
    Refused,
}
