//! A feed by itself, without a daemon around it: what it reads, and why it does not.

use crate::tree;
use flow_lang::plan::Plan;
use flowd::artifacts::Artifacts;
use flowd::clock::{Clock, SystemClock};
use flowd::feeds::{self, Feed, FeedError, Parts, Reading};
use flowd::seal::Seal;
use flowd::store::{NoProbe, Proof, Store};
use flowd::up;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// A project whose trigger `noted` is followed.
pub struct Following {
    // Before the folder, which is there as long as it is.
    _proof: Proof,
    folder: TempDir,
    parts: Parts,
    plan: Plan,
    /// The position after what was read.
    pub at: Value,
}

impl Following {
    /// Compiles a copy of `tests/projects/contract`; `declare` writes its package first. The value of every secret
    /// is `secret`.
    pub async fn new(declare: impl FnOnce(&Path), secret: &'static str) -> Following {
        let folder = tree::copy_of("tests/projects/contract");
        declare(folder.path());
        let mut findings = Vec::new();
        let compiled = up::compile(folder.path(), "dev", &mut findings);
        let findings = String::from_utf8_lossy(&findings);
        let (root, plan) = compiled.unwrap_or_else(|error| panic!("{error}\n{findings}"));
        let database = folder.path().join("flow.db");
        let store = Store::open(&database, SystemClock.now(), Arc::new(NoProbe)).await;
        let url = format!("file:{}", folder.path().join("artifacts").display());
        let artifacts = Artifacts::open(&url, folder.path().join("cache"));
        let parts = Parts {
            store: Arc::new(store.expect("a database of the test's own")),
            artifacts: Arc::new(artifacts.expect("a folder of the test's own")),
            clock: Arc::new(SystemClock),
            seal: Arc::new(Seal::at(&folder.path().join("seal.key"), "contract").expect("a key")),
            secrets: Arc::new(move |_| Some(secret.to_owned())),
            opener: Arc::new(feeds::open),
        };
        Following {
            _proof: Proof::of(database),
            plan: flowd::packages::rooted(plan, &root),
            folder,
            parts,
            at: Value::Null,
        }
    }

    /// The folder of the project.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What feeds are opened with.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The feed, opened anew.
    ///
    /// # Errors
    /// When its configuration does not hold.
    pub fn open(&self) -> Result<Box<dyn Feed>, FeedError> {
        let source = self.plan.triggers["noted"]
            .source
            .as_ref()
            .expect("it has a feed");
        feeds::open(&self.parts, &self.plan, "noted", source)
    }

    /// Reads on until there are so many items; the keys of all, in order. Failures that come in between are told.
    ///
    /// # Panics
    /// When the source has a gap.
    pub async fn keys(&mut self, count: usize, failures: &mut Vec<String>) -> Vec<String> {
        let mut keys = Vec::new();
        let mut feed = self.open().expect("its configuration holds");
        while keys.len() < count {
            match feed.read(&self.at, 256).await {
                Ok(reading) => keys.extend(self.took(reading).items.into_iter().map(|item| item.key)),
                Err(FeedError::Failed { why, .. }) => {
                    failures.push(why);
                    feed = self.open().expect("its configuration holds");
                }
                Err(FeedError::Gap(why)) => panic!("a gap: {why}"),
            }
        }
        keys
    }

    /// Takes a reading in: the position is the one after it.
    pub fn took(&mut self, reading: Reading) -> Reading {
        self.at = reading.to.clone();
        reading
    }
}
