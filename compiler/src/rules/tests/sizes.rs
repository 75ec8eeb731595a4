use super::{MAIN, action, check, check_in, function, record, rule, text};
use serde_json::{Value, json};

/// One action `a` with a property of its function changed.
fn with(property: &str, value: Value) -> Value {
    json!({ "actions": { "a": action(json!({ "function": { property: value } })) } })
}

#[test]
fn timeout() {
    check(
        with("timeout_ms", json!(600_000)),
        MAIN,
        &["limits/timeout: `a` may take 10m, but `prod` (openwhisk) allows 5m"],
    );
    check(
        with("timeout_ms", json!(50)),
        MAIN,
        &["limits/timeout: `a` may take 50ms, but `prod` (openwhisk) wants at least 100ms"],
    );
    check(with("timeout_ms", json!(300_000)), MAIN, &[]);
    check_in(
        &[("timeout", 600_000)],
        with("timeout_ms", json!(600_000)),
        MAIN,
        &[],
    );
    check_in(
        &[("timeout", 30_000)],
        with("timeout_ms", json!(60_000)),
        MAIN,
        &["limits/timeout: `a` may take 1m, but `prod` (openwhisk) allows 30s"],
    );
}

#[test]
fn memory_and_logs() {
    check(
        with("memory", json!(1u64 << 30)),
        MAIN,
        &["limits/memory: `a` asks for 1GiB, but `prod` (openwhisk) allows 512MiB"],
    );
    check(
        with("memory", json!(64 << 20)),
        MAIN,
        &["limits/memory: `a` asks for 64MiB, but `prod` (openwhisk) wants at least 128MiB"],
    );
    check(with("memory", json!(512 << 20)), MAIN, &[]);
    check(with("memory", json!(128 << 20)), MAIN, &[]);
    check(
        with("logs", json!(11 << 20)),
        MAIN,
        &["limits/logs: `a` keeps a log of 11MiB, but `prod` (openwhisk) allows 10MiB"],
    );
    check(with("logs", json!(10 << 20)), MAIN, &[]);
    check(with("logs", json!(0)), MAIN, &[]);
    let mut served = function();
    served["entry"] = json!("p");
    served["memory"] = json!(1u64 << 30);
    check(
        json!({ "models": { "m": {
            "input": record(&[]), "output": record(&[]), "scale": [0, 8], "idle_ms": 300_000,
            "function": served,
        } } }),
        &[("p.py", "def load(dir): pass\ndef predict(m, rows): pass\n")],
        &["limits/memory: `m` asks for 1GiB, but `prod` (openwhisk) allows 512MiB"],
    );
}

#[test]
fn code_size_counts_base64_text() {
    let check = |bytes: usize, findings: &[&str]| {
        let weights = " ".repeat(bytes);
        let code = [MAIN, &[("weights.bin", weights.as_str())]].concat();
        check(with("logs", json!(0)), &code, findings);
    };
    check(
        37 << 20,
        &[
            "limits/code-size: the code of `a` (`functions`) is up to 37.0MiB as a zip, 49.3MiB as base64 text, \
           but `prod` (openwhisk) allows 48MiB",
        ],
    );
    check(
        (36 << 20) - 200,
        &[
            "limits/code-size: the code of `a` (`functions`) is up to 36.0MiB as a zip, 48.0MiB as base64 text, \
           but `prod` (openwhisk) allows 48MiB",
        ],
    );
    check((36 << 20) - 300, &[]);
    check(0, &[]);
}

#[test]
fn parameters() {
    let params = |bytes: usize| with("params", json!({ "words": "x".repeat(bytes) }));
    check(
        params(2 << 20),
        MAIN,
        &[
            "limits/parameters: what lies under the arguments of `a` can have 2.0MiB (`words` alone 2.0MiB), but `prod` (openwhisk) allows 1MiB",
        ],
    );
    check(
        params(1 << 20),
        MAIN,
        &[
            "limits/parameters: what lies under the arguments of `a` can have 1.0MiB (`words` alone 1.0MiB), but `prod` (openwhisk) allows 1MiB",
        ],
    );
    check(params((1 << 20) - 100), MAIN, &[]);
    check(with("params", json!({})), MAIN, &[]);
}

