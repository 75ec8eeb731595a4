//! A daemon inside the test's own process: real parts, a folder of its own, an address of its own.

use crate::clock::Ahead;
use crate::tree;
use crate::wait::until;
use flowd::config::{self, DataDir};
use flowd::daemon::{Daemon, Options, StartError};
use flowd::deploy::Deployer;
use flowd::outbound;
use flowd::sandbox::Confinement;
use flowd::store::{NoProbe, Proof};
use flowd::up;
use flowd::worker::CoreError;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A folder with a project and a data directory, and a daemon in it.
pub struct Inside {
    /// Its clock; it keeps its place over restarts.
    pub clock: Arc<Ahead>,
    /// Values of its secrets by their places; they keep over restarts.
    pub secrets: Secrets,
    // Before the folder, which is there as long as it is.
    proof: Proof,
    folder: TempDir,
    flowd: PathBuf,
    server: String,
    http: reqwest::Client,
    deployer: Arc<Deployer>,
    stop: CancellationToken,
    work: JoinHandle<Result<(), CoreError>>,
}

/// Values of secrets by their places (`env:NAME`), which a test may set at any time.
pub type Secrets = Arc<Mutex<BTreeMap<String, String>>>;

/// What stays the same over restarts, beside the folder.
struct Lasting {
    clock: Arc<Ahead>,
    secrets: Secrets,
    flowd: PathBuf,
}

impl Lasting {
    fn of(flowd: &str) -> Lasting {
        Lasting {
            clock: Arc::default(),
            secrets: Secrets::default(),
            flowd: flowd.into(),
        }
    }
}

/// What a command did.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it printed.
    pub out: String,
    /// What it complained about.
    pub err: String,
}

