use super::{MAIN, action, check, dataset, job, model, record, rule};
use serde_json::{Value, json};

fn step(ix: u64) -> Value {
    json!({ "step": ix })
}

fn guard(ix: u64, is: bool) -> Value {
    json!({ "step": ix, "is": is })
}

fn invoke(args: Value) -> Value {
    json!({ "invoke": { "action": "a", "args": { "record": args } } })
}

fn when(score: Value) -> Value {
    json!({ "when": { "cond": { "binary": ["greater_equal", { "field": [score, "accuracy"] }, { "literal": 0.95 }] } } })
}

fn deploy(candidate: Value) -> Value {
    json!({ "deploy": { "model": "digits", "candidate": candidate } })
}

fn launch() -> Value {
    json!({ "launch": { "job": "fit", "args": { "record": {} } } })
}

/// A rule `retrain` with these steps, beside an action that judges and a job that trains.
fn retrain(steps: &[(Value, Value)], findings: &[&str]) {
    let input = record(&[("model", model()), ("data", dataset())]);
    let mut fit = job(&[]);
    fit["output"] = model();
    check(
        json!({
            "actions": { "a": action(json!({ "input": input })) },
            "jobs": { "fit": fit },
            "rules": { "retrain": rule(json!("flow_deployed"), false, steps) },
        }),
        MAIN,
        findings,
    );
}

#[test]
fn a_deploy_without_a_judgement() {
    let undecided = "ml/ungated-deploy: `retrain` deploys to `digits`, but nothing decides whether it should";
    let unjudged = "ml/ungated-deploy: `retrain` deploys to `digits`, but no condition around it depends on a judgement of this model";
    retrain(
        &[(launch(), json!([])), (deploy(step(0)), json!([]))],
        &[undecided],
    );
    // Judged, but the judgement decides nothing.
    retrain(
        &[
            (launch(), json!([])),
            (invoke(json!({ "model": step(0) })), json!([])),
            (deploy(step(0)), json!([])),
        ],
        &[undecided],
    );
    // Another model was judged.
    retrain(
        &[
            (launch(), json!([])),
            (json!({ "live": { "model": "digits" } }), json!([])),
            (invoke(json!({ "model": step(1) })), json!([])),
            (when(step(2)), json!([])),
            (deploy(step(0)), json!([guard(3, true)])),
        ],
        &[unjudged],
    );
    // What training says of itself is no judgement.
    retrain(
        &[
            (launch(), json!([])),
            (when(json!({ "field": [step(0), "reports"] })), json!([])),
            (deploy(step(0)), json!([guard(1, true)])),
        ],
        &[unjudged],
    );
    // Nor is a judgement of what it says.
    retrain(
        &[
            (launch(), json!([])),
            (
                invoke(json!({ "reports": { "field": [step(0), "reports"] } })),
                json!([]),
            ),
            (when(step(1)), json!([])),
            (deploy(step(0)), json!([guard(2, true)])),
        ],
        &[unjudged],
    );
    // Only one of two candidates was judged.
    let either = json!({ "if": [{ "literal": true }, step(0), step(1)] });
    retrain(
        &[
            (launch(), json!([])),
            (launch(), json!([])),
            (invoke(json!({ "model": step(0) })), json!([])),
            (when(step(2)), json!([])),
            (deploy(either), json!([guard(3, true)])),
        ],
        &[unjudged],
    );
}

#[test]
fn a_judged_deploy() {
    let judged = invoke(json!({ "model": step(0), "data": step(0) }));
    retrain(
        &[
            (launch(), json!([])),
            (judged.clone(), json!([])),
            (when(step(1)), json!([])),
            (deploy(step(0)), json!([guard(2, true)])),
        ],
        &[],
    );
    // The judgement goes through another action, and an outer condition decides.
    retrain(
        &[
            (launch(), json!([])),
            (judged, json!([])),
            (invoke(json!({ "score": step(1) })), json!([])),
            (when(step(2)), json!([])),
            (when(json!("input")), json!([guard(3, true)])),
            (deploy(step(0)), json!([guard(3, true), guard(4, true)])),
        ],
        &[],
    );
    let either = json!({ "if": [{ "literal": true }, step(0), step(1)] });
    retrain(
        &[
            (launch(), json!([])),
            (launch(), json!([])),
            (invoke(json!({ "model": either })), json!([])),
            (when(step(2)), json!([])),
            (deploy(either), json!([guard(3, true)])),
        ],
        &[],
    );
}

