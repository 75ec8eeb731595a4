use crate::plan::Plan;
use serde_json::{Value, json};

/// A flow with one of each.
fn whole() -> Value {
    let nothing = json!({ "record": {} });
    let row = json!({ "record": { "n": { "type": { "int": { "min": 0, "max": 9 } } } } });
    let code = json!({ "folder": "functions", "digest": "0".repeat(64), "requirements": null });
    let function = json!({
        "runtime": "python:3", "code": code, "entry": "main", "memory": 1, "timeout_ms": 1, "logs": 1,
        "payload": 1, "result": 1, "params": {}, "secrets": ["key"],
    });
    let step = |name: &str, op: Value, needs: Value| json!({ "name": name, "op": op, "needs": needs, "output": nothing });
    let mut caught = step(
        "clean.seen_2",
        json!({ "invoke": { "action": "act", "args": { "step": 0 } } }),
        json!([0]),
    );
    caught["caught_by"] = json!(2);
    let mut after = step(
        "append",
        json!({ "append": { "dataset": "rows", "row": { "step": 1 } } }),
        json!([1, 2]),
    );
    after["guards"] = json!([{ "step": 2, "is": true }]);
    let steps = json!([
        step("when", json!({ "when": { "cond": "input" } }), json!([])),
        caught,
        step("catch", json!({ "catch": { "body": [1] } }), json!([1])),
        after,
        step(
            "deploy",
            json!({ "deploy": { "model": "digits", "candidate": { "step": 0 } } }),
            json!([0])
        ),
        step(
            "fit",
            json!({ "launch": { "job": "fit", "args": "input" } }),
            json!([])
        ),
        step(
            "ask",
            json!({ "predict": { "model": "digits", "input": "input" } }),
            json!([])
        ),
        step(
            "snapshot",
            json!({ "snapshot": { "dataset": "rows" } }),
            json!([])
        ),
        step(
            "split",
            json!({ "split": { "dataset": "rows", "test": 1 } }),
            json!([])
        ),
        step("live", json!({ "live": { "model": "digits" } }), json!([])),
    ]);
    let graph = json!({ "input": row, "steps": steps, "result": { "step": 9 }, "output": nothing });
    json!({
        "version": 1, "flow": "shop", "env": "dev",
        "packages": { "inbox": { "kind": "objects", "item": row, "config": {} } },
        "triggers": { "fired": {
            "payload": row,
            "source": { "package": { "package": "inbox", "feed": "new" } },
            "at_most": { "count": 1, "per_ms": 1 },
        } },
        "secrets": { "key": "env:KEY" },
        "actions": { "act": { "input": row, "output": nothing, "effects": "pure", "attempts": 1, "function": function } },
        "jobs": { "fit": {
            "input": row, "output": { "model": { "input": row, "output": row } }, "command": ["python"], "code": code,
            "cpu": 1, "memory": 1, "timeout_ms": 1, "pending_ms": 1, "attempts": 1, "model_size": null,
            "reports": nothing, "writes": ["inbox"], "secrets": ["key"],
        } },
        "datasets": { "rows": { "row": row, "retention_ms": null } },
        "models": { "digits": { "input": row, "output": row, "function": function, "scale": [0, 1], "idle_ms": 1 } },
        "infers": { "ask": {
            "method": "POST", "path": "/ask", "deadline_ms": 1, "keep_ms": 1, "durable": false, "graph": graph,
        } },
        "feedbacks": { "truth": { "of": "ask", "input": row, "graph": graph } },
        "rules": { "keep": {
            "on": [{ "trigger": { "trigger": "fired" } }, { "grew": { "dataset": "rows", "rows": 1 } }, "flow_deployed", { "published": { "train": "fit" } },
                { "deployed": { "model": "digits" } }, { "failed": { "rule": "keep" } }],
            "filter": "input", "deadline_ms": 1, "rate": { "count": 1, "per_ms": 1 }, "overlap": "queue",
            "queue_max": 1, "graph": graph,
        } },
    })
}

fn check(plan: Value) -> String {
    let plan: Plan = serde_json::from_value(plan).expect("it has the form of a plan");
    plan.validate()
        .map_or_else(|flaw| flaw.to_string(), |()| String::new())
}

#[test]
fn a_whole_plan_holds_together() {
    assert_eq!(check(whole()), "");
}