impl Ended {
    /// What a program did that has ended.
    pub fn of(output: Output) -> Ended {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

impl Inside {
    /// A daemon without a flow. `flowd` is the program of its jobs' companions and of the commands.
    pub async fn start(flowd: &str) -> Inside {
        Inside::start_with(flowd, Confinement::probe().await).await
    }

    /// The same, with functions that reach what `confinement` lets them.
    pub async fn start_with(flowd: &str, confinement: Confinement) -> Inside {
        let folder = tempfile::tempdir().expect("a folder for the test");
        Inside::open(folder, Lasting::of(flowd), confinement).await
    }

    /// A daemon on the data directory `data` of a folder.
    pub async fn on(flowd: &str, folder: TempDir) -> Inside {
        Inside::open(folder, Lasting::of(flowd), Confinement::probe().await).await
    }

    async fn open(folder: TempDir, kept: Lasting, confinement: Confinement) -> Inside {
        let Lasting {
            clock,
            secrets,
            flowd,
        } = kept;
        let values = Arc::clone(&secrets);
        let value = move |place: &str| values.lock().expect("no test panics with it").get(place).cloned();
        let options = Options {
            url: None,
            data: DataDir::new(folder.path().join("data")),
            listen: ([127, 0, 0, 1], 0).into(),
            cache: folder.path().join("cache"),
            search_path: config::search_path(),
            shim: vec![flowd.clone().into_os_string(), "shim".into()],
            confinement,
            secrets: Arc::new(value),
            clock: Arc::clone(&clock) as Arc<_>,
            grace: Duration::ZERO,
            probe: Arc::new(NoProbe),
        };
        let daemon: Result<Daemon, StartError> = Daemon::start(options).await;
        let daemon = daemon.expect("a daemon starts in a folder of its own");
        let stop = CancellationToken::new();
        Inside {
            clock,
            secrets,
            proof: Proof::of(folder.path().join("data/flow.db")),
            folder,
            flowd,
            server: format!("http://{}", daemon.address),
            http: outbound::direct(),
            deployer: Arc::clone(&daemon.deployer),
            work: tokio::spawn(daemon.run(stop.clone())),
            stop,
        }
    }

    /// The folder of the test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data directory.
    pub fn data(&self) -> DataDir {
        DataDir::new(self.folder.path().join("data"))
    }

    /// Stops it as SIGTERM does, and holds the log against every promise.
    pub async fn stop(self) -> TempDir {
        self.stop.cancel();
        let ended = self.work.await.expect("the daemon does not panic");
        ended.expect("the daemon ends well");
        drop(self.proof);
        self.folder
    }

    /// Stops it, and starts another in the same folder when so much time has passed.
    pub async fn restart_after(self, pause: Duration) -> Inside {
        let kept = self.lasting();
        let folder = self.stop().await;
        kept.clock.jump(pause);
        Inside::open(folder, kept, Confinement::probe().await).await
    }

    /// Stops it, and starts another in the same folder.
    pub async fn restart(self) -> Inside {
        self.restart_with(Confinement::probe().await).await
    }

    /// The same, with functions that reach what `confinement` lets them.
    pub async fn restart_with(self, confinement: Confinement) -> Inside {
        let kept = self.lasting();
        let folder = self.stop().await;
        Inside::open(folder, kept, confinement).await
    }

    fn lasting(&self) -> Lasting {
        Lasting {
            clock: Arc::clone(&self.clock),
            secrets: Arc::clone(&self.secrets),
            flowd: self.flowd.clone(),
        }
    }

    /// A copy of a project below `tests/projects`, in the folder of the test.
    pub fn project(&self, name: &str) -> PathBuf {
        let to = self.folder.path().join(name);
        tree::copy_into(&tree::root().join("tests/projects").join(name), &to);
        to
    }

    /// Compiles a project and makes it active.
    pub async fn deploy(&self, project: &Path) {
        let mut findings = Vec::new();
        let compiled = up::compile(project, "dev", &mut findings);
        let findings = String::from_utf8_lossy(&findings);
        let (root, plan) = compiled.unwrap_or_else(|error| panic!("{error}\n{findings}"));
        let deployed = self.deployer.deploy_project(&root, plan, &|_| {}).await;
        deployed.expect("a plan that compiles can be deployed here");
    }

    /// A request to a path.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.server))
    }

    /// `GET`, which has to succeed.
    pub async fn get(&self, path: &str) -> Value {
        let (status, answer) = answer(self.request(Method::GET, path)).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// `POST` of a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        answer(self.request(Method::POST, path).json(body)).await
    }

    /// Fires a trigger, `FLOW/NAME`, and returns the runs.
    pub async fn fire(&self, trigger: &str, body: &Value) -> Vec<String> {
        let (flow, trigger) = trigger.split_once('/').expect("FLOW/NAME");
        let path = format!("/v1/flows/{flow}/triggers/{trigger}");
        let (status, accepted) = self.post(&path, body).await;
        assert_eq!(status, 202, "{accepted}");
        let runs = accepted["runs"].as_array().expect("a list of runs").iter();
        runs.map(|run| run.as_str().expect("an id").to_owned()).collect()
    }

    /// What is known of a run.
    pub async fn run(&self, id: &str) -> Value {
        self.get(&format!("/v1/runs/{id}")).await
    }

    /// Waits until a run has ended, and returns what is known of it.
    pub async fn ended(&self, id: &str) -> Value {
        until(&format!("the end of run {id}"), async || {
            let run = self.run(id).await;
            (!run["ended"].is_null()).then_some(run)
        })
        .await
    }

    /// What the steps of a run wrote, one after the other.
    pub async fn logs(&self, run: &str) -> String {
        let logs = self.get(&format!("/v1/runs/{run}/logs")).await;
        let texts = logs.as_array().into_iter().flatten();
        texts.filter_map(|log| log["text"].as_str()).collect()
    }

    /// A number that `/metrics` shows.
    pub async fn metric(&self, name: &str) -> u64 {
        let text = self.request(Method::GET, "/metrics").send().await;
        let text = text.expect("an answer").text().await.expect("a text");
        let mut values = text
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        values.next().unwrap_or_else(|| panic!("no {name} in {text}"))
    }

    /// Dead letters, newest first; `query` says which.
    pub async fn letters(&self, query: &str) -> Vec<Value> {
        let letters = self.get(&format!("/v1/dlq?{query}")).await;
        letters.as_array().expect("a list").clone()
    }

    /// Waits until so many dead letters are open, and returns them.
    pub async fn open_letters(&self, count: usize) -> Vec<Value> {
        until(&format!("{count} dead letters"), async || {
            let letters = self.letters("").await;
            (letters.len() == count).then_some(letters)
        })
        .await
    }

    /// Retries or drops a dead letter.
    pub async fn decide(&self, letter: &str, what: &str) -> (StatusCode, Value) {
        answer(self.request(Method::POST, &format!("/v1/dlq/{letter}/{what}"))).await
    }

    /// How a trigger stands.
    pub async fn trigger(&self, name: &str) -> Value {
        let triggers = self.get("/v1/triggers").await;
        let named = |one: &&Value| one["name"] == name;
        let found = triggers.as_array().into_iter().flatten().find(named);
        found.unwrap_or_else(|| panic!("no trigger `{name}`")).clone()
    }

    /// Runs `flowd` with these words, and with this daemon as the server of client commands.
    pub async fn flowd(&self, words: &[&str]) -> Ended {
        let server = ["--server", &self.server];
        let serves = words.first().is_some_and(|word| matches!(*word, "serve" | "up"));
        let server = if serves { &[][..] } else { &server[..] };
        self.run_flowd(words, server).await
    }

    /// Runs `flowd` with these words only.
    pub async fn alone(&self, words: &[&str]) -> Ended {
        self.run_flowd(words, &[]).await
    }

    async fn run_flowd(&self, words: &[&str], server: &[&str]) -> Ended {
        let child = Command::new(&self.flowd)
            .args(words)
            .args(server)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        Ended::of(child.await.expect("flowd starts"))
    }
}

/// Sends a request; the status and the JSON of the answer, null without one.
pub async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.expect("the daemon answers");
    let status = response.status();
    (status, response.json().await.unwrap_or_default())
}
