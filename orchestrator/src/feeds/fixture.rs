//! Folders to watch, a clock that a test moves, and what feeds are opened with.

use super::{Again, Feed, FeedError, GapPolicy, Parts, Reading, Start, open};
use crate::artifacts::Artifacts;
use crate::clock::Clock;
use crate::store::{Change, Matter, NoProbe, Proof, Store};
use crate::worker::{FeedBatch, Item};
use flow_engine::Millis;
use flow_lang::plan::Plan;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(super) const FLOW: &str = "scans";
pub(super) const TRIGGER: &str = "scanned";

/// Stands still until it is moved; nobody sleeps longer than a turn.
#[derive(Default)]
pub(super) struct Hand {
    pub(super) now: AtomicU64,
    /// Every sleep.
    pub(super) slept: Mutex<Vec<Duration>>,
}

#[async_trait::async_trait]
impl Clock for Hand {
    fn now(&self) -> Millis {
        self.now.load(Ordering::SeqCst)
    }

    async fn sleep(&self, duration: Duration) {
        self.slept.lock().unwrap().push(duration);
        tokio::task::yield_now().await;
    }
}

pub(super) struct Place {
    // Before the folder, which is there as long as it is.
    _proof: Proof,
    dir: tempfile::TempDir,
    pub(super) clock: Arc<Hand>,
    pub(super) parts: Arc<Parts>,
}

impl Place {
    pub(super) async fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(Hand::default());
        let store = Store::open(&dir.path().join("flow.db"), 0, Arc::new(NoProbe)).await;
        let url = format!("file:{}", dir.path().join("artifacts").display());
        let artifacts = Artifacts::open(&url, dir.path().join("cache"));
        let parts = Parts {
            store: Arc::new(store.unwrap()),
            artifacts: Arc::new(artifacts.unwrap()),
            seal: Arc::new(crate::seal::tests::seal()),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            secrets: Arc::new(|_| None),
            opener: Arc::new(open),
        };
        Place {
            _proof: Proof::of(dir.path().join("flow.db")),
            dir,
            clock,
            parts: Arc::new(parts),
        }
    }

    /// What feeds are opened with when each is this script.
    pub(super) fn scripted(&self, script: &Arc<Script>) -> Arc<Parts> {
        let script = Arc::clone(script);
        Arc::new(Parts {
            store: Arc::clone(&self.parts.store),
            artifacts: Arc::clone(&self.parts.artifacts),
            seal: Arc::clone(&self.parts.seal),
            clock: Arc::clone(&self.parts.clock),
            secrets: Arc::clone(&self.parts.secrets),
            opener: Arc::new(move |_, _, _, _| Ok(Box::new(Scripted(Arc::clone(&script))))),
        })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(super) fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// A plan whose trigger hears of the files of a folder.
    pub(super) fn watching(&self, folder: &str) -> Plan {
        let item = json!({ "record": {
            "text": { "type": { "blob": { "mime": "text/plain", "max": 8 } } },
            "class": { "type": { "int": { "min": 0, "max": 9 } } },
        } });
        let url = format!("file:{}", self.path(folder).display());
        let config = json!({ "url": url, "fields": "{class}/*.txt" });
        let inbox = json!({ "kind": "objects", "item": item, "config": config });
        let source = json!({ "package": { "package": "inbox", "feed": "created" } });
        plan(&json!({ "inbox": inbox }), &source)
    }

    /// Makes durable what a feed has sent, as the owner of the runs does.
    pub(super) async fn commit(&self, sent: &FeedBatch) {
        let event = |item: &Item| Change::Event {
            id: item.key.clone(),
            flow: FLOW.into(),
            source: format!("trigger/{TRIGGER}"),
            key: item.key.clone(),
            digest: "d".into(),
            payload: item.payload.clone(),
            at: 0,
        };
        let mut changes: Vec<Change> = sent.items.iter().map(event).collect();
        changes.extend(sent.refused.iter().map(|refused| Change::Letter {
            id: refused.key.clone(),
            flow: FLOW.into(),
            matter: Matter::unprocessable(TRIGGER, refused.key.clone(), &refused.why),
            at: 0,
        }));
        changes.push(Change::Cursor {
            flow: FLOW.into(),
            feed: TRIGGER.into(),
            from: sent.from.clone(),
            to: sent.to.clone(),
        });
        self.parts.store.commit(changes).await.unwrap();
    }
}

pub(super) fn plan(packages: &Value, source: &Value) -> Plan {
    let empty = json!({});
    let trigger = json!({ "payload": { "record": empty }, "source": source, "at_most": null });
    let plan = json!({
        "version": 1, "flow": FLOW, "env": "dev", "packages": packages, "triggers": { TRIGGER: trigger },
        "secrets": empty, "actions": empty, "jobs": empty, "datasets": empty, "models": empty,
        "infers": empty, "feedbacks": empty, "rules": empty,
    });
    serde_json::from_value(plan).unwrap()
}

/// What a source does when it is read.
pub(super) enum Next {
    /// It has these, and more if it says so.
    Items(&'static [&'static str], bool),
    /// It fails, and asks to be left alone.
    Fails(Option<Duration>),
    /// It has lost its place.
    Gap,
    /// The feed has a bug.
    Panics,
}

/// A source that does one thing after the other, then nothing. Its positions count readings.
#[derive(Default)]
pub(super) struct Script {
    pub(super) next: Mutex<VecDeque<Next>>,
    pub(super) on_gap: GapPolicy,
    /// Every position that was read from.
    pub(super) read_from: Mutex<Vec<Value>>,
}

impl Script {
    pub(super) fn new(on_gap: GapPolicy, next: impl IntoIterator<Item = Next>) -> Arc<Script> {
        Arc::new(Script {
            next: Mutex::new(next.into_iter().collect()),
            on_gap,
            read_from: Mutex::default(),
        })
    }
}

struct Scripted(Arc<Script>);

#[async_trait::async_trait]
impl Feed for Scripted {
    async fn read(&mut self, from: &Value, _max: usize) -> Result<Reading, FeedError> {
        let next = self.0.next.lock().unwrap().pop_front();
        let Some(next) = next else {
            return Ok(Reading::nothing(from));
        };
        self.0.read_from.lock().unwrap().push(from.clone());
        match next {
            Next::Items(keys, more) => {
                let mut reading = Reading::nothing(from);
                reading.items = keys.iter().map(|key| item(key)).collect();
                reading.to = json!(format!("after {}", keys.last().unwrap()));
                reading.more = more;
                Ok(reading)
            }
            Next::Fails(wait) => Err(FeedError::Failed {
                why: "no answer".into(),
                wait,
            }),
            Next::Gap => Err(FeedError::Gap("compacted".into())),
            Next::Panics => panic!("the test breaks the feed"),
        }
    }

    async fn again(&mut self, key: &str) -> Result<Again, FeedError> {
        Ok(Again::Item(item(key)))
    }

    async fn position(&mut self, at: Start) -> Result<Value, FeedError> {
        Ok(json!(match at {
            Start::Beginning => "beginning",
            Start::Now => "now",
        }))
    }

    fn on_gap(&self) -> GapPolicy {
        self.0.on_gap
    }
}

fn item(key: &str) -> Item {
    Item {
        key: key.to_owned(),
        payload: json!({}),
    }
}
