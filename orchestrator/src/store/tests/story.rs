//! A daemon's life, told as the daemon would: a run that fails once, trains and deploys.

use super::fixture::{self, FLOW, NOON, Place, cursor, growth, model, request, row};
use crate::store::{Change, Matter, Outcome, Standing, Store, Verdict};
use flow_engine::{Event, GraphRef, Run, Status, Token, step};
use flow_lang::plan::{Expr, Graph, On, Op, Overlap, Plan, Rule, Step, Type};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A rule on `trigger/go` that trains and deploys, and one on `trigger/go` that filters everything.
pub(super) fn plan() -> Plan {
    let mut plan = fixture::plan();
    let model = Type::Model {
        input: Box::new(Type::Bool),
        output: Box::new(Type::Bool),
    };
    let empty = Type::Record(BTreeMap::new());
    let job = json!({
        "input": empty, "output": model, "command": ["true"], "cpu": 1, "memory": 1, "timeout_ms": 1,
        "code": { "folder": "jobs", "digest": "", "requirements": null },
        "pending_ms": 1, "attempts": 2, "model_size": null, "reports": empty, "writes": [], "secrets": [],
    });
    plan.jobs
        .insert("fit".into(), serde_json::from_value(job).unwrap());
    let train = Op::Launch {
        job: "fit".into(),
        args: Expr::Record(BTreeMap::new()),
    };
    let deploy = Op::Deploy {
        model: "digits".into(),
        candidate: Expr::Step(0),
    };
    let any = Type::Json { max: None };
    let steps = [
        ("candidate", train, vec![], model),
        ("deploy", deploy, vec![0], any.clone()),
    ];
    let steps = steps.map(|(name, op, needs, output)| Step {
        name: name.into(),
        op,
        needs,
        guards: Vec::new(),
        caught_by: None,
        within: None,
        output,
    });
    let graph = Graph {
        input: any,
        steps: steps.into(),
        result: None,
        output: empty,
    };
    let rule = Rule {
        on: vec![On::Trigger { trigger: "go".into() }],
        filter: None,
        deadline_ms: None,
        rate: None,
        overlap: Overlap::Queue,
        queue_max: 9,
        graph: graph.clone(),
    };
    let idle = Graph {
        steps: Vec::new(),
        ..graph
    };
    plan.rules.insert(
        "idle".into(),
        Rule {
            graph: idle,
            ..rule.clone()
        },
    );
    plan.rules.insert("retrain".into(), rule);
    plan
}

pub(super) fn deployed() -> Change {
    let plan = plan();
    let text = serde_json::to_string(&plan).unwrap();
    Change::Deployed {
        flow: FLOW.into(),
        digest: plan.digest(),
        plan: text,
        at: NOON,
    }
}

pub(super) fn event(id: &str, key: &str) -> Change {
    let (id, source) = (id.into(), "trigger/go".into());
    let payload = json!({ "text": "naïve", "third": 1.0 / 3.0 });
    Change::Event {
        id,
        flow: FLOW.into(),
        source,
        key: key.into(),
        digest: "d".into(),
        payload,
        at: NOON,
    }
}

pub(super) fn filtered(event: &str) -> Change {
    Change::Decision {
        event: event.into(),
        rule: "idle".into(),
        verdict: Verdict::Filtered,
    }
}

pub(super) fn state(id: &str, run: &Run, cause: Value, at: u64) -> Change {
    Change::Run {
        id: id.into(),
        flow: FLOW.into(),
        plan: plan().digest(),
        event: "e1".into(),
        created: NOON,
        at,
        run: run.clone(),
        cause,
    }
}

/// What happened to the run `r1`, moved by the engine itself.
pub(super) fn states() -> Vec<Change> {
    let plan = plan();
    let token = |step, attempt| Token {
        step,
        attempt,
        resend: 0,
    };
    let error = flow_engine::StepError::new(flow_engine::ErrorKind::Crash, "boom");
    let events = [
        Event::Start,
        Event::Failed {
            token: token(0, 1),
            error,
        },
        Event::Tick,
        Event::Succeeded {
            token: token(0, 2),
            output: json!(model(1)),
        },
        Event::Succeeded {
            token: token(1, 1),
            output: json!({ "version": 1 }),
        },
    ];
    let mut run = Run::new(
        &plan,
        GraphRef::Rule("retrain".into()),
        json!({ "third": 1.0 / 3.0 }),
    );
    let mut states = vec![state("r1", &run, Value::Null, NOON)];
    for (n, event) in (1..).zip(events) {
        let (at, cause) = (NOON + n * 2_000, serde_json::to_value(&event).unwrap());
        run = step(&plan, run, event, at).0;
        states.push(state("r1", &run, cause, at));
    }
    states
}

