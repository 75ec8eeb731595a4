//! A server that answers for one database as it is told: positions that are texts, changes that come again, rate
//! limits, pages of a proxy, silence, answers that break off, another database under the same name.

mod changes;
mod fault;

pub use fault::Fault;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A server with one database, `notes`.
pub struct Scripted {
    url: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    script: Mutex<Script>,
    /// Moves with every change.
    moved: watch::Sender<u64>,
}

/// What the server has, and how it answers.
struct Script {
    /// Which database of this name it is; absent when it is gone.
    instance: Option<u64>,
    changes: Vec<Line>,
    attachments: BTreeMap<(String, String), (String, Vec<u8>)>,
    /// Who may ask.
    user: Option<(String, String)>,
    faults: VecDeque<Fault>,
    /// What was asked of `_changes`, in order.
    asked: Vec<String>,
}

/// A change.
#[derive(Clone)]
struct Line {
    id: String,
    document: Value,
    /// As it is sent.
    text: Bytes,
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Scripted {
    /// A server whose database is empty.
    pub async fn start() -> Scripted {
        let shared = Arc::new(Shared {
            script: Mutex::new(Script {
                instance: Some(1_700_000_000),
                changes: Vec::new(),
                attachments: BTreeMap::new(),
                user: None,
                faults: VecDeque::new(),
                asked: Vec::new(),
            }),
            moved: watch::Sender::new(0),
        });
        let router = Router::new()
            .route("/notes", get(about))
            .route("/notes/_changes", get(changes::answer))
            .route("/notes/{id}", get(document).put(refuse))
            .route("/notes/{id}/{name}", get(attachment))
            .layer(middleware::from_fn_with_state(Arc::clone(&shared), guard))
            .with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("a server serves");
        });
        Scripted {
            url: format!("http://{address}"),
            shared,
            server,
        }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Writes documents, each a change; `rev` is that of all of them.
    pub fn write(&self, rev: &str, documents: impl IntoIterator<Item = Value>) {
        let mut script = self.script();
        for mut document in documents {
            document["_rev"] = json!(rev);
            let id = document["_id"]
                .as_str()
                .expect("a document has a name")
                .to_owned();
            let seq = seq(script.changes.len() as u64 + 1);
            let deleted = document["_deleted"] == true;
            let mut row = json!({ "seq": seq, "id": id, "changes": [{ "rev": rev }], "doc": document });
            if deleted {
                row["deleted"] = true.into();
            }
            let text = Bytes::from(row.to_string());
            script.changes.push(Line { id, document, text });
        }
        drop(script);
        self.shared.moved.send_modify(|moved| *moved += 1);
    }

    /// Sends the latest `count` changes again, after all others.
    pub fn replay(&self, count: usize) {
        let changes = self.script().changes.clone();
        for line in &changes[changes.len() - count..] {
            let rev = line.document["_rev"]
                .as_str()
                .expect("it has a revision")
                .to_owned();
            self.write(&rev, [line.document.clone()]);
        }
    }

    /// Gives a document an attachment, which its stub has to name by itself.
    pub fn attach(&self, id: &str, name: &str, kind: &str, content: &[u8]) {
        let place = (id.to_owned(), name.to_owned());
        self.script()
            .attachments
            .insert(place, (kind.to_owned(), content.to_vec()));
    }

    /// The next questions for changes are answered so, one after the other.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.script().faults.extend(faults);
    }

    /// Whether everything that was to fail has.
    pub fn has_failed(&self) -> bool {
        self.script().faults.is_empty()
    }

    /// Only this user is answered from now on.
    pub fn demand(&self, user: &str, password: &str) {
        self.script().user = Some((user.into(), password.into()));
    }

    /// The database goes.
    pub fn delete(&self) {
        self.script().instance = None;
    }

    /// An empty database stands under the name of the old one. Open answers do not tell of it.
    pub fn recreate(&self) {
        let mut script = self.script();
        script.instance = Some(script.instance.unwrap_or(1_700_000_000) + 60);
        script.changes.clear();
    }

    /// What was asked of `_changes`: the queries, in order.
    pub fn asked(&self) -> Vec<String> {
        self.script().asked.clone()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.shared.script()
    }
}

impl Shared {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The position after so many changes: a text that only this server can read.
fn seq(count: u64) -> String {
    match count {
        0 => "0".into(),
        count => format!("{count}-g1AAA{:08x}", count.wrapping_mul(0x9e37_79b9)),
    }
}

/// How many changes come before a position; nothing for a text of somebody else.
fn count(text: &str) -> Option<usize> {
    if text == "0" {
        return Some(0);
    }
    let count = text.split_once('-')?.0.parse().ok()?;
    (seq(count) == text).then(|| usize::try_from(count).expect("a test has few changes"))
}

fn json_answer(status: StatusCode, body: &Value) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}

fn error(status: StatusCode, error: &str, reason: &str) -> Response {
    json_answer(status, &json!({ "error": error, "reason": reason }))
}

fn no_database() -> Response {
    error(StatusCode::NOT_FOUND, "not_found", "Database does not exist.")
}

async fn guard(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let wanted = shared.script().user.clone();
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let fits = wanted.is_none_or(|(user, password)| {
        let word = STANDARD.encode(format!("{user}:{password}"));
        given == Some(&format!("Basic {word}"))
    });
    match fits {
        true => next.run(request).await,
        false => error(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Name or password is incorrect.",
        ),
    }
}

async fn about(State(shared): State<Arc<Shared>>) -> Response {
    let script = shared.script();
    let Some(instance) = script.instance else {
        return no_database();
    };
    let seq = seq(script.changes.len() as u64);
    let about = json!({ "db_name": "notes", "update_seq": seq, "instance_start_time": instance.to_string() });
    json_answer(StatusCode::OK, &about)
}

async fn document(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let script = shared.script();
    let latest = script.changes.iter().rev().find(|line| line.id == id);
    match latest.filter(|line| line.document["_deleted"] != true) {
        _ if script.instance.is_none() => no_database(),
        Some(line) => json_answer(StatusCode::OK, &line.document),
        None => error(StatusCode::NOT_FOUND, "not_found", "missing"),
    }
}

/// What a proxy says that nobody has told of the database.
async fn refuse() -> Response {
    let page = "<html><body><h1>Welcome to the proxy</h1></body></html>";
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/html")], page).into_response()
}

async fn attachment(
    State(shared): State<Arc<Shared>>,
    Path(place): Path<(String, String)>,
    Query(_): Query<BTreeMap<String, String>>,
) -> Response {
    match shared.script().attachments.get(&place) {
        Some((kind, content)) => (
            [(header::CONTENT_TYPE, kind.clone())],
            Body::from(content.clone()),
        )
            .into_response(),
        None => error(
            StatusCode::NOT_FOUND,
            "not_found",
            "Document is missing attachment",
        ),
    }
}
