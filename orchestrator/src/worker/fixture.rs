//! An owner of runs on a database of its own, with one flow that a clock and people fire.

use super::{Core, FeedBatch, Handle, Item, Newsroom, Refused};
use crate::clock::{Clock, SystemClock};
use crate::sandbox::Confinement;
use crate::store::{NoProbe, Proof, Store};
use flow_lang::plan::Plan;
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::task::JoinHandle;

pub(super) const FLOW: &str = "scans";
pub(super) const TRIGGER: &str = "scanned";

pub(super) struct Owner {
    pub(super) handle: Handle,
    pub(super) store: Arc<Store>,
    // Before the folder, which is there as long as it is.
    proof: Proof,
    folder: TempDir,
    work: JoinHandle<()>,
}

impl Owner {
    pub(super) async fn new() -> Owner {
        let owner = Owner::open(tempfile::tempdir().unwrap()).await;
        owner.handle.deploy(Arc::new(plan())).await.unwrap();
        owner
    }

    async fn open(folder: TempDir) -> Owner {
        let clock = Arc::new(SystemClock);
        let store = Store::open(&folder.path().join("flow.db"), clock.now(), Arc::new(NoProbe)).await;
        let store = Arc::new(store.unwrap());
        let (handle, mailbox) = Handle::new();
        let (orders, _ordered) = super::orders();
        let core = Core::load(
            Arc::clone(&store),
            clock,
            Arc::new(crate::seal::tests::seal()),
            mailbox,
            orders,
            Newsroom::default(),
            Confinement::Enforced,
        )
        .await;
        let core = core.unwrap().0;
        let work = tokio::spawn(async move { core.run().await.unwrap() });
        Owner {
            handle,
            store,
            proof: Proof::of(folder.path().join("flow.db")),
            folder,
            work,
        }
    }

    /// Ends it, and begins another on what it left.
    pub(super) async fn restart(self) -> Owner {
        Owner::open(self.end().await).await
    }

    /// Ends it, and holds its log against every promise.
    pub(super) async fn end(self) -> TempDir {
        self.handle.close().await;
        self.work.await.unwrap();
        drop(self.proof);
        self.folder
    }
}

/// What a feed has read; items that start with `!` do not fit.
pub(super) fn read(from: Value, to: Value, keys: &[&str]) -> FeedBatch {
    let (refused, items): (Vec<&str>, Vec<&str>) = keys.iter().partition(|key| key.starts_with('!'));
    let item = |key: &str| Item {
        key: key.to_owned(),
        payload: json!({}),
    };
    let refusal = |key: &str| Refused {
        key: key[1..].to_owned(),
        why: "no digit".to_owned(),
    };
    FeedBatch {
        flow: FLOW.into(),
        trigger: TRIGGER.into(),
        from,
        to,
        items: items.into_iter().map(item).collect(),
        refused: refused.into_iter().map(refusal).collect(),
    }
}

fn plan() -> Plan {
    let empty = json!({});
    let source = json!({ "cron": { "schedule": "* * * * *" } });
    let scanned = json!({ "payload": { "record": empty }, "source": source, "at_most": null });
    let fired = json!({ "payload": { "record": empty }, "source": null, "at_most": null });
    let plan = json!({
        "version": 1, "flow": FLOW, "env": "dev", "packages": empty,
        "triggers": { TRIGGER: scanned, "fired": fired },
        "secrets": empty, "actions": empty, "jobs": empty, "datasets": empty, "models": empty,
        "infers": empty, "feedbacks": empty, "rules": empty,
    });
    serde_json::from_value(plan).unwrap()
}
