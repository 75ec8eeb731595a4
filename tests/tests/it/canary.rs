//! Two kinds of birds, private ones and a secret one, and code that lets both fly wherever it can: all that a daemon
//! keeps, says and shows is searched for them.

use flow_tests::birds::Birds;
use flow_tests::daemon::{Death, Home, Running};
use flow_tests::kept::Kept;
use flow_tests::wait::until;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::fs;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_flowd-probed");
const PROJECT: &str = "tests/projects/canary";

/// What is private, and its SHA-256, which shows that the code was given it as it was: by HTTP, in the path of a
/// file, to a route, and in feedback.
const PRIVATE: [(&str, &str); 4] = [
    (
        "Wilhelmina-of-Gold",
        "2fc63402c077283eb6e88aaf47c7ac9ee72b43774373e6b9f513c7a32c94a41a",
    ),
    (
        "Leopoldine-of-Tin",
        "7ab347927fed7297534d97d033a0bc1f45a1f8c1ebd7afdaa315e5a0095d8694",
    ),
    (
        "Maximiliane-of-Zinc",
        "b19888bdada563c6edf898db2a1fcec198675f021ac634c552ca7331c51cdd88",
    ),
    (
        "Ottilie-of-Lead",
        "9fa7424c60d98095b597c4d282b8c8a152f134ed463c790243a8b0f4b54ab983",
    ),
];
/// The secret, with characters that JSON, Python and base64 write in ways of their own.
const SECRET: &str = "gold\"canary/4711>of+?the~mine";
const SECRET_DIGEST: &str = "76d26de42a86f7ff6ee6b4eb732f8e4a1f678f709e76e92681c759fcfb0747a9";
/// Parts of it in every form: as it is, in hexadecimal, and in base64 at each place of a group.
const SECRET_PARTS: [&[u8]; 6] = [
    b"canary/4711",
    b"63616e6172792f34373131",
    b"Y2FuYXJ5LzQ3",
    b"NhbmFyeS80Nz",
    b"jYW5hcnkvNDcx",
    b"the~mine",
];

/// A daemon and what it has said so far.
struct Place {
    home: Home,
    running: Running,
    address: String,
    http: Client,
    said: Vec<String>,
}

impl Place {
    async fn start(home: Home, said: Vec<String>) -> Place {
        let mut running = home.up(&[], None);
        let address = running.address().await;
        Place {
            address: address.unwrap_or_else(|| panic!("it serves: {}", home.complaints())),
            running,
            home,
            http: flowd::outbound::direct(),
            said,
        }
    }

    /// As by `kill -9`.
    async fn kill(self) -> (Home, Vec<String>) {
        let death = Some(Death::Elapsed(Duration::ZERO));
        let (_, printed) = self.running.end(death).await;
        let mut said = self.said;
        said.push(printed);
        (self.home, said)
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> (StatusCode, String, Value) {
        let response = request.send().await.expect("the daemon answers");
        let status = response.status();
        let id = response.headers().get("x-flow-request");
        let id = id.map(|id| id.to_str().expect("an id").to_owned());
        let text = response.text().await.expect("an answer is text");
        self.said.push(text.clone());
        let answer = serde_json::from_str(&text).unwrap_or_default();
        (status, id.unwrap_or_default(), answer)
    }

    async fn get(&mut self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.address));
        self.send(request).await.2
    }

    async fn post(&mut self, path: &str, key: Option<&str>, body: &Value) -> (StatusCode, String, Value) {
        let mut request = self.http.post(format!("{}{path}", self.address)).json(body);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.send(request).await
    }

    /// Waits until so many runs have ended and none is open.
    async fn ended(&mut self, count: usize) -> Vec<Value> {
        let path = format!("{}/v1/runs?limit=100", self.address);
        let http = self.http.clone();
        until(&format!("the end of {count} runs"), async || {
            let runs: Value = http.get(&path).send().await.ok()?.json().await.ok()?;
            let runs = runs.as_array()?.clone();
            let all = runs.len() == count && runs.iter().all(|run| !run["ended"].is_null());
            all.then_some(runs)
        })
        .await
    }

    /// What a command of a client prints.
    async fn flowd(&self, words: &[&str]) -> String {
        let mut command = Command::new(PROGRAM);
        command
            .args(words)
            .args(["--server", &self.address])
            .stdin(Stdio::null());
        let output = command.output().await.expect("flowd starts");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }
}

