//! A daemon that is told to stop takes nothing more in, and ends the calls that it has begun.

use crate::crash::PROGRAM;
use flow_tests::daemon::Home;
use flow_tests::wait::until;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_told_to_stop_waits_for_calls_and_takes_nothing_in() {
    let home = Home::of("tests/projects/paying", PROGRAM);
    let at = home.folder().join("place");
    fs::create_dir_all(&at).expect("the folder of the test can be written");
    let http = flowd::outbound::direct();
    let mut running = home.up(&["--grace", "5m"], None);
    let server = running.address().await.expect("it lives");
    let order = json!({ "at": at, "name": "a" });
    let fired = http
        .post(format!("{server}/v1/flows/paying/triggers/ordered"))
        .json(&order);
    let fired: Value = fired.send().await.expect("an answer").json().await.expect("JSON");
    let run = fired["runs"][0]
        .as_str()
        .expect("the rule starts a run")
        .to_owned();
    let sent = || fs::read_to_string(at.join("sent-a")).unwrap_or_default();
    until("the bank is called", async || (!sent().is_empty()).then_some(())).await;

    let told = Command::new("sh")
        .args(["-c", &format!("kill -TERM {}", running.pid())])
        .status();
    assert!(told.expect("there is a shell").success());
    // Before it has heard, there is no such trigger; afterwards nobody looks.
    let nobody = format!("{server}/v1/flows/paying/triggers/nobody");
    until("nothing is taken in", async || {
        let answer = http.post(&nobody).json(&json!({})).send().await.ok()?;
        let later = answer.headers().contains_key("retry-after");
        (answer.status().as_u16() == 503 && later).then_some(())
    })
    .await;
    let standing = http.get(format!("{server}/v1/runs/{run}")).send().await;
    let standing: Value = standing
        .expect("questions are answered")
        .json()
        .await
        .expect("JSON");
    assert_eq!(standing["status"], "running", "{standing}");
    fs::write(at.join("go-a"), "").expect("the folder of the test can be written");
    let (status, printed) = running.end(None).await;
    assert!(status.success(), "{status}\n{printed}{}", home.complaints());

    // The call was `once`: had it been stopped, a person would have to say what became of it.
    let mut running = home.up(&[], None);
    let server = running.address().await.expect("it lives");
    until("the run goes on where it was", async || {
        let run = http.get(format!("{server}/v1/runs/{run}")).send().await.ok()?;
        let run: Value = run.json().await.ok()?;
        (run["status"] == "succeeded").then_some(())
    })
    .await;
    assert_eq!(sent().lines().count(), 1);
    running.kill().await;
}
