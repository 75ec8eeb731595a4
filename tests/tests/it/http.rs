//! Requests that are wrong: a 4xx with an error that programs can read, and nothing stored.

use crate::{daemon, serving};
use flow_tests::inside::{Inside, answer};
use futures::future::join_all;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

const PLAIN: &str = "/v1/flows/bad/triggers/plain";

/// Sends it, and holds the answer against the shape that every error has.
async fn check(what: &str, request: RequestBuilder, expected: (u16, &str, &str)) {
    let (status, body) = answer(request).await;
    let error = body["error"].as_object();
    let error = error.unwrap_or_else(|| panic!("{what}: {status} without an error: {body}"));
    let keys: Vec<_> = error.keys().map(String::as_str).collect();
    assert_eq!(keys, ["at", "id", "message"], "{what}");
    assert_eq!(
        (status.as_u16(), &error["id"]),
        (expected.0, &json!(expected.1)),
        "{what}: {body}"
    );
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|message| !message.is_empty()),
        "{what}: {body}"
    );
    let at = error["at"].as_str().unwrap_or_default();
    assert!(at.contains(expected.2), "{what}: {body}");
}

#[tokio::test]
async fn a_bad_request_has_a_reason_and_leaves_nothing() {
    let daemon = serving("bad").await;
    let post = |path: &str, body: &str| daemon.request(Method::POST, path).body(body.to_owned());
    let get = |path: &str| daemon.request(Method::GET, path);
    let good = r#"{ "how": "please" }"#;
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let large = format!(r#"{{ "how": "{}" }}"#, "x".repeat(2 << 20));
    let before = daemon.metric("flow_log_rows_total").await;

    for (body, at) in [
        ("{", "line 1"),
        ("\u{fffd}", "line 1"),
        (&deep, "line 1"),
        (r#"{ "how": 1e999 }"#, "line 1"),
        ("[]", ""),
        ("null", ""),
        ("{}", ""),
        (r#"{ "how": 7 }"#, "how"),
        (r#"{ "how": "please", "why": 1 }"#, ""),
        (r#"{ "how": "a\u0000b" }"#, "how"),
        (
            r#"{ "how": "more than thirty-two bytes, as text<32B> takes" }"#,
            "how",
        ),
    ] {
        check(body, post(PLAIN, body), (400, "request/body", at)).await;
    }
    let too_large = (413, "request/too-large", "");
    check("large", post(PLAIN, &large), too_large).await;
    let missing = (404, "request/not-found", "");
    check("flow", post("/v1/flows/none/triggers/plain", good), missing).await;
    check("trigger", post("/v1/flows/bad/triggers/none", good), missing).await;
    check("action", post("/v1/flows/bad/actions/none", good), missing).await;
    check(
        "a path that is no text",
        post("/v1/flows/bad/triggers/%ff", good),
        (400, "request/path", ""),
    )
    .await;
    check(
        "action's input",
        post("/v1/flows/bad/actions/act", "{}"),
        (400, "request/body", ""),
    )
    .await;
    check("run", get("/v1/runs/none"), missing).await;
    check("logs", get("/v1/runs/..%2f..%2fdata/logs"), missing).await;
    check("cancel", post("/v1/runs/none/cancel", ""), missing).await;
    check("route", get("/nowhere"), missing).await;
    check("feedback", post("/nowhere/none/feedback", "{}"), missing).await;
    check(
        "status",
        get("/v1/runs?status=happy"),
        (400, "request/body", "status"),
    )
    .await;
    check("limit", get("/v1/runs?limit=many"), (400, "request/query", "")).await;
    check(
        "unknown query",
        get("/v1/models?flaw=bad"),
        (400, "request/query", ""),
    )
    .await;
    check(
        "method",
        daemon.request(Method::DELETE, "/v1/runs"),
        (405, "request/method", ""),
    )
    .await;
    check(
        "deploy, no JSON",
        post("/v1/flows", "{").header("content-type", "application/json"),
        (400, "request/body", ""),
    )
    .await;
    check(
        "deploy, no plan",
        daemon.request(Method::POST, "/v1/flows").json(&json!({})),
        (422, "request/body", ""),
    )
    .await;
    let foreign = (403, "request/foreign", "");
    check("host", post(PLAIN, good).header("host", "evil.example"), foreign).await;
    check(
        "origin",
        post(PLAIN, good).header("origin", "http://evil.example"),
        foreign,
    )
    .await;
    check("no origin", post(PLAIN, good).header("origin", "null"), foreign).await;
    let key = (400, "request/idempotency-key", "");
    check("no key", post(PLAIN, good).header("idempotency-key", ""), key).await;
    check(
        "long key",
        post(PLAIN, good).header("idempotency-key", "k".repeat(300)),
        key,
    )
    .await;

    assert_eq!(
        daemon.metric("flow_log_rows_total").await,
        before,
        "nothing was stored"
    );
    assert!(daemon.get("/v1/runs").await.as_array().is_some_and(Vec::is_empty));
    daemon.stop().await;
}

#[tokio::test]
async fn a_key_makes_a_repeat_the_same_event() {
    let daemon = serving("bad").await;
    let fire = |key: &str, body: Value| {
        let request = daemon.request(Method::POST, PLAIN).json(&body);
        answer(request.header("idempotency-key", key))
    };
    let please = json!({ "how": "please" });
    let (status, first) = fire("a", please.clone()).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{first}");
    // The order of fields and blanks are no other body.
    assert_eq!(fire("a", please.clone()).await, (StatusCode::OK, first.clone()));
    let (status, other) = fire("a", json!({ "how": "thanks" })).await;
    assert_eq!(
        (status, &other["error"]["id"]),
        (StatusCode::CONFLICT, &json!("request/idempotency-key"))
    );
    let (status, second) = fire("b", please.clone()).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_ne!(first["event"], second["event"]);

    let events = daemon.metric("flow_events_total").await;
    let at_once = join_all((0..8).map(|_| fire("c", please.clone()))).await;
    assert!(
        at_once.iter().all(|(_, body)| *body == at_once[0].1),
        "{at_once:?}"
    );
    let accepted = at_once
        .iter()
        .filter(|(status, _)| *status == StatusCode::ACCEPTED);
    assert_eq!(accepted.count(), 1, "{at_once:?}");
    assert_eq!(daemon.metric("flow_events_total").await, events + 1);

    // It is still the same after a restart.
    let daemon = daemon.restart().await;
    let again = daemon
        .request(Method::POST, PLAIN)
        .json(&please)
        .header("idempotency-key", "a");
    assert_eq!(answer(again).await, (StatusCode::OK, first));
    daemon.stop().await;
}

#[tokio::test]
async fn a_route_that_takes_a_file_says_what_is_wrong_with_a_form() {
    let daemon = serving("shop").await;
    let post = || daemon.request(Method::POST, "/count");
    let file = |size: usize| Part::bytes(vec![b'a'; size]).file_name("a.txt");
    let before = daemon.metric("flow_log_rows_total").await;
    let kept = artifacts(&daemon);

    let malformed = post()
        .header("content-type", "multipart/form-data; boundary=x")
        .body("--y\r\n");
    check("malformed", malformed, (400, "request/body", "body")).await;
    let boundless = post().header("content-type", "multipart/form-data").body("");
    check("no boundary", boundless, (400, "request/body", "body")).await;
    let wrong = post().json(&json!({ "note": "a" }));
    check("JSON", wrong, (415, "request/body", "")).await;
    check(
        "no file",
        post().multipart(Form::new().text("times", "2")),
        (400, "request/body", ""),
    )
    .await;
    let empty = Form::new().part("note", file(0));
    check(
        "an empty file",
        post().multipart(empty),
        (400, "request/body", "note"),
    )
    .await;
    let over = Form::new().part("note", file(1025));
    check(
        "a file over its size",
        post().multipart(over),
        (400, "request/body", "note"),
    )
    .await;
    let huge = Form::new().part("note", file(1 << 20));
    check(
        "a huge file",
        post().multipart(huge),
        (413, "request/too-large", ""),
    )
    .await;
    let times = Form::new().part("note", file(9)).text("times", "11");
    check(
        "a number out of range",
        post().multipart(times),
        (400, "request/body", "times"),
    )
    .await;
    let extra = Form::new().part("note", file(9)).text("what", "1");
    check(
        "an unknown field",
        post().multipart(extra),
        (400, "request/body", ""),
    )
    .await;
    let twice = Form::new().part("note", file(9)).part("note", file(10));
    check(
        "a field twice",
        post().multipart(twice),
        (400, "request/body", "note"),
    )
    .await;

    assert_eq!(
        daemon.metric("flow_log_rows_total").await,
        before,
        "nothing was stored"
    );
    assert_eq!(artifacts(&daemon), kept, "no file was kept");

    let good = Form::new().part("note", file(9)).text("times", "2");
    let (status, counted) = answer(post().multipart(good)).await;
    assert_eq!((status, counted), (StatusCode::OK, json!({ "letters": 18 })));
    daemon.stop().await;
}

fn artifacts(daemon: &Inside) -> usize {
    let mut folders = vec![daemon.data().artifacts()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                files += 1;
            }
        }
    }
    files
}

#[tokio::test]
async fn a_daemon_without_a_flow_answers() {
    let daemon = daemon().await;
    let health = daemon.get("/healthz").await;
    assert_eq!((&health["status"], &health["flows"]), (&json!("ok"), &json!([])));
    for list in ["/v1/runs", "/v1/models", "/v1/datasets"] {
        assert_eq!(daemon.get(list).await, json!([]), "{list}");
    }
    daemon.stop().await;
}
