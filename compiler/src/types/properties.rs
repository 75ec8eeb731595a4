//! The properties of each construct, as tables: name, kind, and what holds when it is not written.
//!
//! A name under `not_yet` belongs to the language but nothing enforces it yet; writing it is an error, because a
//! property that is ignored is a promise that is broken.

/// What a property may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// `"python:3"`.
    Text,
    /// `["python", "train.py"]`.
    Texts,
    /// `["vision.example:443"]`.
    Endpoints,
    /// Declared names: `[inbox, exams]`.
    Names,
    /// `256MiB`.
    Size,
    /// `10s`.
    Duration,
    /// A whole number of at least so many.
    Count(u64),
    /// `true`.
    Bool,
    /// `10/h`.
    Rate,
    /// `0..8`.
    Range,
    /// `{ loss: float }`.
    RecordType,
    /// `{ level: 3 }`.
    Record,
    /// One of these words.
    Word(&'static [&'static str]),
}

impl Kind {
    /// What it is, and one that people would write.
    pub(crate) fn words(self) -> (String, String) {
        let (what, example) = match self {
            Kind::Text => ("a text", "\"…\""),
            Kind::Texts => ("a list of texts", "[\"python\", \"train.py\"]"),
            Kind::Endpoints => ("a list of `host:port`", "[\"vision.example:443\"]"),
            Kind::Names => ("a list of names", "[inbox]"),
            Kind::Size => ("a size", "256MiB"),
            Kind::Duration => ("a duration", "10s"),
            Kind::Count(_) => ("a whole number", "2"),
            Kind::Bool => ("a bool", "true"),
            Kind::Rate => ("a rate", "10/h"),
            Kind::Range => ("a range", "0..8"),
            Kind::RecordType => ("a record type", "{ loss: float }"),
            Kind::Record => ("a record of literals", "{ level: 3 }"),
            Kind::Word(words) => {
                return (
                    format!("one of the words {}", words.join(", ")),
                    words[0].to_owned(),
                );
            }
        };
        (what.to_owned(), example.to_owned())
    }
}

/// What holds when a property is not written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Default {
    /// It must be written.
    Required,
    /// Nothing, or what the construct itself decides.
    Absent,
    /// A number: bytes, milliseconds, a count.
    Number(u64),
    /// A range.
    Range(u32, u32),
}

/// One property.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) default: Default,
}

/// The properties of one construct.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    /// The construct's keyword.
    pub(crate) of: &'static str,
    /// Its properties.
    pub(crate) rows: &'static [Row],
    /// Properties that nothing enforces yet.
    pub(crate) not_yet: &'static [&'static str],
}

const fn row(name: &'static str, kind: Kind, default: Default) -> Row {
    Row { name, kind, default }
}

const MIB: u64 = 1 << 20;
const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

const RUNTIME: Row = row("runtime", Kind::Text, Default::Required);
const CODE: Row = row("code", Kind::Text, Default::Required);
const ENTRY: Row = row("entry", Kind::Text, Default::Required);
const MEMORY: Row = row("memory", Kind::Size, Default::Number(256 * MIB));
const TIMEOUT: Row = row("timeout", Kind::Duration, Default::Number(60 * SECOND));
const LOGS: Row = row("logs", Kind::Size, Default::Number(10 * MIB));
const ATTEMPTS: Row = row("attempts", Kind::Count(1), Default::Absent);
const PARAMS: Row = row("params", Kind::Record, Default::Absent);
const SECRETS: Row = row("secrets", Kind::Names, Default::Absent);
const NETWORK: Row = row("network", Kind::Endpoints, Default::Absent);

pub(crate) const ACTION: Table = Table {
    of: "action",
    rows: &[
        RUNTIME, CODE, ENTRY, MEMORY, TIMEOUT, LOGS, ATTEMPTS, PARAMS, SECRETS, NETWORK,
    ],
    not_yet: &[],
};

pub(crate) const MODEL: Table = Table {
    of: "model",
    rows: &[
        RUNTIME,
        CODE,
        ENTRY,
        MEMORY,
        TIMEOUT,
        LOGS,
        PARAMS,
        NETWORK,
        row("scale", Kind::Range, Default::Range(0, 8)),
        row("idle", Kind::Duration, Default::Number(5 * MINUTE)),
    ],
    not_yet: &["attempts", "secrets", "canary", "rollback", "min_requests"],
};

pub(crate) const JOB: Table = Table {
    of: "job",
    rows: &[
        row("command", Kind::Texts, Default::Required),
        CODE,
        row("cpu", Kind::Count(1), Default::Number(1)),
        row("memory", Kind::Size, Default::Number(1024 * MIB)),
        row("timeout", Kind::Duration, Default::Number(HOUR)),
        row("pending", Kind::Duration, Default::Number(HOUR)),
        ATTEMPTS,
        row("reports", Kind::RecordType, Default::Absent),
        row("writes", Kind::Names, Default::Absent),
        SECRETS,
    ],
    not_yet: &["image", "gpu", "heartbeat", "checkpoint", "network"],
};

pub(crate) const TRAIN: Table = Table {
    of: "train",
    rows: &[
        JOB.rows[0],
        JOB.rows[1],
        JOB.rows[2],
        JOB.rows[3],
        JOB.rows[4],
        JOB.rows[5],
        JOB.rows[6],
        JOB.rows[7],
        JOB.rows[8],
        JOB.rows[9],
        row("model_size", Kind::Size, Default::Absent),
    ],
    not_yet: JOB.not_yet,
};

pub(crate) const DATASET: Table = Table {
    of: "dataset",
    rows: &[row("retention", Kind::Duration, Default::Absent)],
    not_yet: &[],
};

pub(crate) const INFER: Table = Table {
    of: "infer",
    rows: &[
        row("deadline", Kind::Duration, Default::Number(30 * SECOND)),
        row("keep", Kind::Duration, Default::Number(30 * DAY)),
        row("durable", Kind::Bool, Default::Absent),
    ],
    not_yet: &[],
};

/// The words of `overlap`.
pub(crate) const OVERLAPS: &[&str] = &["queue", "skip", "cancel", "parallel"];

pub(crate) const RULE: Table = Table {
    of: "rule",
    rows: &[
        row("deadline", Kind::Duration, Default::Absent),
        row("rate", Kind::Rate, Default::Absent),
        row("overlap", Kind::Word(OVERLAPS), Default::Absent),
    ],
    not_yet: &["budget"],
};
