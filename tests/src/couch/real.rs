//! `pouchdb-server` from npm: a real server with the protocol of CouchDB, on its own port and folder.

use crate::parts;
use crate::tree;
use crate::wait::until;
use flowd::outbound;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// What is installed, exactly.
const PACKAGE: &str = "pouchdb-server@4.2.0";

/// A server with its data. It is killed when this is dropped.
pub struct Real {
    folder: TempDir,
    program: PathBuf,
    port: u16,
    http: Client,
    user: Option<(String, String)>,
    child: Option<Child>,
}

impl Real {
    /// A server without databases; nothing unless everything has to run.
    pub async fn start(what: &str) -> Option<Real> {
        Real::start_with(what, None).await
    }

    /// One that answers this user only.
    pub async fn guarded(what: &str, user: &str, password: &str) -> Option<Real> {
        Real::start_with(what, Some((user.into(), password.into()))).await
    }

    async fn start_with(what: &str, user: Option<(String, String)>) -> Option<Real> {
        if !parts::wanted(what) {
            return None;
        }
        let program = installed();
        let folder = tempfile::tempdir().expect("a folder for the test");
        let config = match &user {
            None => json!({}),
            Some((user, password)) => {
                let only = json!({ "require_valid_user": true });
                json!({ "admins": { user: password }, "couch_httpd_auth": only })
            }
        };
        fs::write(folder.path().join("config.json"), config.to_string())
            .expect("the folder of the test can be written");
        // The port is kept over restarts: a feed asks the same address again.
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let mut real = Real {
            folder,
            program,
            port: port.expect("a free port").port(),
            http: outbound::direct(),
            user,
            child: None,
        };
        real.restart().await;
        Some(real)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends it as `kill -9` does.
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().await.expect("it is our child");
        }
    }

    /// Starts it, on its data; returns when it answers.
    pub async fn restart(&mut self) {
        self.kill().await;
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("out"));
        let child = Command::new("node")
            .arg(&self.program)
            .args([
                "--host",
                "127.0.0.1",
                "--port",
                &self.port.to_string(),
                "--dir",
                "data",
            ])
            .args(["--config", "config.json", "-n"])
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("the folder of the test can be written"))
            .kill_on_drop(true)
            .spawn();
        fs::create_dir_all(self.folder.path().join("data")).expect("the folder of the test can be written");
        self.child = Some(child.expect("node starts"));
        until("an answer of pouchdb-server", async || {
            self.http.get(self.url()).send().await.ok()
        })
        .await;
    }

    /// A request, with a JSON body unless it is null; the status and the answer.
    pub async fn ask(&self, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.http.request(method, format!("{}/{path}", self.url()));
        let request = match body {
            Value::Null => request,
            body => request.json(body),
        };
        let request = match &self.user {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        };
        crate::inside::answer(request).await
    }

    /// Makes a database.
    pub async fn make(&self, database: &str) {
        let (status, answer) = self.ask(Method::PUT, database, &json!({})).await;
        assert_eq!(status, 201, "{answer}");
    }

    /// Writes documents at once.
    pub async fn write(&self, database: &str, documents: &[Value]) {
        let (status, answer) = self
            .ask(
                Method::POST,
                &format!("{database}/_bulk_docs"),
                &json!({ "docs": documents }),
            )
            .await;
        assert_eq!(status, 201, "{answer}");
    }

    /// A document.
    pub async fn read(&self, database: &str, id: &str) -> Value {
        let (status, answer) = self
            .ask(Method::GET, &format!("{database}/{id}"), &Value::Null)
            .await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// The bytes of an attachment.
    pub async fn attachment(&self, database: &str, id: &str, name: &str) -> Vec<u8> {
        let answer = self
            .http
            .get(format!("{}/{database}/{id}/{name}", self.url()))
            .send()
            .await;
        answer.expect("an answer").bytes().await.expect("a body").to_vec()
    }
}

/// The program, installed once for all tests. Whoever comes meanwhile waits for it.
fn installed() -> PathBuf {
    let folder = parts::cache("pouchdb-server");
    fs::create_dir_all(&folder).expect("the cache can be written");
    let lock = File::create(folder.join("lock")).expect("the cache can be written");
    lock.lock().expect("a file can be locked");
    let program = folder.join("node_modules/pouchdb-server/bin/pouchdb-server");
    let done = folder.join("done");
    if !done.exists() {
        install(&folder);
        fs::write(&done, PACKAGE).expect("the cache can be written");
    }
    program
}

fn install(folder: &Path) {
    // Its dependencies have ready-made binaries for this machine, so no script of a package has to run.
    let output = std::process::Command::new("npm")
        .args([
            "install",
            PACKAGE,
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--prefix",
        ])
        .arg(folder)
        .current_dir(tree::root())
        .output()
        .expect("npm starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "npm install {PACKAGE}: {said}");
}
