//! A real database, as a flow uses it: what comes in, what is written, and what does not fit.

use flow_tests::couch::real::Real;
use flow_tests::couch::scripted::Scripted;
use flow_tests::inside::Inside;
use flow_tests::wait::until;
use reqwest::Method;
use serde_json::{Value, json};
use std::path::Path;

const SCANS: &str = "tests/projects/scans on a real database";

/// Writes where the databases of a copy of `tests/projects/scans` are.
fn declare(project: &Path, scans: &str, copies: &str) {
    let flow = format!(
        "package scans = couchdb<Scan> {{ {scans} }}\npackage copies = couchdb<Scan> {{ {copies} }}\n"
    );
    std::fs::write(project.join("package.flow"), flow).expect("the folder of the test can be written");
}

/// A real server with both databases, and a daemon that serves the flow.
async fn serving(more: &str) -> Option<(Real, Inside)> {
    let real = Real::start(SCANS).await?;
    real.make("scans").await;
    real.make("copies").await;
    let daemon = crate::daemon().await;
    let project = daemon.project("scans");
    let url = format!("url: {:?}", real.url());
    declare(&project, &format!("{url}{more}"), &url);
    daemon.deploy(&project).await;
    Some((real, daemon))
}

/// A document whose picture has so many bytes.
fn scan(id: &str, kind: &str, bytes: usize) -> Value {
    use base64::Engine as _;
    let data = base64::engine::general_purpose::STANDARD.encode(vec![7; bytes]);
    json!({
        "_id": id,
        "title": format!("a scan called {id}"),
        "_attachments": { "picture": { "content_type": kind, "data": data } },
    })
}

/// Fires a trigger and returns how its one run has ended.
async fn done(daemon: &Inside, trigger: &str, body: &Value) -> Value {
    let run = daemon.fire(&format!("scans/{trigger}"), body).await.remove(0);
    daemon.ended(&run).await
}

/// Kind and message of the error that a run ended with.
fn error(run: &Value) -> (String, String) {
    let error = &run["run"]["status"]["failed"]["error"];
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    (text("kind"), text("message"))
}