#[test]
fn what_does_not_hold_together_is_told_with_its_place() {
    let far = json!((1_u64 << 53) + 1);
    let mut unmasked = whole()["actions"]["act"].clone();
    unmasked["input"] = json!({ "record": { "who": { "type": { "private": { "text": { "max": 4 } } } } } });
    unmasked["output"] = unmasked["input"].clone();
    unmasked["output"]["record"]["n"] = json!({ "type": "bool" });
    let cases = [
        (
            "/flow",
            json!("../etc"),
            "the name `../etc` of the plan is no name",
        ),
        ("/flow", json!(""), "is no name"),
        ("/flow", json!("9a"), "is no name"),
        ("/flow", json!("a".repeat(129)), "is no name"),
        ("/flow", json!("a\u{1b}[2J"), "the name `a\\u{1b}[2J` of"),
        ("/packages/inbox/item", json!("bool"), "no record as its item"),
        (
            "/triggers/fired/payload",
            json!("bool"),
            "no record as its payload",
        ),
        (
            "/triggers/fired/source/package/package",
            json!("x"),
            "package `x`, which is not there",
        ),
        (
            "/triggers/fired/at_most/per_ms",
            far.clone(),
            "`at_most` of more than",
        ),
        ("/actions/act/input", json!("bool"), "no record as its input"),
        (
            "/actions/act",
            unmasked,
            "action `act` of the plan gives in the clear what it makes of private data",
        ),
        (
            "/actions/act/output",
            json!({ "record": { "../x": { "type": "bool" } } }),
            "a field `../x`",
        ),
        (
            "/actions/act/function/secrets/0",
            json!("x"),
            "secret `x`, which is not there",
        ),
        (
            "/actions/act/function/code/digest",
            json!("../x"),
            "code without a digest",
        ),
        (
            "/actions/act/function/timeout_ms",
            far.clone(),
            "`timeout` of more than",
        ),
        (
            "/jobs/fit/code/digest",
            json!("A".repeat(64)),
            "code without a digest",
        ),
        (
            "/jobs/fit/writes/0",
            json!("x"),
            "package `x`, which is not there",
        ),
        (
            "/jobs/fit/secrets/0",
            json!("x"),
            "secret `x`, which is not there",
        ),
        ("/jobs/fit/pending_ms", far.clone(), "`pending` of more than"),
        (
            "/jobs/fit/output/model/input/record",
            json!({ "a b": { "type": "bool" } }),
            "a field `a b`",
        ),
        (
            "/datasets/rows/row",
            json!({ "list": { "item": "bool", "length": "any" } }),
            "no record as its row",
        ),
        (
            "/datasets/rows/retention_ms",
            far.clone(),
            "`retention` of more than",
        ),
        ("/models/digits/idle_ms", far.clone(), "`idle` of more than"),
        ("/infers/ask/keep_ms", far.clone(), "`keep` of more than"),
        (
            "/infers/ask/graph/input",
            json!("bool"),
            "infer `ask` of the plan has no record",
        ),
        ("/feedbacks/truth/of", json!("x"), "infer `x`, which is not there"),
        ("/feedbacks/truth/input", json!("bool"), "no record as its input"),
        (
            "/rules/keep/on/0/trigger/trigger",
            json!("x"),
            "trigger `x`, which is not there",
        ),
        (
            "/rules/keep/on/1/grew/dataset",
            json!("x"),
            "dataset `x`, which is not there",
        ),
        (
            "/rules/keep/on/3/published/train",
            json!("x"),
            "train `x`, which is not there",
        ),
        (
            "/jobs/fit/output",
            json!({ "record": {} }),
            "a model of `fit`, which is no train",
        ),
        (
            "/rules/keep/on/4/deployed/model",
            json!("x"),
            "model `x`, which is not there",
        ),
        (
            "/rules/keep/on/5/failed/rule",
            json!("x"),
            "rule `x`, which is not there",
        ),
        ("/rules/keep/deadline_ms", far.clone(), "`deadline` of more than"),
        ("/rules/keep/rate/per_ms", far, "`rate` of more than"),
        ("/rules/keep/filter", json!({ "step": 0 }), "reads step 0"),
        ("/rules/keep/graph/result", json!({ "step": 10 }), "reads step 10"),
    ];
    for (place, value, says) in cases {
        check_broken(place, value, says);
    }
}

