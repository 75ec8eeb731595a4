//! What a run costs in memory while it sleeps.

use super::*;
use crate::clock::{SystemClock, new_id};
use flow_engine::{Event, step};
use serde_json::json;

/// Sleepers that CI looks at; a tenth of what is promised.
const SLEEPERS: usize = 100_000;
/// Bytes of memory that one may cost, with its places among what wakes and what is open.
const BYTES_MAX: usize = 2_560;
const MONTH_MS: Millis = 30 * 24 * 3_600_000;

#[expect(
    clippy::disallowed_methods,
    reason = "this is how a person asks for the long run"
)]
fn sleepers() -> usize {
    match std::env::var("FLOW_SOAK").is_ok_and(|soak| soak == "1") {
        true => 10 * SLEEPERS,
        false => SLEEPERS,
    }
}

/// Bytes of this process that are in memory.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = pages.split(' ').nth(1).unwrap().parse().unwrap();
    pages * rustix::param::page_size()
}

fn plan() -> Plan {
    let (empty, nothing) = (json!({}), json!({ "record": {} }));
    let nap = json!({ "name": "nap", "op": { "sleep": { "ms": MONTH_MS } }, "needs": [], "output": nothing });
    let graph = json!({ "input": nothing, "steps": [nap], "result": null, "output": nothing });
    let rule = json!({
        "on": [{ "trigger": { "trigger": "called" } }], "filter": null, "deadline_ms": null, "rate": null,
        "overlap": "parallel", "queue_max": 1000, "graph": graph,
    });
    let called = json!({ "payload": nothing, "source": null, "at_most": null });
    let plan = json!({
        "version": 1, "flow": "naps", "env": "dev", "packages": empty, "triggers": { "called": called },
        "secrets": empty, "actions": empty, "jobs": empty, "datasets": empty, "models": empty,
        "infers": empty, "feedbacks": empty, "rules": { "rest": rule },
    });
    serde_json::from_value(plan).unwrap()
}

#[test]
fn a_run_that_sleeps_for_a_month_costs_no_more_than_its_state() {
    let (plan, count) = (Arc::new(plan()), sleepers());
    let (digest, graph) = (plan.digest(), GraphRef::Rule("rest".into()));
    let before = resident();
    let mut memory = Memory::default();
    for number in 0..count {
        let id = new_id(&SystemClock);
        let run = Run::new(&plan, graph.clone(), json!({ "number": number }));
        let (run, _) = step(&plan, run, Event::Start, 0);
        let wake = run.due();
        assert_eq!(wake, Some(MONTH_MS));
        let mut open = OpenRun {
            flow: "naps".into(),
            digest: digest.clone(),
            plan: Arc::clone(&plan),
            event: new_id(&SystemClock),
            created: 0,
            run,
            wake: None,
        };
        let lane = memory.lanes.entry(("naps".into(), "rest".into())).or_default();
        lane.open.push(id.clone());
        memory.wake(&id, &mut open, wake);
        memory.runs.insert(id, open);
    }
    let each = (resident() - before) / count;
    assert!(each <= BYTES_MAX, "{each} bytes for each of {count}");
    assert_eq!(memory.wakes.len(), count);
    tell(each, count);
}

/// The figure, for whoever asks with `--nocapture`.
#[expect(clippy::print_stderr, reason = "a figure that a person asks for")]
fn tell(each: usize, count: usize) {
    eprintln!("{each} bytes for each of {count} sleeping runs");
}
