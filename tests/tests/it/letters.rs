//! What could not be carried out waits for a person, and feeds stop and go on as people say.

use crate::{daemon, serving};
use flow_tests::inside::Inside;
use flow_tests::wait::until;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Bytes that a note of the project `files` may not have.
const TOO_LONG: usize = 1025;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn write(inbox: &Path, name: &str, text: &str) {
    let file = inbox.join(name);
    fs::create_dir_all(file.parent().expect("a folder")).expect("the folder of the test can be written");
    fs::write(file, text).expect("the folder of the test can be written");
}

fn replace(file: &Path, from: &str, to: &str) {
    let before = fs::read_to_string(file).expect("the file is there");
    assert!(before.contains(from), "{from}");
    fs::write(file, before.replace(from, to)).expect("the folder of the test can be written");
}

async fn rows(daemon: &Inside) -> u64 {
    let sets = daemon.get("/v1/datasets").await;
    let set = sets
        .as_array()
        .into_iter()
        .flatten()
        .find(|set| set["name"] == "seen");
    set.and_then(|set| set["rows"].as_u64()).unwrap_or_default()
}

async fn has_rows(daemon: &Inside, count: u64) {
    until(&format!("row {count}"), async || {
        (rows(daemon).await >= count).then_some(())
    })
    .await;
    assert_eq!(rows(daemon).await, count);
}

#[tokio::test]
async fn a_run_that_failed_is_retried_once_under_the_plan_that_is_active() {
    let daemon = daemon().await;
    let project = daemon.project("bad");
    daemon.deploy(&project).await;
    let run = daemon
        .fire("bad/plain", &json!({ "how": "raise" }))
        .await
        .remove(0);
    daemon.ended(&run).await;
    let letters = daemon.open_letters(1).await;
    let letter = text(&letters[0]["id"]);
    assert_eq!(
        (&letters[0]["kind"], &letters[0]["rule"], &letters[0]["run"]),
        (&json!("failed"), &json!("uncaught"), &json!(run))
    );
    let shown = daemon.flowd(&["dlq", "show", &letter]).await;
    for part in [
        "ValueError: I do not want to raise",
        "crash in `said`",
        "after 1 try",
        r#"{"how":"raise"}"#,
    ] {
        assert!(shown.out.contains(part), "{part}: {}{}", shown.out, shown.err);
    }
    let caught = daemon
        .fire("bad/careful", &json!({ "how": "raise" }))
        .await
        .remove(0);
    daemon.ended(&caught).await;
    assert_eq!(
        daemon.letters("").await.len(),
        1,
        "what is caught is no dead letter"
    );

    replace(
        &project.join("functions/acts.py"),
        "return {\"text\": wanting(how)}",
        "return {\"text\": \"fixed\"}",
    );
    daemon.deploy(&project).await;
    let (status, first) = daemon.decide(&letter, "retry").await;
    assert_eq!(
        (status.as_u16(), &first["state"]),
        (200, &json!("retried")),
        "{first}"
    );
    let again = text(&first["outcome"]["run"]["run"]);
    let ended = daemon.ended(&again).await;
    assert_eq!(
        (&ended["status"], &ended["event"]),
        (&json!("succeeded"), &letters[0]["event"])
    );
    let (status, second) = daemon.decide(&letter, "retry").await;
    assert_eq!((status.as_u16(), &second["outcome"]), (200, &first["outcome"]));
    assert_eq!(
        (&first["repeated"], &second["repeated"]),
        (&json!(false), &json!(true))
    );
    assert!(daemon.letters("").await.is_empty());

    let daemon = daemon.restart().await;
    let all = daemon.letters("all=true").await;
    assert_eq!((all.len(), &all[0]["state"]), (1, &json!("retried")));
    daemon.stop().await;
}

