//! A rule that starts another: whoever dies in between, each event is handed on once.

use super::{PROGRAM, SIGKILL};
use flow_tests::daemon::{Death, Home};
use flow_tests::kept::Kept;
use flow_tests::wait::until;
use serde_json::{Value, json};
use std::os::unix::process::ExitStatusExt;

/// Events that are given, one after the other.
const GIVEN: u64 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_emits_is_one_event_whoever_dies() {
    for commit in [3, 4, 5, 7] {
        check(Death::Before(commit)).await;
        check(Death::After(commit)).await;
    }
}

async fn check(death: Death) {
    let home = Home::of("tests/projects/relay", PROGRAM);
    let mut running = home.up(&[], Some(death));
    let server = running.address().await.expect("it dies later");
    give(&server).await;
    let (status, printed) = running.end(Some(death)).await;
    assert_eq!(status.signal(), Some(SIGKILL), "{death:?}: {status}\n{printed}");

    let mut running = home.up(&[], None);
    let server = running.address().await.expect("nothing kills it now");
    give(&server).await;
    // A run for what was given, and one for each of the two hands that it goes through.
    until("the end of all runs", async || {
        let url = format!("{server}/v1/runs?status=succeeded&limit=100");
        let runs = flowd::outbound::direct().get(&url).send().await.ok()?;
        let runs: Value = runs.json().await.ok()?;
        (runs.as_array()?.len() as u64 == 3 * GIVEN).then_some(())
    })
    .await;
    running.end(Some(Death::Lines(0))).await;

    let kept = Kept::open(&home, "relay").await;
    for source in ["trigger/passed", "trigger/landed"] {
        let keys = kept.keys(source).await;
        assert_eq!(keys.len() as u64, GIVEN, "{death:?}: events of {source}");
    }
    let mut rows = kept.rows("kept").await;
    rows.sort_by_key(|row| row["number"].as_u64());
    let expected: Vec<_> = (0..GIVEN)
        .map(|number| json!({ "number": number, "hands": 2 }))
        .collect();
    assert_eq!(rows, expected, "{death:?}: rows");
}

/// Gives until there is no answer.
async fn give(server: &str) {
    for number in 0..GIVEN {
        let url = format!("{server}/v1/flows/relay/triggers/given");
        let request = flowd::outbound::direct()
            .post(&url)
            .header("Idempotency-Key", number.to_string())
            .json(&json!({ "number": number, "hands": 0 }));
        if request.send().await.is_err() {
            return;
        }
    }
}
