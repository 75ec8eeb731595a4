//! The key of an installation: lost, exchanged, or open to others.

use crate::{daemon, serving};
use flow_tests::inside::Inside;
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

/// Asks the route of `canary`; the request's id.
async fn asked(daemon: &Inside) -> String {
    let body = json!({ "who": "somebody", "n": 1 });
    let request = daemon.request(reqwest::Method::POST, "/hello").json(&body);
    let response = request.send().await.expect("the daemon answers");
    assert_eq!(response.status(), 200);
    let id = response.headers()["x-flow-request"].to_str().expect("an id");
    id.to_owned()
}

/// The run of the feedback to a request, when it has ended.
async fn told(daemon: &Inside, request: &str) -> Value {
    let path = format!("/hello/{request}/feedback");
    let (status, answer) = daemon.post(&path, &json!({ "alias": "nobody" })).await;
    assert_eq!(status, 202, "{answer}");
    daemon.ended(answer["runs"][0].as_str().expect("an id")).await
}

#[tokio::test]
async fn what_a_lost_key_has_sealed_fails_its_step_by_name_and_nothing_else() {
    let daemon = serving("canary").await;
    let (before, other) = (asked(&daemon).await, asked(&daemon).await);
    let key = daemon.data().seal_key();
    let kept = fs::read(&key).expect("the daemon has made a key");
    fs::remove_file(&key).expect("a file can be removed");
    let daemon = daemon.restart().await;
    let run = told(&daemon, &before).await;
    let error = &run["run"]["status"]["failed"]["error"];
    assert_eq!(
        (&error["kind"], &error["step"]),
        (&json!("refused"), &json!("asked_")),
        "{run}"
    );
    let message = error["message"].as_str().unwrap_or_default();
    assert!(message.contains("sealed with another key"), "{run}");
    // What comes in from now on is sealed with the new key.
    let after = asked(&daemon).await;
    assert_eq!(told(&daemon, &after).await["status"], "succeeded");
    // And with the old one put back, what it has sealed is opened.
    fs::write(&key, kept).expect("the key can be written");
    let daemon = daemon.restart().await;
    assert_eq!(told(&daemon, &other).await["status"], "succeeded");
    daemon.stop().await;
}

#[tokio::test]
async fn a_daemon_without_a_sound_key_does_not_start_and_says_what_to_do() {
    let daemon = daemon().await;
    let check = async |name: &str, bytes: &[u8], mode: u32, says: &str| {
        let data = daemon.folder().join(name);
        fs::create_dir(&data).expect("a folder");
        let key = data.join("seal.key");
        fs::write(&key, bytes).expect("a file");
        fs::set_permissions(&key, Permissions::from_mode(mode)).expect("a file of ours");
        let data = data.to_string_lossy().into_owned();
        let ended = daemon
            .flowd(&["serve", "--data", &data, "--listen", "127.0.0.1:0"])
            .await;
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(
            ended.err.contains("seal.key") && ended.err.contains(says),
            "{ended:?}"
        );
        let now = fs::read(&key).expect("it is still there");
        assert_eq!(now, bytes, "a key is never written over");
    };
    check("short", &[7; 31], 0o600, "has 31 bytes and not 32").await;
    check("open", &[7; 32], 0o644, "chmod 600").await;
    daemon.stop().await;
}
