//! Folders to watch, a clock that a test moves, and what feeds are opened with.

use super::Parts;
use crate::artifacts::Artifacts;
use crate::clock::Clock;
use crate::store::{Change, NoProbe, Store};
use crate::worker::FeedBatch;
use flow_engine::Millis;
use flow_lang::plan::Plan;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(super) const FLOW: &str = "scans";
pub(super) const TRIGGER: &str = "scanned";

/// Stands still until it is moved; nobody sleeps longer than a turn.
#[derive(Default)]
pub(super) struct Hand {
    pub(super) now: AtomicU64,
    /// How often it breaks when it is looked at.
    pub(super) breaks: AtomicU32,
    /// Every sleep.
    pub(super) slept: Mutex<Vec<Duration>>,
}

#[async_trait::async_trait]
impl Clock for Hand {
    fn now(&self) -> Millis {
        let order = Ordering::SeqCst;
        let breaks = self.breaks.fetch_update(order, order, |left| left.checked_sub(1));
        assert!(breaks.is_err(), "the test breaks the clock");
        self.now.load(order)
    }

    async fn sleep(&self, duration: Duration) {
        self.slept.lock().unwrap().push(duration);
        tokio::task::yield_now().await;
    }
}

pub(super) struct Place {
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
        };
        Place {
            dir,
            clock,
            parts: Arc::new(parts),
        }
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
        let event = |item: &crate::worker::Item| Change::Event {
            id: item.key.clone(),
            flow: FLOW.into(),
            source: format!("trigger/{TRIGGER}"),
            key: item.key.clone(),
            digest: "d".into(),
            payload: item.payload.clone(),
            at: 0,
        };
        let mut changes: Vec<Change> = sent.items.iter().map(event).collect();
        changes.extend(sent.refused.iter().map(|refused| Change::Note {
            about: format!("feed/{FLOW}/{TRIGGER}"),
            text: refused.text(),
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