fn append(dataset: &str) -> Value {
    json!({ "append": { "dataset": dataset, "row": { "record": {} } } })
}

fn grew(dataset: &str, rows: u64) -> Value {
    json!({ "grew": { "dataset": dataset, "rows": rows } })
}

fn rules(mut rules: Value, findings: &[&str]) {
    // Every trigger is heard.
    for trigger in ["seen", "by_hand"] {
        rules[format!("z_{trigger}")] = rule(json!({ "trigger": { "trigger": trigger } }), false, &[]);
    }
    let row = json!({ "row": record(&[]), "retention_ms": null });
    check(
        json!({
            "packages": { "inbox": { "kind": "objects", "item": record(&[]), "config": {} } },
            "triggers": {
                "seen": { "payload": record(&[]), "source": { "package": { "package": "inbox", "feed": "created" } }, "at_most": { "count": 1, "per_ms": 60_000 } },
                "by_hand": { "payload": record(&[]), "source": null, "at_most": null },
            },
            "datasets": { "d": row, "e": row },
            "jobs": { "fit": job(&["inbox"]) },
            "rules": rules,
        }),
        MAIN,
        findings,
    );
}

#[test]
fn a_loop_without_a_damper() {
    let seen = json!({ "trigger": { "trigger": "seen" } });
    rules(
        json!({ "again": rule(seen.clone(), false, &[(launch(), json!([]))]) }),
        &[
            "graph/trigger-loop: `again` starts itself again and nothing ends it: again → fit → inbox.created → seen → again",
        ],
    );
    // Nobody knows how much a job writes, so no number of rows is enough.
    rules(
        json!({
            "collect": rule(seen, false, &[(append("d"), json!([]))]),
            "retrain": rule(grew("d", 700), false, &[(launch(), json!([]))]),
        }),
        &[
            "graph/trigger-loop: `collect` starts itself again and nothing ends it: collect → \
             append to d → d.grew(rows: 700) → retrain → fit → inbox.created → seen → collect",
        ],
    );
    rules(
        json!({ "copy": rule(grew("d", 1), false, &[(append("d"), json!([]))]) }),
        &[
            "graph/trigger-loop: `copy` starts itself again and nothing ends it: copy → append to d → d.grew(rows: 1) → copy",
        ],
    );
    // Each loop alone dies out; together they append two thirds twice.
    let two = [(append("d"), json!([])), (append("d"), json!([]))];
    rules(
        json!({ "one": rule(grew("d", 3), false, &two), "other": rule(grew("d", 3), false, &two) }),
        &[
            "graph/trigger-loop: `one` starts itself again and nothing ends it: one → append to d → d.grew(rows: 3) → one",
        ],
    );
}

#[test]
fn a_loop_that_ends() {
    let seen = json!({ "trigger": { "trigger": "seen" } });
    rules(
        json!({
            "collect": rule(seen, false, &[(append("d"), json!([]))]),
            "retrain": rule(grew("d", 700), true, &[(launch(), json!([]))]),
        }),
        &[],
    );
    rules(
        json!({ "copy": rule(grew("d", 2), false, &[(append("d"), json!([]))]) }),
        &[],
    );
    rules(
        json!({
            "there": rule(grew("d", 1), false, &[(append("e"), json!([]))]),
            "back": rule(grew("e", 2), false, &[(append("d"), json!([]))]),
        }),
        &[],
    );
    // Of two arms one runs, so a round appends one row.
    let arms = [
        (json!({ "when": { "cond": "input" } }), json!([])),
        (append("d"), json!([guard(0, true)])),
        (append("d"), json!([guard(0, false)])),
    ];
    rules(json!({ "copy": rule(grew("d", 2), false, &arms) }), &[]);
    // It writes where nobody listens, and listens to what nobody writes.
    rules(
        json!({
            "first": rule(json!("flow_deployed"), false, &[(launch(), json!([]))]),
            "hand": rule(json!({ "trigger": { "trigger": "by_hand" } }), false, &[(launch(), json!([]))]),
        }),
        &[],
    );
}
