//! A directory with a database, and changes that fit each other.

use crate::store::{Change, Matter, NoProbe, Outcome, Standing, Store, Verdict};
use flow_engine::{GraphRef, Run, State, Status};
use flow_lang::plan::{ModelRef, Plan};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use std::path::PathBuf;
use std::sync::Arc;

pub(super) const FLOW: &str = "digits";
/// When everything happens.
pub(super) const NOON: u64 = 1_700_000_000_000;

pub(super) struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    pub(super) fn new() -> Place {
        Place {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.dir.path().join("flow.db")
    }

    pub(super) async fn open(&self) -> Store {
        Store::open(&self.path(), NOON, Arc::new(NoProbe)).await.unwrap()
    }

    /// Changes the file behind the daemon's back.
    pub(super) async fn tamper(&self, sql: &'static str) {
        let options = SqliteConnectOptions::new()
            .filename(self.path())
            .foreign_keys(false);
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

pub(super) fn plan() -> Plan {
    let empty = json!({});
    let plan = json!({
        "version": 1, "flow": FLOW, "env": "dev", "packages": empty, "triggers": empty, "secrets": empty,
        "actions": empty, "jobs": empty, "datasets": empty, "models": empty, "infers": empty,
        "feedbacks": empty, "rules": empty,
    });
    serde_json::from_value(plan).unwrap()
}

pub(super) fn deployed() -> Change {
    let plan = plan();
    Change::Deployed {
        flow: FLOW.into(),
        digest: plan.digest(),
        plan: serde_json::to_string(&plan).unwrap(),
        at: NOON,
    }
}

pub(super) fn event(id: &str, key: &str) -> Change {
    let payload = json!({ "text": "naïve \u{0} \"quoted\"\n", "n": 9_007_199_254_740_991_u64, "f": 0.1 });
    Change::Event {
        id: id.into(),
        flow: FLOW.into(),
        source: "trigger/labelled".into(),
        key: key.into(),
        digest: "d".into(),
        payload,
        at: NOON,
    }
}

pub(super) fn run(id: &str, event: &str, status: Status) -> Change {
    let steps = vec![State::Waiting];
    let graph = GraphRef::Rule("collect".into());
    let run = Run {
        graph,
        input: json!({ "event": event }),
        status,
        steps,
        rounds: Vec::new(),
        deadline: None,
    };
    Change::Run {
        id: id.into(),
        flow: FLOW.into(),
        plan: plan().digest(),
        event: event.into(),
        created: NOON,
        at: NOON,
        run,
        cause: Value::Null,
    }
}

pub(super) fn running() -> Status {
    Status::Running { since: NOON }
}

pub(super) fn succeeded() -> Status {
    Status::Succeeded { output: Value::Null }
}

pub(super) fn decision(event: &str) -> Change {
    let verdict = Verdict::Merged { run: "r1".into() };
    Change::Decision {
        event: event.into(),
        rule: "retrain".into(),
        verdict,
    }
}

pub(super) fn cursor(from: Value, to: Value) -> Change {
    Change::Cursor {
        flow: FLOW.into(),
        feed: "labelled".into(),
        from,
        to,
    }
}

pub(super) fn row(key: &str, at: u64) -> Change {
    Change::Row {
        flow: FLOW.into(),
        dataset: "samples".into(),
        key: key.into(),
        row: json!({ "key": key }),
        at,
    }
}

pub(super) fn model(version: u64) -> ModelRef {
    ModelRef {
        digest: blake3::hash(&version.to_le_bytes()).to_hex().to_string(),
        train: "fit".into(),
        version,
        size: 9,
        reports: json!({ "loss": 0.25 }),
    }
}

pub(super) fn version(version: u64, run: &str) -> Change {
    let step = format!("candidate_{version}");
    Change::Version {
        flow: FLOW.into(),
        model: model(version),
        run: run.into(),
        step,
        at: NOON,
    }
}

pub(super) fn live(number: u64, version: u64, run: &str) -> Change {
    Change::Live {
        flow: FLOW.into(),
        name: "digits".into(),
        number,
        model: model(version),
        run: run.into(),
        step: "deploy".into(),
        at: NOON,
    }
}

pub(super) fn growth(rows: u64) -> Change {
    Change::Growth {
        flow: FLOW.into(),
        rule: "retrain".into(),
        dataset: "samples".into(),
        rows,
    }
}

pub(super) fn request(id: &str, expires: u64) -> Change {
    Change::Request {
        id: id.into(),
        flow: FLOW.into(),
        infer: "read_digit".into(),
        input: json!({ "image": 1 }),
        output: json!({ "digit": 7 }),
        expires,
    }
}

/// An item of `trigger/labelled` that does not fit.
pub(super) fn unfit(id: &str, key: &str) -> Change {
    Change::Letter {
        id: id.into(),
        flow: FLOW.into(),
        matter: Matter::unprocessable("labelled", key.into(), "no digit"),
        at: NOON,
    }
}

pub(super) fn settled(letter: &str, outcome: Outcome) -> Change {
    Change::Settled {
        letter: letter.into(),
        outcome,
        at: NOON,
    }
}

pub(super) fn standing(standing: Standing) -> Change {
    Change::Standing {
        flow: FLOW.into(),
        trigger: "labelled".into(),
        standing,
        at: NOON,
    }
}