#[tokio::test]
async fn a_retry_that_has_no_place_is_refused_and_the_letter_stays_open() {
    let daemon = daemon().await;
    let project = daemon.project("bad");
    daemon.deploy(&project).await;
    for _ in 0..2 {
        let run = daemon
            .fire("bad/plain", &json!({ "how": "leave" }))
            .await
            .remove(0);
        daemon.ended(&run).await;
    }
    let letters = daemon.open_letters(2).await;
    let letter = text(&letters[0]["id"]);
    replace(
        &project.join("main.flow"),
        "rule uncaught: on plain(wish)",
        "rule other: on plain(wish)",
    );
    daemon.deploy(&project).await;
    let (status, refused) = daemon.decide(&letter, "retry").await;
    assert_eq!(
        (status.as_u16(), &refused["error"]["id"]),
        (409, &json!("letter/refused"))
    );
    assert!(
        text(&refused["error"]["message"]).contains("`uncaught`"),
        "{refused}"
    );
    let (status, unknown) = daemon.decide("nothing", "retry").await;
    assert_eq!(
        (status.as_u16(), &unknown["error"]["id"]),
        (404, &json!("request/not-found"))
    );

    let all = daemon.flowd(&["dlq", "retry", "--all"]).await;
    assert_eq!(all.code, Some(1), "{}", all.out);
    assert!(
        all.err.contains("nothing came of 2 of 2 dead letters"),
        "{}",
        all.err
    );
    let dropped = daemon.flowd(&["dlq", "drop", &letter]).await;
    assert!(dropped.out.contains("dropped"), "{}{}", dropped.out, dropped.err);
    let (status, retried) = daemon.decide(&letter, "retry").await;
    assert_eq!(
        (status.as_u16(), &retried["state"], &retried["repeated"]),
        (200, &json!("dropped"), &json!(true))
    );
    let dropped = daemon
        .flowd(&["dlq", "drop", "--all", "--rule", "uncaught"])
        .await;
    assert_eq!(dropped.code, Some(0), "{}", dropped.err);
    let listed = daemon.flowd(&["dlq", "list"]).await;
    assert_eq!(listed.out.trim(), "no dead letters");
    daemon.stop().await;
}

#[tokio::test]
async fn a_retry_ends_or_overtakes_no_other_run() {
    let daemon = serving("lanes").await;
    let nowhere = json!({ "at": "/nowhere/at/all", "name": "lost" });
    let run = daemon.fire("lanes/skipped", &nowhere).await.remove(0);
    daemon.ended(&run).await;
    let letter = text(&daemon.open_letters(1).await[0]["id"]);
    let at = daemon.folder().to_string_lossy().into_owned();
    let open = daemon
        .fire("lanes/skipped", &json!({ "at": at, "name": "open" }))
        .await
        .remove(0);
    let (status, busy) = daemon.decide(&letter, "retry").await;
    assert_eq!(
        (status.as_u16(), &busy["error"]["id"]),
        (429, &json!("request/busy")),
        "{busy}"
    );
    fs::write(daemon.folder().join("go-open"), "").expect("the folder of the test can be written");
    assert_eq!(daemon.ended(&open).await["status"], "succeeded");
    let (status, retried) = daemon.decide(&letter, "retry").await;
    assert_eq!(status, 200, "{retried}");
    // It fails again: that is a dead letter of its own.
    let again = text(&retried["outcome"]["run"]["run"]);
    daemon.ended(&again).await;
    assert_eq!(daemon.open_letters(1).await[0]["run"], json!(again));
    daemon.stop().await;
}

