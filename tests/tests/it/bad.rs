//! Functions that misbehave: the step fails with a named reason, its log is kept, and the next call works.

use crate::serving;
use flow_tests::inside::Inside;
use serde_json::{Value, json};

/// What an action does, the kind of its failure, a part of the message and a part of the log.
const CASES: &[(&str, &str, &str, &str)] = &[
    (
        "raise",
        "crash",
        "ValueError: I do not want to raise",
        "in wanting",
    ),
    ("exit", "crash", "exit", "asked to exit"),
    ("leave", "crash", "ended with exit status 4", "asked to leave"),
    ("die", "crash", "was killed by signal 11", "asked to die"),
    ("hang", "timeout", "took longer than 1s", "asked to hang"),
    ("nothing", "type", "it is missing", "asked to nothing"),
    ("list", "type", "list", "asked to list"),
    (
        "swell",
        "limit",
        "the limit of its result is 1MiB",
        "asked to swell",
    ),
    ("mistype", "type", "text", "asked to mistype"),
    ("long", "type", "65", "asked to long"),
    ("miss", "type", "text", "asked to miss"),
    ("nan", "type", "", "asked to nan"),
    ("object", "type", "", "asked to object"),
];

async fn check(daemon: &Inside, case: &(&str, &str, &str, &str)) {
    let (how, kind, message, log) = case;
    let plain = daemon.fire("bad/plain", &json!({ "how": how })).await;
    let careful = daemon.fire("bad/careful", &json!({ "how": how })).await;

    let failed = daemon.ended(&plain[0]).await;
    let error = &failed["run"]["status"]["failed"]["error"];
    assert_eq!(
        (&failed["status"], &error["kind"]),
        (&json!("failed"), &json!(kind)),
        "{how}: {failed}"
    );
    assert!(text(&error["message"]).contains(message), "{how}: {error}");
    assert!(text(&error["step"]) == "said", "{how}: {error}");
    let logs = daemon.logs(&plain[0]).await;
    assert!(logs.contains(log), "{how}: {logs}");

    let caught = daemon.ended(&careful[0]).await;
    assert_eq!(caught["status"], "succeeded", "{how}: {caught}");
    let logs = daemon.logs(&careful[0]).await;
    assert!(logs.contains(&format!("noted {kind}: ")), "{how}: {logs}");

    let next = daemon.fire("bad/plain", &json!({ "how": "please" })).await;
    let next = daemon.ended(&next[0]).await;
    assert_eq!(next["status"], "succeeded", "after {how}: {next}");
}

#[tokio::test]
async fn a_function_that_misbehaves_fails_its_step_and_nothing_else() {
    let daemon = serving("bad").await;
    for case in CASES {
        check(&daemon, case).await;
    }
    daemon.stop().await;
}

#[tokio::test]
async fn what_is_too_much_is_cut_or_refused() {
    let daemon = serving("bad").await;
    // 20 MB of print are no failure: the log ends where its limit is.
    let run = daemon
        .fire("bad/plain", &json!({ "how": "flood" }))
        .await
        .remove(0);
    assert_eq!(daemon.ended(&run).await["status"], "succeeded");
    let size = std::fs::metadata(daemon.data().run_logs(&run).join("said.1.log"));
    let size = size.map(|file| file.len()).unwrap_or_default();
    assert!((9 << 20..11 << 20).contains(&size), "{size}");
    let logs = daemon.flowd(&["logs", &run]).await.out;
    assert!(logs.contains("before this"), "the end of a long log is shown");

    // A payload that is over its limit is not sent.
    let load = "x".repeat(600 << 10);
    let run = daemon.fire("bad/heavy", &json!({ "load": load })).await.remove(0);
    let failed = daemon.ended(&run).await;
    let error = &failed["run"]["status"]["failed"]["error"];
    assert_eq!(error["kind"], "limit", "{error}");
    assert!(text(&error["message"]).contains("1MiB"), "{error}");
    daemon.stop().await;
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
