//! A model that was made elsewhere: an archive comes in, is tried, and answers; one that is no good is told about.

use crate::serving;
use flow_tests::kept::rows_of;
use flow_tests::wait::until;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Zips `content` under `name` as whoever likes to, and lays it into the inbox.
fn lay(inbox: &Path, from: &str, script: &str) {
    let folder = inbox.join(from);
    fs::create_dir_all(&folder).expect("the folder of the test can be written");
    let made = Command::new("python3")
        .args(["-c", script])
        .arg(folder.join("draft"))
        .status();
    assert!(made.expect("python3 is there").success());
    fs::rename(folder.join("draft"), folder.join("model.zip")).expect("it was made");
}

#[tokio::test]
async fn an_archive_becomes_a_version_that_answers_and_a_bad_one_a_failure_with_a_reason() {
    let daemon = serving("adopt").await;
    let answer = until("an answer of the registered model", async || {
        let (status, answer) = daemon.post("/classify", &json!({ "word": "blue-bird" })).await;
        status.is_success().then_some(answer)
    })
    .await;
    assert_eq!(answer, json!({ "class": 7 }));
    let models = daemon.flowd(&["models"]).await.out;
    assert!(models.contains("adopt.arrived"), "{models}");

    let inbox = daemon.folder().join("adopt/inbox");
    lay(
        &inbox,
        "words",
        "import sys; open(sys.argv[1], 'w').write('a letter')",
    );
    let zip = |path: &str| {
        format!("import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w').writestr({path:?}, '{{}}')")
    };
    lay(&inbox, "climber", &zip("../../evil.json"));
    lay(&inbox, "other", &zip("notes.json"));
    until("three failed runs", async || {
        let runs = daemon.get("/v1/runs?status=failed").await;
        (runs.as_array().map(Vec::len) == Some(3)).then_some(())
    })
    .await;
    // What is live answers on.
    let (_, answer) = daemon.post("/classify", &json!({ "word": "red-boat" })).await;
    assert_eq!(answer, json!({ "class": 3 }));

    let folder = daemon.stop().await;
    let mut troubles = rows_of(&folder.path().join("data"), "adopt", "troubles").await;
    troubles.sort_by_key(|row| row["name"].to_string());
    let told = |row: &Value, name: &str, kind: &str, says: &str| {
        let message = row["message"].as_str().expect("a text");
        assert!(
            row["name"] == name && row["kind"] == kind && message.contains(says),
            "{row}"
        );
    };
    told(
        &troubles[0],
        "climber",
        "type",
        "`arrived` cannot be registered: `../../evil.json` is refused",
    );
    // It is a sound archive, and no model of this flow: whoever tries it finds out.
    told(&troubles[1], "other", "crash", "words.json");
    told(
        &troubles[2],
        "words",
        "type",
        "`arrived` cannot be registered: it is not a zip archive",
    );
    assert!(!folder.path().join("data/evil.json").exists());
}
