//! A run that sleeps: whoever dies meanwhile, it goes on at its time; and a rule whose run has failed still has its say.

use super::{PROGRAM, SIGKILL};
use flow_tests::daemon::{Death, Home};
use flow_tests::kept::Kept;
use flow_tests::wait::until;
use serde_json::{Value, json};
use std::os::unix::process::ExitStatusExt;

#[tokio::test(flavor = "multi_thread")]
async fn a_sleep_and_a_failure_outlive_the_daemon() {
    let home = Home::of("tests/projects/nap", PROGRAM);
    let mut running = home.up(&[], None);
    let server = running.address().await.expect("it lives on");
    for (number, late) in [(1, false), (2, true)] {
        let url = format!("{server}/v1/flows/nap/triggers/called");
        let call = json!({ "number": number, "late": late });
        let answer = flowd::outbound::direct().post(&url).json(&call).send().await;
        assert_eq!(answer.expect("an answer").status().as_u16(), 202);
    }
    // It is killed while both sleep.
    let (status, printed) = running.end(Some(Death::Lines(0))).await;
    assert_eq!(status.signal(), Some(SIGKILL), "{status}\n{printed}");
    let kept = Kept::open(&home, "nap").await;
    assert_eq!(kept.rows("calls").await, [] as [Value; 0], "both sleep");
    drop(kept);

    let mut running = home.up(&[], None);
    let server = running.address().await.expect("nothing kills it now");
    for status in ["succeeded", "failed"] {
        until(&format!("a run that {status}"), async || {
            let url = format!("{server}/v1/runs?status={status}");
            let runs = flowd::outbound::direct().get(&url).send().await.ok()?;
            let runs: Value = runs.json().await.ok()?;
            (runs.as_array()?.len() == 1).then_some(())
        })
        .await;
    }
    running.end(Some(Death::Lines(0))).await;

    let kept = Kept::open(&home, "nap").await;
    let mut rows = kept.rows("calls").await;
    rows.sort_by_key(|row| row["number"].as_u64());
    let expected = [1, 2].map(|number| json!({ "number": number, "late": true }));
    assert_eq!(rows, expected);
}
