//! Asking a live model, telling it what was true, and exchanging its version under way.

use crate::serving;
use flow_tests::inside::{Inside, answer};
use flow_tests::wait::until;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};

/// Teaches the model what to say, and waits until that version is live.
async fn teach(daemon: &Inside, says: &str) {
    let run = daemon
        .fire("shop/lesson", &json!({ "word": "hello", "says": says }))
        .await
        .remove(0);
    let ended = daemon.ended(&run).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
}

/// Asks the route; the request's id and the answer.
async fn ask(daemon: &Inside) -> (String, Value) {
    let request = daemon
        .request(Method::POST, "/ask")
        .json(&json!({ "word": "hello" }));
    let response = request.send().await.expect("the daemon answers");
    let status = response.status();
    let id = response
        .headers()
        .get("x-flow-request")
        .map(|id| id.to_str().expect("a text").to_owned());
    let body: Value = response.json().await.expect("JSON");
    assert_eq!(status, StatusCode::OK, "{body}");
    (id.expect("an answer has an id"), body)
}

async fn truths(daemon: &Inside) -> u64 {
    rows(daemon, "truths").await
}

async fn rows(daemon: &Inside, dataset: &str) -> u64 {
    let sets = daemon.get("/v1/datasets").await;
    let mut sets = sets.as_array().into_iter().flatten();
    let found = sets.find(|set| set["name"] == dataset);
    found.map_or(0, |set| set["rows"].as_u64().unwrap_or_default())
}

#[tokio::test]
async fn what_a_route_appends_is_kept_whatever_comes_after() {
    let daemon = serving("shop").await;
    let (status, said) = daemon.post("/noted", &json!({ "word": "hello" })).await;
    assert_eq!((status, said), (StatusCode::OK, json!({ "says": "hello" })));
    until("the row of an answered request", async || {
        (rows(&daemon, "words").await == 1).then_some(())
    })
    .await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_route_waits_for_its_first_model_and_hears_what_was_true() {
    let daemon = serving("shop").await;
    let (status, error) = daemon.post("/ask", &json!({ "word": "hello" })).await;
    assert_eq!(
        (status, &error["error"]["id"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("model/not-live"))
    );
    teach(&daemon, "nonsense").await;
    let (status, _) = daemon.post("/ask", &json!({ "word": "hello" })).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "the gate kept it out");

    teach(&daemon, "hi").await;
    let (request, said) = ask(&daemon).await;
    assert_eq!(said, json!({ "says": "hi" }));
    let path = format!("/ask/{request}/feedback");
    let (status, first) = daemon.post(&path, &json!({ "says": "moin" })).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{first}");
    daemon.ended(first["runs"][0].as_str().expect("a run")).await;
    assert_eq!(truths(&daemon).await, 1);
    assert_eq!(
        daemon.post(&path, &json!({ "says": "moin" })).await,
        (StatusCode::OK, first)
    );
    let (status, error) = daemon.post(&path, &json!({ "says": "hey" })).await;
    assert_eq!(status, StatusCode::CONFLICT, "{error}");
    let (status, error) = daemon.post(&path, &json!({ "says": 7 })).await;
    assert_eq!(
        (status, &error["error"]["at"]),
        (StatusCode::BAD_REQUEST, &json!("says"))
    );
    for unknown in [
        "/ask/none/feedback",
        "/count/none/feedback",
        &path.replace("/ask", "/count"),
    ] {
        let (status, error) = daemon.post(unknown, &json!({ "says": "hey" })).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{unknown}: {error}");
    }
    assert_eq!(truths(&daemon).await, 1);

    // A restart forgets neither the model nor what was asked.
    let daemon = daemon.restart().await;
    let (status, _) = daemon.post(&path, &json!({ "says": "moin" })).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(ask(&daemon).await.1, json!({ "says": "hi" }));
    daemon.stop().await;
}

/// The id of an answer is good from the moment when the client has it.
#[tokio::test]
async fn feedback_may_come_at_once() {
    let daemon = serving("shop").await;
    teach(&daemon, "hi").await;
    for number in 0..30 {
        let (request, _) = ask(&daemon).await;
        let path = format!("/ask/{request}/feedback");
        let (status, body) = daemon.post(&path, &json!({ "says": "hi" })).await;
        assert_eq!(status, StatusCode::ACCEPTED, "answer {number}: {body}");
    }
    until("all rows", async || (truths(&daemon).await == 30).then_some(())).await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_version_is_exchanged_without_a_lost_request() {
    let daemon = serving("shop").await;
    teach(&daemon, "one").await;
    let done = AtomicBool::new(false);
    let client = async || {
        let mut seen = Vec::new();
        while !done.load(Ordering::SeqCst) {
            let said = ask(&daemon).await.1["says"].as_str().expect("a word").to_owned();
            if seen.last() != Some(&said) {
                seen.push(said);
            }
        }
        seen
    };
    let exchange = async {
        teach(&daemon, "two").await;
        until("the new version", async || {
            (ask(&daemon).await.1["says"] == "two").then_some(())
        })
        .await;
        done.store(true, Ordering::SeqCst);
    };
    let (a, b, c, ()) = tokio::join!(client(), client(), client(), exchange);
    for seen in [a, b, c] {
        assert!(
            ["one", "two"].starts_with(&[seen[0].as_str()]) || seen == ["two"],
            "{seen:?}"
        );
        assert!(seen.len() <= 2, "no way back to the old version: {seen:?}");
    }
    let models = daemon.get("/v1/models").await;
    assert_eq!(models[0]["live"]["model"]["version"], 2, "{models}");
    daemon.stop().await;
}

/// A request that nobody waits for any more changes nothing for the others.
#[tokio::test]
async fn a_client_that_leaves_disturbs_nobody() {
    let daemon = serving("shop").await;
    teach(&daemon, "hi").await;
    let leaving = (0..20).map(|_| {
        daemon
            .request(Method::POST, "/ask")
            .json(&json!({ "word": "hello" }))
            .send()
    });
    for request in leaving {
        // Sent or not, the answer is not waited for.
        tokio::select! { biased; _ = request => {}, () = tokio::task::yield_now() => {} }
    }
    ask(&daemon).await;
    let (status, _) = answer(daemon.request(Method::GET, "/ask")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    daemon.stop().await;
}
