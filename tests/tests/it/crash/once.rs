//! What must not be sent twice waits for a person when the daemon dies while it is out.

use super::PROGRAM;
use flow_tests::daemon::{Death, Home};
use flow_tests::kept::Kept;
use flow_tests::wait::until;
use reqwest::Method;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// One way out for each order: what is said, how the step stands then and which receipt the rule notes.
const WAYS: [(&str, &str, &str, &str); 3] = [
    (
        "a",
        r#"{ "succeeded": { "receipt": "by hand" } }"#,
        "done",
        "by hand",
    ),
    ("b", r#"{ "failed": "not charged" }"#, "failed", "none"),
    ("c", r#"{ "again": true }"#, "done", "for c"),
];

/// A daemon as its users see it.
struct Client {
    server: String,
    http: reqwest::Client,
}

impl Client {
    async fn ask(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let request = self.http.request(method, format!("{}{path}", self.server));
        let answer = request.json(body).send().await.expect("the daemon answers");
        let status = answer.status().as_u16();
        (status, answer.json().await.expect("an answer is JSON"))
    }

    async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, &Value::Null).await.1
    }

    /// The state of the step that must not be sent twice.
    async fn charge(&self, run: &str) -> Value {
        let run = self.get(&format!("/v1/runs/{run}")).await;
        let steps = run["steps"].as_array().expect("a run has steps");
        let step = steps.iter().find(|step| step["name"] == "done.charge");
        step.unwrap_or_else(|| panic!("{run}"))["state"].clone()
    }

    async fn resolve(&self, run: &str, step: &str, verdict: &Value) -> (u16, Value) {
        let path = format!("/v1/runs/{run}/steps/{step}/resolve");
        self.ask(Method::POST, &path, verdict).await
    }
}

/// How often the bank was called for an order, and as which try.
fn sent(at: &Path, name: &str, run: &str) -> Vec<String> {
    let text = fs::read_to_string(at.join(format!("sent-{name}"))).unwrap_or_default();
    let key = format!("{run}/done.charge ");
    let calls = text
        .lines()
        .map(|line| line.strip_prefix(&key).map(str::to_owned));
    calls
        .map(|call| call.expect("a key is the same for each try"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_says_what_became_of_a_call_that_is_never_sent_twice() {
    let home = Home::of("tests/projects/paying", PROGRAM);
    let at = home.folder().join("place");
    fs::create_dir_all(&at).expect("the folder of the test can be written");

    // This machine may carry out two calls at a time.
    let (two, one) = WAYS.split_at(2);
    die_and_resolve(&home, &at, two).await;
    die_and_resolve(&home, &at, one).await;

    let kept = Kept::open(&home, "paying").await;
    assert_eq!(kept.statuses().await["succeeded"], 3);
}

/// Orders whose calls are out when the daemon dies, and what a person says of them to the next one.
async fn die_and_resolve(home: &Home, at: &Path, ways: &[(&str, &str, &str, &str)]) {
    let (first, mut running) = serve(home).await;
    let mut runs = Vec::new();
    for (name, ..) in ways {
        let order = json!({ "at": at, "name": name });
        let (_, fired) = first
            .ask(Method::POST, "/v1/flows/paying/triggers/ordered", &order)
            .await;
        let run = fired["runs"][0]
            .as_str()
            .expect("the rule starts a run")
            .to_owned();
        let called = format!("the bank is called for {name}");
        until(&called, async || (sent(at, name, &run).len() == 1).then_some(())).await;
        runs.push(run);
    }
    let (status, known) = first
        .resolve(&runs[0], "done.charge", &json!({ "again": true }))
        .await;
    assert_eq!((status, known["error"]["id"].as_str()), (409, Some("run/known")));
    running.kill().await;

    let (second, again) = serve(home).await;
    running = again;
    for run in &runs {
        let state = second.charge(run).await;
        let why = "the daemon stopped while it was under way";
        assert_eq!(state, json!({ "unknown": { "attempt": 1, "why": why } }));
    }
    let health = second.get("/healthz").await;
    assert_eq!(
        health["unresolved"].as_array().map(Vec::len),
        Some(ways.len()),
        "{health}"
    );
    let listed = second.get("/v1/runs").await;
    assert_eq!(listed[0]["unresolved"], true, "{listed}");
    let misfit = json!({ "succeeded": { "receipt": 7 } });
    let (status, misfit) = second.resolve(&runs[0], "done.charge", &misfit).await;
    assert_eq!(
        (status, misfit["error"]["at"].as_str()),
        (400, Some("succeeded")),
        "{misfit}"
    );
    let (status, _) = second
        .resolve(&runs[0], "charge", &json!({ "again": true }))
        .await;
    assert_eq!(status, 404);

    for ((name, verdict, state, receipt), run) in ways.iter().zip(&runs) {
        fs::write(at.join(format!("go-{name}")), "").expect("the folder of the test can be written");
        let verdict = serde_json::from_str(verdict).expect("a verdict is JSON");
        let (status, answer) = second.resolve(run, "done.charge", &verdict).await;
        assert_eq!(status, 200, "{answer}");
        until(&format!("the run of {name} ends"), async || {
            let run = second.get(&format!("/v1/runs/{run}")).await;
            (run["status"] == "succeeded").then_some(())
        })
        .await;
        assert!(second.charge(run).await.get(*state).is_some(), "{name}");
        let noted = fs::read_to_string(at.join(format!("note-{name}")));
        assert_eq!(noted.ok().as_deref(), Some(*receipt));
        let calls: &[&str] = if *name == "c" { &["1 7", "2 7"] } else { &["1 7"] };
        assert_eq!(sent(at, name, run), calls);
    }
    assert_eq!(second.get("/healthz").await["unresolved"], json!([]));
    running.end(Some(Death::Lines(0))).await;
}

async fn serve(home: &Home) -> (Client, flow_tests::daemon::Running) {
    let mut running = home.up(&[], None);
    let server = running.address().await.expect("nothing kills it now");
    let http = flowd::outbound::direct();
    (Client { server, http }, running)
}
