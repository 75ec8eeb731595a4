//! A run that waits for an approval: whoever dies meanwhile, it waits on, and only who may says yes to it.

use super::PROGRAM;
use flow_tests::daemon::{Death, Home};
use flow_tests::kept::Kept;
use flow_tests::wait::until;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::MetadataExt;
use tokio::process::Command;

/// What `flowd approve` has printed, and whether it was taken.
async fn approve(home: &Home, words: &[&str]) -> (bool, String) {
    let mut command = Command::new(PROGRAM);
    command
        .arg("approve")
        .args(words)
        .arg("--data")
        .arg(home.data().root());
    let out = command.output().await.expect("the program starts");
    let said = [out.stdout, out.stderr].concat();
    (out.status.success(), String::from_utf8_lossy(&said).into_owned())
}

async fn get(server: &str, path: &str) -> Value {
    let answer = flowd::outbound::direct()
        .get(format!("{server}{path}"))
        .send()
        .await;
    let answer = answer.expect("the daemon answers").json().await;
    answer.expect("an answer is JSON")
}

/// Fires a trigger; the run that it starts.
async fn fire(server: &str, trigger: &str, number: u64) -> String {
    let url = format!("{server}/v1/flows/asking/triggers/{trigger}");
    let question = json!({ "number": number });
    let answer = flowd::outbound::direct().post(&url).json(&question).send().await;
    let answer: Value = answer.expect("an answer").json().await.expect("it is JSON");
    let run = answer["runs"][0].as_str();
    run.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_outlives_the_daemon_and_is_given_by_who_may() {
    let home = Home::of("tests/projects/asking", PROGRAM);
    let uid = fs::metadata(home.folder()).expect("the folder is there").uid();
    let me = flowd::socket::user(uid).expect("the users of this machine can be read");
    let config = home.project().join("flow.toml");
    let text = fs::read_to_string(&config).expect("the project has one");
    fs::write(&config, text.replace("WHO-RUNS-THE-TEST", &me)).expect("it can be written");

    let mut running = home.up(&[], None);
    let server = running.address().await.expect("nothing kills it yet");
    let yes = fire(&server, "asked", 1).await;
    let no = fire(&server, "asked", 2).await;
    let theirs = fire(&server, "doubted", 3).await;
    fire(&server, "hurried", 4).await;
    running.kill().await;

    let mut running = home.up(&[], None);
    let server = running.address().await.expect("nothing kills it yet");
    let runs = get(&server, "/v1/runs").await;
    let waits = |id: &str| {
        let mut runs = runs.as_array().into_iter().flatten();
        let run = runs.find(|run| run["id"] == id).expect("it is listed");
        run["waits"][0].clone()
    };
    assert_eq!(
        (waits(&yes)["group"].as_str(), waits(&theirs)["group"].as_str()),
        (Some("leads"), Some("others"))
    );
    let shown = get(&server, &format!("/v1/runs/{yes}")).await;
    assert_eq!(
        shown["steps"][0]["state"]["held"]["until"],
        waits(&yes)["until"],
        "{shown}"
    );

    // Over HTTP nobody can be told from another.
    let url = format!("{server}/v1/runs/{yes}/steps/ok/approve");
    let answer = flowd::outbound::direct().post(&url).json(&json!({})).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status().as_u16(), 403);
    let answer: Value = answer.json().await.expect("it is JSON");
    assert_eq!(answer["error"]["id"], "approve/no-identity");

    let stranger = format!("`{me}` is not in the group `others`");
    let long = "x".repeat(1025);
    for (words, taken, said) in [
        (&[theirs.as_str(), "ok"][..], false, stranger.as_str()),
        (&[&yes, "ok"], true, &format!("approved by {me}")),
        (
            &[&no, "ok", "--deny", "not today"],
            true,
            &format!("refused by {me}"),
        ),
        (&[&yes, "ok"], false, "there is no open run"),
        (
            &[&theirs, "ok", "--deny", &long],
            false,
            "a reason has at most 1024 bytes",
        ),
        (&[&theirs, "append"], false, "does not wait for an approval"),
        (&[&theirs, "nothing"], false, "there is no step `nothing`"),
    ] {
        let (was_taken, was_said) = approve(&home, words).await;
        assert!(
            was_taken == taken && was_said.contains(said),
            "{words:?}: {was_said}"
        );
    }
    until("the run that nobody came for has ended", async || {
        let runs = get(&server, "/v1/runs?rule=hurry").await;
        (runs[0]["status"] == "succeeded").then_some(())
    })
    .await;
    running.kill().await;

    let kept = Kept::open(&home, "asking").await;
    let mut rows = kept.rows("answers").await;
    rows.sort_by_key(|row| row["number"].as_u64());
    let by = [
        (1, me.clone()),
        (2, format!("{me} said no: not today")),
        (4, "timeout".to_owned()),
    ];
    let expected = by.map(|(number, by)| json!({ "number": number, "by": by }));
    assert_eq!(rows, expected);
    drop(kept);

    // Whose groups are asked is what is deployed now.
    let text = fs::read_to_string(&config).expect("the project has one");
    fs::write(&config, text.replace("somebody-else", &me)).expect("it can be written");
    let mut running = home.up(&[], None);
    running.address().await.expect("nothing kills it now");
    let (taken, said) = approve(&home, &[&theirs, "ok"]).await;
    assert!(taken, "{said}");
    running.end(Some(Death::Lines(0))).await;
}