#[test]
fn payload() {
    let takes = |ty: Value| json!({ "actions": { "a": action(json!({ "input": record(&[("x", ty)]) })) } });
    let list = |item: Value, count: u64| json!({ "list": { "item": item, "length": { "at_most": count } } });
    check(
        takes(text(1 << 20)),
        MAIN,
        &[
            "limits/payload: the arguments of `a` can have 2.0MiB (`x` alone 2.0MiB), but `prod` (openwhisk) allows 1MiB",
        ],
    );
    check(
        takes(list(json!({ "float": { "min": 0.0, "max": 1.0 } }), 50_000)),
        MAIN,
        &[
            "limits/payload: the arguments of `a` can have 1.1MiB (`x` alone 1.1MiB), but `prod` (openwhisk) allows 1MiB",
        ],
    );
    check(
        json!({ "triggers": { "t": { "payload": record(&[("x", text(1 << 20))]), "source": null, "at_most": null } }, "rules": { "r": heard() } }),
        MAIN,
        &[
            "limits/payload: an event of `t` can have 2.0MiB (`x` alone 2.0MiB), but `prod` (openwhisk) allows 1MiB",
        ],
    );
    // 2N + 2 of the text, and `{"x":}` around it.
    check(takes(text((1 << 19) - 4)), MAIN, &[]);
    check(
        takes(list(json!({ "float": { "min": 0.0, "max": 1.0 } }), 40_000)),
        MAIN,
        &[],
    );
    check(
        takes(json!({ "blob": { "mime": "video/mp4", "max": 1u64 << 32 } })),
        MAIN,
        &[],
    );
    check(takes(super::dataset()), MAIN, &[]);
}

#[test]
fn payload_unproved_and_result() {
    let free = json!({ "text": { "max": null } });
    let with =
        |part: &str, ty: Value| json!({ "actions": { "a": action(json!({ part: record(&[("x", ty)]) })) } });
    check(
        with("input", free.clone()),
        MAIN,
        &["warning limits/payload-unproved: the arguments of `a` have no bound on their size: `x` is `text`"],
    );
    check(
        with(
            "input",
            json!({ "list": { "item": record(&[("y", json!({ "optional": free }))]), "length": { "at_most": 3 } } }),
        ),
        MAIN,
        &[
            "warning limits/payload-unproved: the arguments of `a` have no bound on their size: `x[].y` is `text`",
        ],
    );
    check(
        json!({ "triggers": { "t": { "payload": free, "source": null, "at_most": null } }, "rules": { "r": heard() } }),
        MAIN,
        &["warning limits/payload-unproved: events of `t` have no bound on their size: they are `text`"],
    );
    check(with("input", text(64)), MAIN, &[]);
    check(
        with(
            "input",
            json!({ "optional": { "blob": { "mime": "image/png", "max": 1 } } }),
        ),
        MAIN,
        &[],
    );
    check(
        with("output", text(1 << 20)),
        MAIN,
        &[
            "limits/result: the result of `a` can have 2.0MiB (`x` alone 2.0MiB), but `prod` (openwhisk) allows 1MiB",
        ],
    );
    check(
        with("output", free),
        MAIN,
        &["warning limits/result: the result of `a` has no bound on its size: `x` is `text`"],
    );
    check(with("output", text(1 << 18)), MAIN, &[]);
    check(
        with(
            "output",
            json!({ "blob": { "mime": "image/png", "max": 1u64 << 32 } }),
        ),
        MAIN,
        &[],
    );
}

#[test]
fn secrets_and_defaults_travel_with_the_arguments() {
    // A text of half a mebibyte fits, and no longer beside two secrets of up to 32 KiB of JSON each.
    let with = |secrets: &[&str]| {
        let input = record(&[("x", text((1 << 19) - 4))]);
        json!({ "actions": { "a": action(json!({ "input": input, "function": { "secrets": secrets } })) } })
    };
    check(with(&[]), MAIN, &[]);
    check(
        with(&["key", "other"]),
        MAIN,
        &[
            "limits/payload: the arguments of `a` can have 1.1MiB (`x` alone 1024.0KiB), but `prod` (openwhisk) allows 1MiB",
        ],
    );
    let secrets: Vec<_> = (0..33).map(|n| format!("key_{n:02}")).collect();
    let kept = json!({ "actions": { "a": action(json!({ "function": { "secrets": secrets } })) } });
    let stated = [("payload", 4 << 20)];
    check_in(
        &stated,
        kept,
        MAIN,
        &[
            "limits/parameters: what lies under the arguments of `a` can have 1.0MiB (`key_32` alone 32.0KiB, a secret), \
             but `prod` (openwhisk) allows 1MiB",
        ],
    );
    let mut input = record(&[("words", text(2 << 20))]);
    input["record"]["words"]["default"] = json!("x".repeat(2 << 20));
    check_in(
        &[("payload", 8 << 20)],
        json!({ "actions": { "a": action(json!({ "input": input })) } }),
        MAIN,
        &[
            "limits/parameters: what lies under the arguments of `a` can have 2.0MiB (`words` alone 2.0MiB, its default), \
             but `prod` (openwhisk) allows 1MiB",
        ],
    );
}

