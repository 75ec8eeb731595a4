//! What the HTTP side promises, asked of a whole daemon over a socket.

use flowd::clock::SystemClock;
use flowd::config::{DataDir, environment_cache, search_path};
use flowd::daemon::{Daemon, Options};
use flowd::sandbox::Confinement;
use flowd::store::{NoProbe, Proof};
use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const MEASURE: &str = r#"
flow measure
pure action size({ file: blob<"application/octet-stream", 3MiB> }) -> { bytes: int } {
  runtime: "python:3", code: "functions", entry: "size.size"
}
infer measured({ file: blob<"application/octet-stream", 3MiB> }) -> { bytes: int } on POST "/measure" {
  return size({ file: file })
}
"#;
const SIZE: &str = "import os\ndef size(args):\n    return {\"bytes\": os.path.getsize(args[\"file\"])}\n";

/// A daemon with the flow above, and its address.
async fn daemon(folder: &TempDir, stop: CancellationToken) -> String {
    let root = folder.path();
    std::fs::create_dir(root.join("functions")).unwrap();
    std::fs::write(root.join("main.flow"), MEASURE).unwrap();
    std::fs::write(root.join("functions/size.py"), SIZE).unwrap();
    let daemon = Daemon::start(options(root).await).await.unwrap();
    let project = flowc::load::load(root).unwrap();
    let plan = flowc::check(&project, "dev").plan.unwrap();
    daemon.deployer.deploy_project(root, plan, &|_| {}).await.unwrap();
    let address = format!("http://{}", daemon.address);
    tokio::spawn(daemon.run(stop));
    address
}

async fn options(root: &Path) -> Options {
    Options {
        url: None,
        data: DataDir::new(root.join(".flow")),
        listen: "127.0.0.1:0".parse().unwrap(),
        cache: environment_cache(),
        search_path: search_path(),
        shim: Vec::new(),
        confinement: Confinement::probe().await,
        secrets: Arc::new(|_| None),
        clock: Arc::new(SystemClock),
        grace: Duration::ZERO,
        probe: Arc::new(NoProbe),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_may_have_its_full_size_and_not_a_byte_more() {
    let folder = tempfile::tempdir().unwrap();
    let _proof = Proof::of(folder.path().join(".flow/flow.db"));
    let stop = CancellationToken::new();
    let _guard = stop.clone().drop_guard();
    let server = daemon(&folder, stop).await;
    let post = async |bytes: usize| {
        let file = Part::bytes(vec![7; bytes]).file_name("file");
        let request = flowd::outbound::direct().post(format!("{server}/measure"));
        let answer = request
            .multipart(Form::new().part("file", file))
            .send()
            .await
            .unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    let full = 3 << 20;
    let (status, answer) = post(full).await;
    assert_eq!(
        (status, &answer["bytes"]),
        (StatusCode::OK, &Value::from(full)),
        "{answer}"
    );
    let (status, answer) = post(full + 1).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    assert_eq!(answer["error"]["at"], "file");
    let (status, answer) = post(full + (1 << 20)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_an_error_with_an_id() {
    let folder = tempfile::tempdir().unwrap();
    let _proof = Proof::of(folder.path().join(".flow/flow.db"));
    let stop = CancellationToken::new();
    let _guard = stop.clone().drop_guard();
    let server = daemon(&folder, stop).await;
    let http = flowd::outbound::direct();
    let cases = [
        (http.get(format!("{server}/v1/runs?odd=1")), 400, "request/query"),
        (
            http.get(format!("{server}/v1/models?odd=1")),
            400,
            "request/query",
        ),
        (
            http.get(format!("{server}/v1/datasets?odd=1")),
            400,
            "request/query",
        ),
        (http.delete(format!("{server}/v1/runs")), 405, "request/method"),
        (
            http.post(format!("{server}/v1/flows")).body("{}"),
            415,
            "request/body",
        ),
        (
            http.post(format!("{server}/v1/flows")).json(&Value::Null),
            422,
            "request/body",
        ),
        (http.get(format!("{server}/nothing")), 404, "request/not-found"),
        (
            http.post(format!("{server}/measure")).body("{}"),
            415,
            "request/body",
        ),
    ];
    for (request, status, id) in cases {
        let answer = request.send().await.unwrap();
        let (found, path) = (answer.status().as_u16(), answer.url().to_string());
        let body: Value = answer.json().await.unwrap_or_default();
        assert_eq!(
            (found, body["error"]["id"].as_str()),
            (status, Some(id)),
            "{path}: {body}"
        );
    }
}