async fn rows(daemon: &Inside, count: u64) {
    until(&format!("{count} rows"), async || {
        let rows = daemon.get("/v1/datasets").await[0]["rows"].as_u64()?;
        (rows == count).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_document_that_does_not_fit_is_one_dead_letter_and_the_feed_goes_on() {
    let Some((real, daemon)) = serving("").await else {
        return;
    };
    let mut typed = scan("typed", "image/png", 10);
    typed["left"] = json!("a word");
    let bare = json!({ "_id": "bare", "title": "without a picture" });
    let odd = [
        scan("large", "image/png", 65),
        typed,
        scan("text", "text/plain", 10),
        bare,
    ];
    real.write("scans", &odd).await;
    real.write("scans", &[scan("good", "image/png", 64)]).await;
    rows(&daemon, 1).await;
    let letters = daemon.open_letters(4).await;
    for (id, said) in [
        ("large", "at most 64B, got 65B"),
        ("typed", "left: expected"),
        ("text", "text/plain"),
        ("bare", "picture"),
    ] {
        let about = |letter: &&Value| {
            letter["key"]
                .as_str()
                .is_some_and(|key| key.starts_with(&format!("{id}@1-")))
        };
        let letter = letters
            .iter()
            .find(about)
            .unwrap_or_else(|| panic!("{id}: {letters:#?}"));
        assert!(
            letter["why"].as_str().is_some_and(|why| why.contains(said)),
            "{letter}"
        );
    }

    // It is mended where it is, and comes in by itself; the letter is of the old revision, and is answered by hand.
    let mut mended = scan("large", "image/png", 12);
    mended["_rev"] = real.read("scans", "large").await["_rev"].clone();
    real.write("scans", &[mended]).await;
    rows(&daemon, 2).await;
    let large = letters.iter().find(|letter| {
        letter["key"]
            .as_str()
            .is_some_and(|key| key.starts_with("large@"))
    });
    let id = large.expect("it has a letter")["id"].as_str().expect("an id");
    let (_, settled) = daemon.decide(id, "retry").await;
    assert_eq!(settled["outcome"], json!("known"), "{settled}");
    daemon.open_letters(3).await;
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_steps_write_is_written_once_and_what_they_lay_over_is_not_lost() {
    let Some((real, daemon)) = serving("").await else {
        return;
    };
    real.write(
        "scans",
        &[scan("one", "image/png", 60), scan("two", "image/png", 61)],
    )
    .await;
    let copy = json!({ "id": "one", "to": "copy", "title": "first" });
    let run = done(&daemon, "copy", &copy).await;
    assert_eq!(run["status"], "succeeded", "{run}");
    let written = real.read("copies", "copy").await;
    assert_eq!(written["title"], "first");
    assert_eq!(real.attachment("copies", "copy", "picture").await, vec![7; 60]);

    // The same again is what is there; anything else is not written over it.
    let run = done(&daemon, "copy", &copy).await;
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(real.read("copies", "copy").await["_rev"], written["_rev"]);
    let run = done(
        &daemon,
        "copy",
        &json!({ "id": "one", "to": "copy", "title": "second" }),
    )
    .await;
    let (kind, message) = error(&run);
    assert_eq!(kind, "refused", "{run}");
    assert!(message.contains("change it with `copies.update`"), "{message}");

    // Each lays its own field over the document while others do the same.
    let mut runs = Vec::new();
    for n in 1..=12 {
        for trigger in ["left", "right"] {
            runs.extend(
                daemon
                    .fire(&format!("scans/{trigger}"), &json!({ "id": "copy", "n": n }))
                    .await,
            );
        }
    }
    for run in &runs {
        let run = daemon.ended(run).await;
        assert_eq!(run["status"], "succeeded", "{run}");
    }
    let laid = real.read("copies", "copy").await;
    let revision: u64 = laid["_rev"]
        .as_str()
        .and_then(|rev| rev.split_once('-')?.0.parse().ok())
        .expect("a revision");
    assert!(laid["left"].is_u64() && laid["right"].is_u64(), "{laid}");
    assert_eq!(
        (laid["title"].as_str(), revision > 2),
        (Some("first"), true),
        "{laid}"
    );

    let run = done(&daemon, "picture", &json!({ "id": "copy", "of": "two" })).await;
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(real.attachment("copies", "copy", "picture").await, vec![7; 61]);
    assert_eq!(real.read("copies", "copy").await["left"], laid["left"]);

    for (trigger, body) in [
        ("left", json!({ "id": "nobody", "n": 1 })),
        ("picture", json!({ "id": "nobody", "of": "two" })),
    ] {
        let (kind, message) = error(&done(&daemon, trigger, &body).await);
        assert_eq!(kind, "refused", "{message}");
        assert!(
            message.contains("no document `nobody`") && message.contains("copies.write"),
            "{message}"
        );
    }
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_place_of_an_answer_fails_that_one_run() {
    let scripted = Scripted::start().await;
    let daemon = crate::daemon().await;
    let project = daemon.project("scans");
    let there = format!("url: {:?}, database: \"notes\"", scripted.url());
    declare(&project, &there, &there);
    daemon.deploy(&project).await;
    scripted.write("1-a", [json!({ "_id": "one", "title": "a title" })]);
    let letters = daemon.open_letters(1).await;
    assert_eq!(letters[0]["key"], "one@1-a");
    let (kind, message) = error(&done(&daemon, "left", &json!({ "id": "one", "n": 1 })).await);
    assert_eq!(kind, "refused", "{message}");
    assert!(message.contains("Welcome to the proxy"), "{message}");
    // The run is a dead letter, and the feed reads on.
    daemon.open_letters(2).await;
    scripted.write("1-a", [json!({ "_id": "two", "title": "a title" })]);
    daemon.open_letters(3).await;
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_made_anew_is_a_gap_until_it_is_decided() {
    for (policy, halts) in [("halt", true), ("rescan", false)] {
        let Some((real, daemon)) = serving(&format!(", gap: {policy}, heartbeat: 150ms")).await else {
            return;
        };
        real.write(
            "scans",
            &[scan("one", "image/png", 1), scan("two", "image/png", 2)],
        )
        .await;
        rows(&daemon, 2).await;
        for method in [Method::DELETE, Method::PUT] {
            let (status, answer) = real.ask(method, "scans", &Value::Null).await;
            assert!(status.is_success(), "{answer}");
        }
        real.write("scans", &[scan("three", "image/png", 3)]).await;
        if halts {
            let gap = async || {
                let trigger = daemon.trigger("scanned").await;
                (trigger["state"] == "gap").then_some(trigger)
            };
            let trigger = until("a gap", gap).await;
            assert!(
                trigger["why"]
                    .as_str()
                    .is_some_and(|why| why.contains("database")),
                "{trigger}"
            );
            assert_eq!(daemon.get("/healthz").await["gaps"], json!(["scans/scanned"]));
            let told = daemon.flowd(&["triggers", "resume", "scanned"]).await;
            assert_eq!(told.code, Some(1), "{told:?}");
            assert!(told.err.contains("--from beginning"), "{}", told.err);
            let told = daemon
                .flowd(&["triggers", "resume", "scanned", "--from", "beginning"])
                .await;
            assert_eq!(told.code, Some(0), "{told:?}");
        }
        rows(&daemon, 3).await;
        assert_eq!(daemon.get("/healthz").await["gaps"], json!([]));
        daemon.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_told_and_one_that_is_back_too() {
    for mode in ["longpoll", "continuous"] {
        let Some((mut real, daemon)) = serving(&format!(", mode: {mode}, heartbeat: 150ms")).await else {
            return;
        };
        real.write("scans", &[scan("one", "image/png", 1)]).await;
        rows(&daemon, 1).await;
        let state = async |wanted: &str| {
            until(&format!("`{wanted}` ({mode})"), async || {
                let trigger = daemon.trigger("scanned").await;
                (trigger["state"] == wanted).then_some(trigger)
            })
            .await
        };
        real.kill().await;
        let failing = state("failing").await;
        assert!(
            failing["why"].as_str().is_some_and(|why| why.contains("scans")),
            "{failing}"
        );
        real.restart().await;
        // Nothing changes there, and it is seen to be back all the same.
        state("active").await;
        daemon.stop().await;
    }
}