#[test]
fn a_model_is_asked_with_a_list_of_one_row() {
    let served = |max: u64| {
        let mut function = function();
        function["entry"] = json!("p");
        json!({ "models": { "m": {
            "input": record(&[("x", json!({ "json": { "max": max } }))]), "output": record(&[]), "scale": [0, 8],
            "idle_ms": 300_000, "function": function,
        } } })
    };
    let code = &[("p.py", "def load(dir): pass\ndef predict(m, rows): pass\n")];
    // `[{"x":…}]`
    check(served((1 << 20) - 8), code, &[]);
    check(
        served((1 << 20) - 7),
        code,
        &[
            "limits/payload: the arguments of `m` can have 1.0MiB (`x` alone 1024.0KiB), but `prod` (openwhisk) allows 1MiB",
        ],
    );
}

#[test]
fn what_a_call_passes_is_measured_where_its_callee_has_no_bound() {
    let calls = |passed: Value| {
        let free = json!({ "text": { "max": null } });
        let mut rule = super::rule(
            json!("flow_deployed"),
            false,
            &[(
                json!({ "invoke": { "action": "a", "args": { "record": { "x": passed } } } }),
                json!([]),
            )],
        );
        rule["graph"]["input"] = record(&[("y", text(1 << 20)), ("z", text(64))]);
        json!({ "actions": { "a": action(json!({ "input": record(&[("x", free)]) })) }, "rules": { "r": rule } })
    };
    let unproved =
        "warning limits/payload-unproved: the arguments of `a` have no bound on their size: `x` is `text`";
    let field = |name: &str| json!({ "field": ["input", name] });
    check(calls(field("z")), MAIN, &[unproved]);
    check(calls(json!({ "literal": "x".repeat(1000) })), MAIN, &[unproved]);
    check(
        calls(json!({ "binary": ["default", field("y"), field("z")] })),
        MAIN,
        &[
            "limits/payload: what `a` is given here can have 2.0MiB (`x` alone 2.0MiB), but `prod` (openwhisk) allows 1MiB",
            unproved,
        ],
    );
}

#[test]
fn sequences_and_tries() {
    let chain = |length: usize, side_by_side: bool| {
        let step = |ix: usize| {
            let needs = if ix == 0 || side_by_side {
                json!([])
            } else {
                json!([ix - 1])
            };
            json!({ "name": format!("s{ix}"), "op": { "invoke": { "action": "a", "args": { "record": {} } } },
                "needs": needs, "guards": [], "output": record(&[]) })
        };
        let mut rule = super::rule(json!("flow_deployed"), false, &[]);
        rule["graph"]["steps"] = (0..length).map(step).collect();
        json!({ "actions": { "a": action(json!({})) }, "rules": { "r": rule } })
    };
    let long = "limits/sequence-length: the longest chain of `r` is 51 calls one after the other, but `prod` (openwhisk) \
                allows 50";
    check(chain(50, false), MAIN, &[]);
    check(chain(51, false), MAIN, &[long]);
    check(chain(51, true), MAIN, &[]);
    check_in(&[("sequence_length", 60)], chain(51, false), MAIN, &[]);
    let composed = |parts: usize| {
        json!({ "actions": { "a": action(json!({})) },
            "compositions": { "ten": vec!["a"; 10], "many": vec!["ten"; parts] } })
    };
    check(composed(5), MAIN, &[]);
    check(
        composed(6),
        MAIN,
        &["limits/sequence-length: `many` is 60 calls one after the other, but `prod` (openwhisk) allows 50"],
    );
    let tried = |attempts: u32| json!({ "actions": { "a": action(json!({ "attempts": attempts })) } });
    check(tried(20), MAIN, &[]);
    check(
        tried(21),
        MAIN,
        &["limits/retry: `a` is tried 21 times, but `prod` (openwhisk) allows 20"],
    );
    check_in(&[("attempts", 50)], tried(50), MAIN, &[]);
}

/// A rule on the trigger `t`.
fn heard() -> Value {
    rule(json!({ "trigger": { "trigger": "t" } }), false, &[])
}
