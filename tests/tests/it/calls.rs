//! Chains that are called by their names, and events that are larger than a call may be.

use crate::serving;
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn a_chain_is_called_like_an_action() {
    let daemon = serving("calls").await;
    for (name, word, answer) in [
        // What the next part does not ask for does not travel, and its default holds.
        ("cried", "hi", json!({ "text": "HI HI" })),
        ("cried_once", "hi", json!({ "text": "HI HI" })),
        ("meant", "four", json!({ "half": 2 })),
        // A call that lacks what must be there is not made.
        ("meant", "none", Value::Null),
    ] {
        let path = format!("/v1/flows/calls/actions/{name}");
        let answered = daemon.post(&path, &json!({ "word": word })).await;
        assert_eq!(answered, (StatusCode::OK, answer), "{name} {word}");
    }
    let cried = "/v1/flows/calls/actions/cried";
    let (status, refused) = daemon.post(cried, &json!({ "words": "hi" })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    let told = daemon
        .flowd(&["invoke", "calls/cried", "--data", "{\"word\":\"hi\"}"])
        .await;
    assert!(told.out.contains("HI HI"), "{told:?}");
    daemon.stop().await;
}

#[tokio::test]
async fn an_event_that_no_call_could_carry_is_refused_as_it_comes() {
    let daemon = serving("calls").await;
    let said = "/v1/flows/calls/triggers/said";
    // Braces, the name, quotes and the colon are eleven bytes.
    let fits = json!({ "word": "x".repeat(2048 - 11) });
    let run = daemon.fire("calls/said", &fits).await.remove(0);
    daemon.ended(&run).await;
    let before = daemon.metric("flow_log_rows_total").await;
    let large = json!({ "word": "x".repeat(2049 - 11) });
    let (status, refused) = daemon.post(said, &large).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{refused}");
    let message = refused["error"]["message"].as_str().unwrap_or_default();
    assert_eq!(
        message,
        "the event of `said` has 2049 bytes, and what is called in `dev` takes 2048 bytes"
    );
    let told = daemon
        .flowd(&["fire", "calls/said", "--data", &large.to_string()])
        .await;
    assert!(
        told.code == Some(1) && told.err.contains("2049 bytes"),
        "{told:?}"
    );
    let huge = json!({ "word": "x".repeat(2 << 20) });
    let (_, refused) = daemon.post(said, &huge).await;
    let message = refused["error"]["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("this one has 2097163 bytes") && message.contains("1048576"),
        "{message}"
    );
    let after = daemon.metric("flow_log_rows_total").await;
    assert_eq!(before, after, "what is refused leaves nothing");
    daemon.stop().await;
}