#[tokio::test]
async fn an_item_is_read_anew_and_comes_in_when_it_fits() {
    let daemon = daemon().await;
    let project = daemon.project("files");
    let inbox = project.join("inbox");
    write(&inbox, "2/a.txt", &"x".repeat(TOO_LONG));
    write(&inbox, "2/b.txt", &"x".repeat(TOO_LONG));
    write(&inbox, "12/c.txt", "no digit");
    daemon.deploy(&project).await;
    let letters = daemon.open_letters(3).await;
    let about = |name: &str| {
        let about = letters
            .iter()
            .find(|letter| text(&letter["key"]).starts_with(name));
        text(&about.expect("it has a letter")["id"])
    };
    let (a, b, c) = (about("2/a.txt"), about("2/b.txt"), about("12/c.txt"));

    let paused = daemon.flowd(&["triggers", "pause", "noted"]).await;
    assert_eq!(paused.out.trim(), "files/noted is paused", "{}", paused.err);
    let (status, unfit) = daemon.decide(&c, "retry").await;
    assert_eq!(
        (status.as_u16(), &unfit["error"]["id"]),
        (422, &json!("letter/unfit"))
    );
    write(&inbox, "2/a.txt", "short");
    let (_, retried) = daemon.decide(&a, "retry").await;
    assert!(retried["outcome"]["event"]["event"].is_string(), "{retried}");
    has_rows(&daemon, 1).await;
    fs::remove_file(inbox.join("2/b.txt")).expect("a file can be removed");
    let (status, gone) = daemon.decide(&b, "retry").await;
    assert_eq!(
        (status.as_u16(), &gone["error"]["id"]),
        (410, &json!("letter/gone"))
    );

    // What was read anew is known to the feed; what it takes in by itself answers its letter.
    let resumed = daemon.flowd(&["triggers", "resume", "noted"]).await;
    assert_eq!(resumed.out.trim(), "files/noted is active", "{}", resumed.err);
    write(&inbox, "2/b.txt", "short, too");
    has_rows(&daemon, 2).await;
    let (_, known) = daemon.decide(&b, "retry").await;
    assert_eq!(known["outcome"], json!("known"), "{known}");
    replace(&project.join("main.flow"), "int<0..9>", "int<0..12>");
    daemon.deploy(&project).await;
    has_rows(&daemon, 3).await;
    let daemon = daemon.restart().await;
    write(&inbox, "4/d.txt", "the last");
    has_rows(&daemon, 4).await;
    let states: Vec<_> = daemon
        .letters("all=true")
        .await
        .iter()
        .map(|one| text(&one["state"]))
        .collect();
    assert_eq!(states, ["retried", "retried", "retried"]);
    daemon.stop().await;
}

#[tokio::test]
async fn a_paused_feed_stays_so_and_is_fired_by_hand_all_the_same() {
    let daemon = daemon().await;
    let project = daemon.project("files");
    let inbox = project.join("inbox");
    write(&inbox, "1/a.txt", "a");
    daemon.deploy(&project).await;
    has_rows(&daemon, 1).await;
    for _ in 0..2 {
        let (status, paused) = daemon
            .post("/v1/flows/files/triggers/noted/pause", &json!({}))
            .await;
        assert_eq!((status.as_u16(), &paused["state"]), (200, &json!("paused")));
    }
    write(&inbox, "1/b.txt", "b");
    let daemon = daemon.restart().await;
    assert_eq!(daemon.trigger("noted").await["state"], "paused");
    // The schedule of the other trigger shows that feeds are at work.
    let begun = async || (!daemon.trigger("hourly").await["read"].is_null()).then_some(());
    until("a look at the schedule", begun).await;
    assert_eq!(rows(&daemon).await, 1);
    daemon.fire("files/hourly", &json!({})).await;
    daemon
        .post("/v1/flows/files/triggers/hourly/pause", &json!({}))
        .await;
    daemon.fire("files/hourly", &json!({})).await;
    assert_eq!(daemon.trigger("hourly").await["rate"], 2);

    let listed = daemon.flowd(&["triggers"]).await.out;
    for part in [
        "files/noted",
        "objects inbox.created",
        "paused by a person",
        "cron 0 * * * *",
    ] {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    let elsewhere = daemon
        .flowd(&["triggers", "resume", "noted", "--from", "beginning"])
        .await;
    assert_eq!(elsewhere.code, Some(0), "{}", elsewhere.err);
    has_rows(&daemon, 2).await;
    let active = daemon
        .flowd(&["triggers", "resume", "noted", "--from", "now"])
        .await;
    assert!(active.err.contains("pause it"), "{}", active.err);
    daemon.flowd(&["triggers", "pause", "noted"]).await;
    let passed = daemon
        .flowd(&["triggers", "resume", "noted", "--from", "now"])
        .await;
    assert!(
        passed.err.contains("nothing in it can be passed over"),
        "{}",
        passed.err
    );
    assert_eq!(daemon.trigger("noted").await["state"], "paused");
    let unknown = daemon.flowd(&["triggers", "pause", "nobody"]).await;
    assert_eq!(unknown.code, Some(1), "{}", unknown.err);
    daemon.stop().await;
}
