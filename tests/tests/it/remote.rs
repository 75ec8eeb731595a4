//! Deploying from a folder to a daemon that knows nothing of it, and what its commands show.

use crate::daemon;
use serde_json::{Value, json};

#[tokio::test]
async fn a_project_is_deployed_over_http_with_its_code() {
    let daemon = daemon().await;
    let project = daemon.project("shop");
    let deployed = daemon.flowd(&["deploy", "shop"]).await;
    assert_eq!(deployed.code, Some(0), "{deployed:?}");
    assert!(deployed.out.contains("shop is deployed"), "{deployed:?}");
    // Its code has travelled: the folder may go.
    std::fs::remove_dir_all(&project).expect("the project can be removed");
    let fired = daemon
        .flowd(&[
            "fire",
            "lesson",
            "--json",
            "--data",
            r#"{ "word": "hello", "says": "hi" }"#,
        ])
        .await;
    let fired: Value = serde_json::from_str(&fired.out).unwrap_or_else(|_| panic!("{fired:?}"));
    let ended = daemon.ended(fired["runs"][0].as_str().expect("a run")).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");

    let asked = daemon
        .flowd(&["infer", "ask", "--data", r#"{ "word": "hello" }"#])
        .await;
    assert_eq!(
        serde_json::from_str::<Value>(&asked.out).ok(),
        Some(json!({ "says": "hi" })),
        "{asked:?}"
    );
    std::fs::write(daemon.folder().join("note.txt"), "letters")
        .expect("the folder of the test can be written");
    let words = [
        "infer",
        "counted",
        "--json",
        "--file",
        "note=note.txt",
        "--data",
        r#"{ "times": 3 }"#,
    ];
    let counted = daemon.flowd(&words).await;
    let counted: Value = serde_json::from_str(&counted.out).unwrap_or_else(|_| panic!("{counted:?}"));
    assert_eq!(counted["output"], json!({ "letters": 21 }));
    assert!(
        counted["request"].as_str().is_some_and(|id| !id.is_empty()),
        "{counted}"
    );

    let models = daemon.flowd(&["models"]).await.out;
    assert!(
        models.contains("shop/echo") && models.contains("learn@1") && models.contains("live"),
        "{models}"
    );
    let path = format!("/ask/{}/feedback", daemon_request(&daemon).await);
    let (status, truth) = daemon.post(&path, &json!({ "says": "moin" })).await;
    assert_eq!(status, 202, "{truth}");
    daemon.ended(truth["runs"][0].as_str().expect("a run")).await;
    let sets = daemon.flowd(&["datasets"]).await.out;
    assert!(sets.contains("shop/truths"), "{sets}");
    for command in ["runs", "models", "datasets"] {
        let shown = daemon.flowd(&[command, "--json", "--flow", "shop"]).await;
        let shown: Value = serde_json::from_str(&shown.out).unwrap_or_else(|_| panic!("{shown:?}"));
        assert!(
            shown.as_array().is_some_and(|list| !list.is_empty()),
            "{command}: {shown}"
        );
    }
    assert_eq!(daemon.metric(r#"flow_runs{status="succeeded"}"#).await, 2);
    assert_eq!(daemon.get("/healthz").await["flows"], json!(["shop"]));
    daemon.stop().await;
}

/// Asks, and returns the id of the answer.
async fn daemon_request(daemon: &flow_tests::inside::Inside) -> String {
    let asked = daemon
        .flowd(&["infer", "ask", "--json", "--data", r#"{ "word": "hello" }"#])
        .await;
    let asked: Value = serde_json::from_str(&asked.out).unwrap_or_else(|_| panic!("{asked:?}"));
    asked["request"].as_str().expect("an id").to_owned()
}

/// What is broken is told before anything is sent, and what is refused leaves the plan before it active.
#[tokio::test]
async fn what_cannot_be_deployed_leaves_everything_as_it_was() {
    let daemon = daemon().await;
    daemon.deploy(&daemon.project("shop")).await;
    let before = daemon.metric("flow_log_rows_total").await;
    let main = daemon.project("bad").join("main.flow");
    let text = std::fs::read_to_string(&main).expect("the project is there");

    std::fs::write(&main, text.replace(": Wish\n", ": Whish\n")).expect("it can be written");
    let broken = daemon.flowd(&["deploy", "bad"]).await;
    assert_eq!(broken.code, Some(1), "{broken:?}");
    assert!(
        broken.err.contains("names/unknown") && broken.err.contains("`Wish`"),
        "{broken:?}"
    );

    // A route that another flow has.
    let route = r#"infer mine({ how: text<32B> }) -> Answer on POST "/ask" with { deadline: 5s, keep: 1d } { return act({ how: how }) }"#;
    std::fs::write(&main, format!("{text}\n{route}\n")).expect("it can be written");
    let taken = daemon.flowd(&["deploy", "bad"]).await;
    assert_eq!(taken.code, Some(1), "{taken:?}");
    assert!(
        taken.err.contains("`POST /ask` is a route of flow `shop`"),
        "{taken:?}"
    );

    // A runtime that this machine does not have.
    std::fs::write(&main, text.replacen("python:3", "python:3.99", 1)).expect("it can be written");
    let missing = daemon.flowd(&["deploy", "bad"]).await;
    assert_eq!(missing.code, Some(1), "{missing:?}");
    assert!(missing.err.contains("3.99"), "{missing:?}");

    assert_eq!(daemon.metric("flow_log_rows_total").await, before);
    assert_eq!(daemon.get("/healthz").await["flows"], json!(["shop"]));
    daemon.stop().await;
}