#[test]
fn a_graph_that_would_stop_the_engine_is_refused() {
    let cases = [
        ("1/name", json!("../../x"), "has no name of the language"),
        ("1/name", json!("a..b"), "has no name of the language"),
        ("1/name", json!("a/b"), "has no name of the language"),
        (
            "1/name",
            json!(["a"; 121].join(".")),
            "has no name of the language",
        ),
        ("1/name", json!("when"), "the name of another step"),
        ("1/needs/0", json!(1), "needs what does not stand before it"),
        ("3/needs", json!([2, 1]), "needs what does not stand before it"),
        ("3/needs", json!([1, 1]), "needs what does not stand before it"),
        ("3/needs", json!([99]), "needs what does not stand before it"),
        ("3/guards/0/step", json!(1), "guarded by what decides nothing"),
        ("3/guards/0/step", json!(3), "guarded by what decides nothing"),
        ("3/guards/0/step", json!(99), "guarded by what decides nothing"),
        ("1/caught_by", json!(99), "caught by what does not catch it"),
        ("1/caught_by", json!(0), "caught by what does not catch it"),
        ("0/caught_by", json!(2), "caught by what does not catch it"),
        (
            "2/op/catch/body",
            json!([0, 1]),
            "catches what is not caught by it",
        ),
        (
            "2/op/catch/body",
            json!([1, 2]),
            "catches what is not caught by it",
        ),
        (
            "2/op/catch/body",
            json!([1, 99]),
            "catches what is not caught by it",
        ),
        ("0/op/when/cond", json!({ "step": 0 }), "reads step 0"),
        ("1/op/invoke/action", json!("x"), "action `x`, which is not there"),
        (
            "1/op/invoke/args",
            json!({ "record": { "n": { "list": [{ "step": 99 }] } } }),
            "reads step 99",
        ),
        (
            "3/op/append/dataset",
            json!("x"),
            "dataset `x`, which is not there",
        ),
        ("3/op/append/row/step", json!(3), "reads step 3"),
        ("4/op/deploy/model", json!("x"), "model `x`, which is not there"),
        ("4/op/deploy/candidate/step", json!(4), "reads step 4"),
        ("5/op/launch/job", json!("x"), "job `x`, which is not there"),
        ("5/op/launch/args", json!({ "step": 5 }), "reads step 5"),
        ("6/op/predict/model", json!("x"), "model `x`, which is not there"),
        ("6/op/predict/input", json!({ "step": 6 }), "reads step 6"),
        (
            "7/op/snapshot/dataset",
            json!("x"),
            "dataset `x`, which is not there",
        ),
        (
            "8/op/split/dataset",
            json!("x"),
            "dataset `x`, which is not there",
        ),
        ("9/op/live/model", json!("x"), "model `x`, which is not there"),
        (
            "9/output",
            json!({ "record": { "": { "type": "bool" } } }),
            "a field ``",
        ),
    ];
    for (place, value, says) in cases {
        for graph in ["/rules/keep", "/infers/ask", "/feedbacks/truth"] {
            check_broken(&format!("{graph}/graph/steps/{place}"), value.clone(), says);
        }
    }
}

#[test]
fn a_declaration_with_a_broken_name_is_refused() {
    let kinds = [
        "packages",
        "triggers",
        "secrets",
        "actions",
        "jobs",
        "datasets",
        "models",
        "infers",
        "feedbacks",
        "rules",
    ];
    for kind in kinds {
        let mut plan = whole();
        let all = plan[kind].as_object_mut().expect("a collection");
        let (_, one) = all.clone().into_iter().next().expect("one of each");
        all.insert("../x".to_owned(), one);
        let said = check(plan);
        assert!(
            said.ends_with("`../x` of the plan is no name of the language"),
            "{kind}: {said}"
        );
    }
}

#[test]
fn private_data_stands_where_it_is_sealed_and_nowhere_else() {
    let private = |ty: Value| json!({ "record": { "who": { "type": { "private": ty } } } });
    let text = || private(json!({ "text": { "max": 64 } }));
    for place in [
        "/triggers/fired/payload",
        "/packages/inbox/item",
        "/actions/act/input",
        "/actions/act/output",
    ] {
        let mut plan = whole();
        *plan.pointer_mut(place).expect("a place of the plan") = text();
        assert_eq!(check(plan), "", "{place}");
    }
    for (place, what) in [
        ("/datasets/rows/row", "its row"),
        ("/models/digits/input", "its input"),
        ("/models/digits/output", "its output"),
        ("/jobs/fit/input", "its input"),
        ("/jobs/fit/reports", "its report"),
        ("/infers/ask/graph/output", "its output"),
    ] {
        check_broken(place, text(), &format!("has private data in {what}"));
    }
    let blob = json!({ "blob": { "mime": "image/png", "max": 1 } });
    for inner in [blob, json!({ "private": "bool" }), json!({ "optional": "bool" })] {
        check_broken(
            "/triggers/fired/payload",
            private(inner),
            "a private part that cannot be sealed",
        );
    }
}

/// Puts `value` at `place` (a JSON pointer) of the whole plan.
fn check_broken(place: &str, value: Value, says: &str) {
    let mut plan = whole();
    let (parent, last) = place.rsplit_once('/').expect("a place below the plan");
    let parent = plan
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("{place} is no place"));
    match parent.as_array_mut() {
        Some(items) => items[last.parse::<usize>().expect("a number")] = value,
        None => parent[last] = value,
    }
    let said = check(plan);
    assert!(said.contains(says), "{place}: {said:?}");
}
