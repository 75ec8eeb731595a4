//! What a client was answered is durable: a daemon dies while many of them speak to it.

use super::{PROGRAM, SIGKILL};
use flow_tests::daemon::{Death, Home};
use flow_tests::kept::Kept;
use serde_json::json;
use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use tokio::task::JoinSet;

/// Who speak at the same time; each sends one entry after the other.
const CLIENTS: u64 = 4;
/// Entries of each client.
const ENTRIES: u64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_durable() {
    // With the fewest answers that clients must have had by then: seven commits among four clients.
    for (death, answers_min) in [
        (Death::Before(1), 0),
        (Death::After(1), 0),
        (Death::Before(2), 0),
        (Death::After(2), 0),
        (Death::Before(5), 0),
        (Death::After(5), 0),
        (Death::Before(9), 3),
        (Death::After(9), 3),
    ] {
        check(death, answers_min).await;
    }
}

async fn check(death: Death, answers_min: usize) {
    let home = Home::of("tests/projects/ledger", PROGRAM);
    let mut running = home.up(&[], Some(death));
    let answered = match running.address().await {
        Some(server) => book(&server).await,
        None => BTreeSet::new(),
    };
    let (status, printed) = running.end(Some(death)).await;
    assert_eq!(status.signal(), Some(SIGKILL), "{death:?}: {status}\n{printed}");

    assert!(
        answered.len() >= answers_min,
        "{death:?}: {} answers",
        answered.len()
    );
    if !answered.is_empty() {
        let kept = Kept::open(&home, "ledger").await;
        let keys: BTreeSet<_> = kept.keys("trigger/booked").await.into_iter().collect();
        let rows = numbers(&kept).await;
        for number in &answered {
            assert!(
                keys.contains(&key(*number)),
                "{death:?}: event {number} was answered and is lost"
            );
            assert!(
                rows.contains(number),
                "{death:?}: row {number} was answered and is lost"
            );
        }
    }

    // Whoever got no answer sends the same again; what had come in all the same does not come in twice.
    let mut running = home.up(&[], None);
    let server = running.address().await.expect("nothing kills it now");
    let answered = book(&server).await;
    assert_eq!(answered.len() as u64, CLIENTS * ENTRIES, "{death:?}: answers");
    running.end(Some(Death::Lines(0))).await;
    let kept = Kept::open(&home, "ledger").await;
    let expected: Vec<_> = (0..CLIENTS * ENTRIES).collect();
    assert_eq!(numbers(&kept).await, expected, "{death:?}: rows");
    assert_eq!(
        kept.keys("trigger/booked").await.len(),
        expected.len(),
        "{death:?}: events"
    );
}

/// Every client books its entries until it gets no answer. The numbers that were answered for.
async fn book(server: &str) -> BTreeSet<u64> {
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let url = format!("{server}/v1/flows/ledger/triggers/booked");
        clients.spawn(async move {
            let http = flowd::outbound::direct();
            let mut answered = Vec::new();
            for number in client * ENTRIES..(client + 1) * ENTRIES {
                let entry = http.post(&url).header("Idempotency-Key", number.to_string());
                let Ok(answer) = entry.json(&json!({ "number": number })).send().await else {
                    break;
                };
                if answer.status().is_success() {
                    answered.push(number);
                }
            }
            answered
        });
    }
    clients.join_all().await.into_iter().flatten().collect()
}

async fn numbers(kept: &Kept) -> Vec<u64> {
    let rows = kept.rows("entries").await;
    let mut numbers: Vec<_> = rows.iter().filter_map(|row| row["number"].as_u64()).collect();
    numbers.sort_unstable();
    numbers
}

fn key(number: u64) -> String {
    format!("key/{number}")
}
