//! `flowd up` while somebody edits the project.

use flow_tests::daemon::{Home, Running};
use flow_tests::kept::Kept;
use flow_tests::wait::until;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_flowd-probed");

/// Replaces a part of a file of the project.
fn edit(home: &Home, file: &str, from: &str, to: &str) {
    let file = home.project().join(file);
    let text = std::fs::read_to_string(&file).expect("a file of the project");
    assert!(text.contains(from), "{from}");
    std::fs::write(&file, text.replace(from, to)).expect("the folder of the test can be written");
}

async fn ask(home: &Home, server: &str, name: &str) -> String {
    let body = json!({ "at": home.folder(), "name": name });
    let url = format!("{server}/v1/flows/edited/triggers/asked");
    let sent = flowd::outbound::direct().post(url).json(&body).send().await;
    let answer: Value = sent.expect("an answer").json().await.expect("JSON");
    answer["runs"][0].as_str().expect("a run").to_owned()
}

async fn ends_well(home: &Home, server: &str, run: &str, name: &str) {
    std::fs::write(home.folder().join(format!("go-{name}")), "")
        .expect("the folder of the test can be written");
    let what = format!("the end of {name}");
    let status = until(&what, async || {
        let url = format!("{server}/v1/runs/{run}");
        let sent = flowd::outbound::direct().get(url).send().await.ok()?;
        let run: Value = sent.json().await.ok()?;
        (!run["ended"].is_null()).then(|| run["status"].clone())
    });
    assert_eq!(status.await, "succeeded");
}

async fn says(running: &mut Running, text: &str) {
    assert!(running.says(text).await, "it ended before it said `{text}`");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_ends_on_the_code_that_it_began_with_and_the_next_has_the_new_one() {
    let home = Home::of("tests/projects/edited", PROGRAM);
    let mut running = home.up(&[], None);
    let server = running.address().await.expect("it serves");
    let first = ask(&home, &server, "a").await;
    let came = home.folder().join("came-a");
    until("the first run", async || came.exists().then_some(())).await;

    edit(&home, "functions/stay.py", "\"old\"", "\"newer\"");
    says(&mut running, "change      stay.py").await;
    says(&mut running, "deploy      edited").await;
    // What means the same is not deployed.
    edit(&home, "main.flow", "flow edited", "// It is edited.\nflow edited");
    says(&mut running, "nothing is deployed").await;
    let second = ask(&home, &server, "b").await;
    ends_well(&home, &server, &second, "b").await;
    ends_well(&home, &server, &first, "a").await;

    // What has errors is told, and the plan that was live stays.
    edit(&home, "main.flow", "append stay(it)", "append stray(it)");
    says(&mut running, "did you mean `stay`?").await;
    says(&mut running, "what was deployed before stays").await;
    let third = ask(&home, &server, "c").await;
    ends_well(&home, &server, &third, "c").await;
    // As editors do that never show half a file.
    let draft = home.project().join("main.flow.draft");
    let text = std::fs::read_to_string(home.project().join("main.flow")).expect("a file of the project");
    let text = text.replace("append stray(it)", "append { said: \"typed\" }");
    std::fs::write(&draft, text).expect("the folder of the test can be written");
    std::fs::rename(draft, home.project().join("main.flow")).expect("the folder of the test can be written");
    says(&mut running, "deploy      edited").await;
    let fourth = ask(&home, &server, "d").await;
    ends_well(&home, &server, &fourth, "d").await;

    running.kill().await;
    let rows = Kept::open(&home, "edited").await.rows("heard").await;
    let said: Vec<_> = rows
        .iter()
        .map(|row| row["said"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(said, ["newer", "old", "newer", "typed"]);
}
