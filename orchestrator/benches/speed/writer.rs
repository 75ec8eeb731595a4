//! The writer alone: the groups that 64 runs in flight make, committed one after another with nothing between.

use super::machine;
use flow_engine::{Event, GraphRef, Run, Token, step};
use flow_lang::plan::Plan;
use flowd::clock::{Clock, SystemClock, new_id};
use flowd::store::{Change, NoProbe, Proof, Store};
use flowd::up;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Runs that move in one group.
pub(crate) const RUNS: usize = 64;
/// How long it commits.
const ASKED: Duration = Duration::from_secs(5);

/// What the writer does alone.
pub(crate) struct Bare {
    /// Steps a second.
    pub(crate) steps: f64,
    /// Microseconds of the processor for each.
    pub(crate) cpu_us: f64,
}

pub(crate) async fn bare() -> Bare {
    let folder = tempfile::tempdir().expect("a folder for the data");
    let plan = plan(folder.path());
    let path = folder.path().join("flow.db");
    let _proof = Proof::of(path.clone());
    let store = Store::open(&path, SystemClock.now(), Arc::new(NoProbe))
        .await
        .expect("it opens");
    store.commit(vec![deployed(&plan)]).await.expect("it commits");
    let (mut steps, mut took, mut spent) = (0, Duration::ZERO, 0);
    while took < ASKED {
        let groups = groups(&plan);
        let (began, before) = (Instant::now(), machine::spent_us());
        for group in groups {
            store.commit(group).await.expect("it commits");
        }
        took += began.elapsed();
        spent += machine::spent_us() - before;
        steps += 3 * RUNS;
    }
    store.close().await;
    Bare {
        steps: steps as f64 / took.as_secs_f64(),
        cpu_us: spent as f64 / steps as f64,
    }
}

/// The plan of the flow that is measured.
pub(crate) fn plan(folder: &Path) -> Plan {
    let project = super::inside::project(folder);
    let compiled = up::compile(&project, "dev", &mut std::io::stderr());
    compiled.expect("the flow compiles").1
}

pub(crate) fn deployed(plan: &Plan) -> Change {
    Change::Deployed {
        flow: plan.flow.clone(),
        digest: plan.digest(),
        plan: serde_json::to_string(plan).expect("a plan is plain data"),
        at: SystemClock.now(),
    }
}

/// Four groups: the events and the starts of the runs, and the end of each of their steps.
pub(crate) fn groups(plan: &Plan) -> Vec<Vec<Change>> {
    let mut groups = vec![Vec::new(); 4];
    let digest = plan.digest();
    for _ in 0..RUNS {
        let (event, id, at) = (new_id(&SystemClock), new_id(&SystemClock), SystemClock.now());
        let input = json!({ "n": 7 });
        groups[0].push(Change::Event {
            id: event.clone(),
            flow: plan.flow.clone(),
            source: "trigger/three".into(),
            key: new_id(&SystemClock),
            digest: digest.clone(),
            payload: input.clone(),
            at,
        });
        let mut run = Run::new(plan, GraphRef::Rule("chain".into()), input.clone());
        let moved = |run: &Run, cause: Value| Change::Run {
            id: id.clone(),
            flow: plan.flow.clone(),
            plan: digest.clone(),
            event: event.clone(),
            created: at,
            at,
            run: run.clone(),
            cause,
        };
        groups[0].push(moved(&run, Value::Null));
        let ended = |step| Event::Succeeded {
            token: Token {
                step,
                attempt: 1,
                resend: 0,
            },
            output: input.clone(),
        };
        let causes = [Event::Start, ended(0), ended(1), ended(2)];
        for (group, cause) in groups.iter_mut().zip(causes) {
            let told = serde_json::to_value(&cause).expect("an event is plain data");
            run = step(plan, run, cause, at).0;
            group.push(moved(&run, told));
        }
        assert!(run.status.is_terminal(), "three steps are the whole run");
    }
    groups
}
