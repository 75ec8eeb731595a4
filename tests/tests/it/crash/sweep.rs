//! A prepare over a dataset: whoever dies between two batches, each row is there once, and none is missing.

use super::{PROGRAM, SIGKILL};
use flow_tests::daemon::{Death, Home};
use flow_tests::kept::Kept;
use flow_tests::wait::until;
use serde_json::{Value, json};
use std::os::unix::process::ExitStatusExt;

/// More than two batches.
const ROWS: u64 = 600;

#[tokio::test(flavor = "multi_thread")]
async fn each_row_is_prepared_into_the_other_dataset_once_whoever_dies() {
    let home = Home::of("tests/projects/sweep", PROGRAM);
    let mut running = home.up(&[], None);
    let server = running.address().await.expect("it lives on");
    let http = flowd::outbound::direct();
    let post = async |server: &str, trigger: &str, body: Value| {
        let url = format!("{server}/v1/flows/sweep/triggers/{trigger}");
        let answer = http.post(&url).json(&body).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    };
    for number in 0..ROWS {
        let row = json!({ "number": number, "word": format!("word-{number}") });
        assert!(post(&server, "came", row).await);
    }
    all_ended(&server).await;
    assert!(post(&server, "swept", json!({})).await);
    running.end(Some(Death::Lines(0))).await;

    // Each life dies at one of its first commits: before, within and behind the batches.
    for death in [
        Death::After(1),
        Death::Before(2),
        Death::Before(3),
        Death::After(2),
        Death::Before(2),
    ] {
        let (status, printed) = home.up(&[], Some(death)).end(Some(death)).await;
        assert_eq!(status.signal(), Some(SIGKILL), "{death:?}: {status}\n{printed}");
    }
    let mut running = home.up(&[], None);
    let server = running.address().await.expect("nothing kills it now");
    all_ended(&server).await;
    running.end(Some(Death::Lines(0))).await;

    let kept = Kept::open(&home, "sweep").await;
    let rows = kept.rows("clean").await;
    let numbers: Vec<_> = rows.iter().map(|row| row["number"].as_u64()).collect();
    let raw = kept.rows("raw").await;
    let expected: Vec<_> = raw.iter().map(|row| row["number"].as_u64()).collect();
    assert_eq!(expected.len() as u64, ROWS);
    assert_eq!(numbers, expected, "in the order in which they came");
    // What is prepared counts as growth like any other row.
    assert_eq!(
        kept.rows("grown").await,
        [json!({ "rows": 300 }), json!({ "rows": 300 })]
    );
}

/// Waits until no run is open.
async fn all_ended(server: &str) {
    until("the end of all runs", async || {
        for status in ["pending", "running"] {
            let url = format!("{server}/v1/runs?status={status}");
            let runs = flowd::outbound::direct().get(&url).send().await.ok()?;
            let runs: Value = runs.json().await.ok()?;
            if !runs.as_array()?.is_empty() {
                return None;
            }
        }
        Some(())
    })
    .await;
}
