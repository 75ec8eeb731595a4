use super::{MAIN, action, check, check_in, function, record, text};
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
        &["limits/parameters: the `params` of `a` are 2.0MiB, but `prod` (openwhisk) allows 1MiB"],
    );
    check(
        params(1 << 20),
        MAIN,
        &["limits/parameters: the `params` of `a` are 1.0MiB, but `prod` (openwhisk) allows 1MiB"],
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
            "limits/payload: the arguments of `a` can have 1.2MiB (`x` alone 1.2MiB), but `prod` (openwhisk) allows 1MiB",
        ],
    );
    check(
        json!({ "triggers": { "t": { "payload": record(&[("x", text(1 << 20))]), "source": null, "at_most": null } } }),
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
        json!({ "triggers": { "t": { "payload": free, "source": null, "at_most": null } } }),
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
        &["limits/result: the result of `a` can have 2.0MiB, but `prod` (openwhisk) allows 1MiB"],
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
