//! A mask: what it makes of private data is public from its result on, and nothing else is.

use crate::serving;
use flow_tests::birds::Birds;
use flow_tests::kept::rows_of;
use serde_json::json;
use std::fs;

#[tokio::test]
async fn what_a_mask_returns_is_public_and_what_it_was_given_stays_sealed() {
    let name = "Adalbert-of-Brass";
    let daemon = serving("masked").await;
    let body = json!({ "name": name, "n": 4 });
    let run = daemon.fire("masked/came", &body).await.remove(0);
    let ended = daemon.ended(&run).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    let (status, answer) = daemon.post("/sign", &body).await;
    assert_eq!(
        (status.as_u16(), answer),
        (200, json!({ "sign": "somebody with A" }))
    );
    let shown = daemon.flowd(&["show", &run]).await.out;
    assert!(
        shown.contains("somebody with A") && shown.contains("private") && !shown.contains(name),
        "{shown}"
    );

    let folder = daemon.stop().await;
    let data = folder.path().join("data");
    assert_eq!(
        rows_of(&data, "masked", "seen").await,
        [json!({ "sign": "somebody with A", "n": 4 })]
    );
    // What is durable stands in the log that is written ahead until it is moved into the database.
    let mut database = fs::read(data.join("flow.db")).expect("the database is there");
    database.extend(fs::read(data.join("flow.db-wal")).unwrap_or_default());
    assert!(Birds::new(["somebody with A"]).find(&database).is_some());
    assert!(Birds::new(["$sealed"]).find(&database).is_some());
    let searched = Birds::new([name]).search(&data);
    assert!(searched > 3, "only {searched} files were there");
}