pub(super) fn version(step: &str) -> Change {
    let (run, step) = ("r1".into(), step.into());
    Change::Version {
        flow: FLOW.into(),
        model: model(1),
        run,
        step,
        at: NOON,
    }
}

pub(super) fn live(number: u64, version: u64) -> Change {
    let (run, step) = ("r1".into(), "deploy".into());
    let (flow, name) = (FLOW.into(), "digits".into());
    Change::Live {
        flow,
        name,
        number,
        model: model(version),
        run,
        step,
        at: NOON,
    }
}

/// A daemon's life, in which everything is as it should be.
pub(super) async fn story(place: &Place) -> Store {
    let store = place.open().await;
    let states = states();
    store
        .commit(vec![
            deployed(),
            event("e1", "a"),
            states[0].clone(),
            filtered("e1"),
        ])
        .await
        .unwrap();
    store.commit(states[1..4].to_vec()).await.unwrap();
    let read = vec![
        cursor(Value::Null, json!(1)),
        cursor(json!(1), json!(2)),
        growth(1),
        request("q1", 5),
    ];
    store.commit(read).await.unwrap();
    let rows = vec![row("a", NOON), row("b", NOON + 5), row("a", NOON), growth(2)];
    store.commit(rows).await.unwrap();
    store.close().await;
    let store = place.open().await;
    let trained = vec![
        states[4].clone(),
        version("candidate"),
        states[5].clone(),
        live(1, 1),
    ];
    store.commit(trained).await.unwrap();
    let expired = Change::Expired {
        flow: FLOW.into(),
        dataset: "samples".into(),
        before: NOON + 1,
    };
    let note = Change::Note {
        about: "daemon".into(),
        text: "a note".into(),
    };
    store
        .commit(vec![expired, Change::Forgotten { before: 6 }, note])
        .await
        .unwrap();
    store
}

/// An event whose run fails, and the run that is made of its letter.
pub(super) fn failed_and_retried() -> Vec<Change> {
    let plan = plan();
    let of = |id: &str, run: &Run, cause: Value, at: u64| match state(id, run, cause, at) {
        Change::Run {
            id,
            flow,
            plan,
            created,
            at,
            run,
            cause,
            ..
        } => Change::Run {
            event: "e7".into(),
            id,
            flow,
            plan,
            created,
            at,
            run,
            cause,
        },
        other => other,
    };
    let pending = Run::new(&plan, GraphRef::Rule("retrain".into()), json!({}));
    let start = step(&plan, pending.clone(), Event::Start, NOON).0;
    let error = flow_engine::StepError::new(flow_engine::ErrorKind::Type, "no number");
    let token = Token {
        step: 0,
        attempt: 1,
        resend: 0,
    };
    let fail = Event::Failed { token, error };
    let failed = step(&plan, start.clone(), fail.clone(), NOON).0;
    let Status::Failed { error } = failed.status.clone() else {
        panic!("{failed:?}");
    };
    let cause = |event: &Event| serde_json::to_value(event).unwrap();
    vec![
        event("e7", "g"),
        filtered("e7"),
        of("r7", &pending, Value::Null, NOON),
        of("r7", &start, cause(&Event::Start), NOON),
        of("r7", &failed, cause(&fail), NOON),
        Change::Letter {
            id: "l7".into(),
            flow: FLOW.into(),
            matter: Matter::Failed {
                graph: GraphRef::Rule("retrain".into()),
                run: "r7".into(),
                error,
            },
            at: NOON,
        },
        fixture::settled("l7", Outcome::Run { run: "r8".into() }),
        of("r8", &pending, Value::Null, NOON),
    ]
}

/// Items that do not fit, what became of them, and a feed that stands still.
pub(super) fn unfit_and_still() -> Vec<Change> {
    let why = |why: &str| why.to_owned();
    vec![
        fixture::unfit("l1", "x"),
        fixture::unfit("l2", "y"),
        fixture::settled(
            "l1",
            Outcome::Unfit {
                why: why("no number"),
            },
        ),
        fixture::settled("l1", Outcome::Dropped),
        fixture::standing(Standing::Gap { why: why("gone") }),
    ]
}