fn birds() -> Birds {
    let private = PRIVATE.iter().map(|(name, _)| name.as_bytes());
    Birds::new(private.chain(SECRET_PARTS))
}

/// The log of the one step of a run of `rule` that has this name, as `flowd logs` shows it.
async fn log_of(place: &Place, runs: &[Value], rule: &str) -> String {
    let run = runs.iter().find(|run| run["graph"]["rule"] == rule);
    let id = run.unwrap_or_else(|| panic!("no run of {rule}: {runs:?}"))["id"].as_str();
    place.flowd(&["logs", id.expect("an id")]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_private_and_what_is_secret_appears_nowhere() {
    let [(by_http, _), (by_path, _), (to_route, _), (in_feedback, _)] = PRIVATE;
    let birds = birds();
    let mut home = Home::of(PROJECT, PROGRAM);
    home.give("FLOW_TEST_KEY", SECRET);
    home.give("FLOW_LOG", "debug");
    let inbox = home.project().join("inbox").join(by_path);
    fs::create_dir_all(&inbox).expect("the folder of the test can be written");
    fs::write(inbox.join("a.txt"), "a letter").expect("the folder of the test can be written");
    let mut place = Place::start(home, Vec::new()).await;

    // In: an event, the same again, the same with another body, a file, a request.
    let (came, person) = (
        "/v1/flows/canary/triggers/came",
        json!({ "who": by_http, "n": 1 }),
    );
    let (status, _, first) = place.post(came, Some("once"), &person).await;
    assert_eq!(status, 202, "{first}");
    let (status, _, again) = place.post(came, Some("once"), &person).await;
    assert_eq!((status, &again["event"]), (StatusCode::OK, &first["event"]));
    let other = json!({ "who": to_route, "n": 1 });
    assert_eq!(place.post(came, Some("once"), &other).await.0, 409);
    let (status, request, answer) = place
        .post("/hello", None, &json!({ "who": to_route, "n": 3 }))
        .await;
    assert_eq!(
        (status, &answer["digest"]),
        (StatusCode::OK, &json!(PRIVATE[2].1))
    );

    // Six rules on the event, one on the file.
    let runs = place.ended(7).await;
    let states = |wanted: &str| runs.iter().filter(|run| run["status"] == wanted).count();
    assert_eq!((states("succeeded"), states("failed")), (4, 3), "{runs:?}");
    assert!(
        birds.processes(place.home.project()) > 0,
        "workers wait for their next call"
    );
    tell_all(&mut place, &runs).await;

    // Those who may read logs read them as they were printed; of a secret nobody does.
    let looked = log_of(&place, &runs, "look").await;
    assert!(looked.contains(&format!("stdout: saw {by_http}")), "{looked}");
    let fell = log_of(&place, &runs, "fall").await;
    assert!(
        fell.contains(&format!("ValueError: what is a {by_http}")),
        "{fell}"
    );
    let boasted = log_of(&place, &runs, "boasts").await;
    assert!(
        boasted.contains("[secret key]") && birds.find(boasted.as_bytes()).is_none(),
        "{boasted}"
    );
    let worked = log_of(&place, &runs, "works").await;
    assert!(worked.contains("working with [secret key]"), "{worked}");

    // A sealed value that somebody has seen is not opened for him.
    let seen = place
        .get(&format!("/v1/runs/{}", first["runs"][0].as_str().expect("an id")))
        .await;
    let sealed = &seen["run"]["input"]["who"];
    assert!(sealed["$sealed"].is_string(), "{seen}");
    let stolen = json!({ "who": sealed, "n": 1 });
    for path in [came, "/v1/flows/canary/actions/see", "/hello"] {
        assert_eq!(place.post(path, None, &stolen).await.0, 400, "{path}");
    }
    let (status, _, called) = place.post("/v1/flows/canary/actions/see", None, &person).await;
    assert_eq!(
        (status, &called["digest"]),
        (StatusCode::OK, &json!(PRIVATE[0].1))
    );
    assert!(called["who"]["$sealed"].is_string(), "{called}");
    let (status, _, called) = place
        .post("/v1/flows/canary/actions/break_", None, &json!({ "n": 1 }))
        .await;
    assert_eq!(status, 502, "{called}");
    assert!(called.to_string().contains("[secret key]"), "{called}");

    // The next daemon opens what this one has sealed, and knows what it took in.
    let (home, said) = place.kill().await;
    let mut place = Place::start(home, said).await;
    let (status, _, again) = place.post(came, Some("once"), &person).await;
    assert_eq!((status, &again["event"]), (StatusCode::OK, &first["event"]));
    let path = format!("/hello/{request}/feedback");
    let (status, _, fed) = place.post(&path, None, &json!({ "alias": in_feedback })).await;
    assert_eq!(status, 202, "{fed}");
    assert_eq!(
        place.post(&path, None, &json!({ "alias": in_feedback })).await.0,
        200
    );
    assert_eq!(place.post(&path, None, &json!({ "alias": by_http })).await.0, 409);
    let runs = place.ended(8).await;
    tell_all(&mut place, &runs).await;
    let (home, said) = place.kill().await;

    for text in &said {
        assert_eq!(birds.find(text.as_bytes()), None, "{text}");
    }
    assert_eq!(
        birds.find(home.complaints().as_bytes()),
        None,
        "{}",
        home.complaints()
    );
    let searched = birds.search(home.data().root());
    assert!(searched > 20, "only {searched} files were there");
    check_rows(&home).await;
}

/// Everything that can be asked about runs but their logs, as JSON and for people.
async fn tell_all(place: &mut Place, runs: &[Value]) {
    for path in [
        "/v1/runs?limit=100",
        "/v1/models",
        "/v1/datasets",
        "/metrics",
        "/healthz",
    ] {
        place.get(path).await;
    }
    for run in runs {
        let id = run["id"].as_str().expect("an id");
        place.get(&format!("/v1/runs/{id}")).await;
        let shown = place.flowd(&["show", id]).await;
        let private = run["graph"]["rule"] != "works" && run["graph"]["rule"] != "boasts";
        if private && run["graph"]["rule"] != "breaks" {
            assert!(shown.contains("private"), "{shown}");
        }
        place.said.push(shown);
    }
    for run in runs.iter().filter(|run| run["graph"]["rule"] == "fall") {
        let failed = place
            .get(&format!("/v1/runs/{}", run["id"].as_str().expect("an id")))
            .await;
        let message = &failed["run"]["status"]["failed"]["error"]["message"];
        let withheld = "withheld: `stumble` reads private data; its log has it";
        assert_eq!(message, withheld);
    }
}

/// The code was given what was sent, every time, and the log holds.
async fn check_rows(home: &Home) {
    let kept = Kept::open(home, "canary").await;
    let mut seen: Vec<_> = kept
        .rows("seen")
        .await
        .iter()
        .map(|row| {
            (
                row["n"].as_u64().expect("a number"),
                row["digest"].as_str().expect("a digest").to_owned(),
            )
        })
        .collect();
    seen.sort();
    let given: Vec<_> = PRIVATE
        .iter()
        .zip(1..)
        .map(|((_, digest), n)| (n, (*digest).to_owned()))
        .collect();
    assert_eq!(seen, given);
    let said: Vec<_> = kept.rows("said").await;
    let told = |text: &str| {
        said.iter()
            .any(|row| row["text"].as_str().is_some_and(|told| told.contains(text)))
    };
    assert!(told(SECRET_DIGEST), "the right secret was given: {said:?}");
    assert!(told("withheld: `stumble` reads private data"), "{said:?}");
}
