//! A prepare over a dataset: only new rows, in their order, and a row that cannot be prepared is where it stops.

use crate::serving;
use flow_tests::inside::Inside;
use flow_tests::kept::rows_of;
use serde_json::{Value, json};

/// Adds rows with these numbers and words of this kind.
async fn come(daemon: &Inside, numbers: std::ops::Range<u64>, word: &str) {
    for number in numbers {
        let row = json!({ "number": number, "word": format!("{word}-{number}") });
        let run = daemon.fire("sweep/came", &row).await.remove(0);
        daemon.ended(&run).await;
    }
}

/// Prepares what is new; the run, and the words that were measured in it.
async fn sweep(daemon: &Inside) -> (Value, Vec<String>) {
    let run = daemon.fire("sweep/swept", &json!({})).await.remove(0);
    let ended = daemon.ended(&run).await;
    let logs = daemon.logs(&run).await;
    let words = logs.lines().filter_map(|line| line.split("measured ").nth(1));
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    words.sort();
    words.dedup();
    (ended, words)
}

#[tokio::test]
async fn a_prepare_over_a_dataset_takes_new_rows_only_and_stops_where_one_is_broken() {
    let daemon = serving("sweep").await;
    let (ended, words) = sweep(&daemon).await;
    assert_eq!(
        (&ended["status"], words.len()),
        (&json!("succeeded"), 0),
        "nothing is there yet"
    );
    come(&daemon, 0..5, "red").await;
    let (ended, words) = sweep(&daemon).await;
    assert_eq!(
        (&ended["status"], words.len()),
        (&json!("succeeded"), 5),
        "{ended}"
    );
    come(&daemon, 5..7, "blue").await;
    let (_, words) = sweep(&daemon).await;
    assert_eq!(words, ["blue-5", "blue-6"]);
    assert_eq!(sweep(&daemon).await.1, [] as [&str; 0]);

    // Another daemon knows what the first has done. The row before the broken one is kept, the one behind it waits.
    let daemon = daemon.restart().await;
    come(&daemon, 7..8, "green").await;
    come(&daemon, 8..9, "broken").await;
    come(&daemon, 9..10, "green").await;
    let (ended, _) = sweep(&daemon).await;
    let error = &ended["run"]["status"]["failed"]["error"];
    assert_eq!(
        (&error["kind"], &error["step"]),
        (&json!("crash"), &json!("append")),
        "{ended}"
    );
    let message = error["message"].as_str().expect("a text");
    assert!(
        message.starts_with("row ")
            && message.contains(" of `raw`: ")
            && message.contains("cannot be measured"),
        "{message}"
    );
    let folder = daemon.stop().await;
    let rows = rows_of(&folder.path().join("data"), "sweep", "clean").await;
    let numbers: Vec<_> = rows.iter().map(|row| row["number"].as_u64()).collect();
    assert_eq!(numbers, (0..8).map(Some).collect::<Vec<_>>());
    assert_eq!(rows[7], json!({ "number": 7, "size": 7 }));
}
