//! What a change of a feed costs from its reading to its committed run, in processor time of this process.
//!
//! `cargo run --release -p flow-tests --bin feed-speed [CHANGES]`: batches of a made-up source go to the owner of
//! the runs as a feed hands them in; a rule appends one row for each. Not run by any test.

use flow_lang::plan::Plan;
use flow_tests::processes::processor_ms;
use flowd::clock::{Clock, SystemClock};
use flowd::sandbox::Confinement;
use flowd::seal::Seal;
use flowd::store::{NoProbe, Store, verify};
use flowd::worker::{Core, FeedBatch, Handle, Item, Newsroom};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::sync::Arc;

/// Changes when nothing else is asked.
const CHANGES: u64 = 50_000;
/// Changes of one reading, as the pump asks for them.
const BATCH: u64 = 256;

#[tokio::main]
async fn main() {
    let asked = std::env::args().nth(1);
    let changes = asked.map_or(CHANGES, |text| text.parse().expect("a number of changes"));
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("flow.db");
    let clock = Arc::new(SystemClock);
    let store = Store::open(&database, clock.now(), Arc::new(NoProbe)).await;
    let store = Arc::new(store.expect("a database"));
    let (handle, mailbox) = Handle::new();
    let (orders, _ordered) = flowd::worker::orders();
    let core = Core::load(
        Arc::clone(&store),
        clock,
        Arc::new(Seal::at(&folder.path().join("seal.key"), "speed").expect("a key")),
        mailbox,
        orders,
        Newsroom::default(),
        Confinement::Enforced,
    )
    .await;
    let work = tokio::spawn(core.expect("an empty state").0.run());
    handle.deploy(Arc::new(plan())).await.expect("a plan");

    let (cpu, wall) = (processor_ms(std::process::id()), SystemClock.now());
    let mut position = Value::Null;
    let mut sent = 0;
    while sent < changes {
        let count = BATCH.min(changes - sent);
        let to = json!({ "seq": sent + count });
        let batch = FeedBatch {
            flow: "speed".into(),
            trigger: "changed".into(),
            from: position,
            to: to.clone(),
            items: (sent..sent + count).map(item).collect(),
            refused: Vec::new(),
        };
        handle.feed(batch).await.expect("it is taken in");
        position = to;
        sent += count;
    }
    let (cpu, wall) = (processor_ms(std::process::id()) - cpu, SystemClock.now() - wall);
    handle.close().await;
    work.await.expect("no panic").expect("no failed commit");
    let counts = store.counts().await.expect("counts");
    let per = |ms: u64| ms * 1_000 / changes;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{changes} changes: {} µs of processor and {} µs of time each; {:?} runs, {} rows of the log",
        per(cpu),
        per(wall),
        counts.runs,
        counts.log
    )
    .expect("standard output is open");
    let report = verify(&database).await.expect("the log can be read");
    writeln!(out, "{report}").expect("standard output is open");
}

/// A document of some 200 bytes.
fn item(number: u64) -> Item {
    Item {
        key: format!("doc-{number:08}@1-5f3759df5f3759df5f3759df5f3759df"),
        payload: json!({
            "id": format!("doc-{number:08}"),
            "name": "an image of a digit, as it was scanned",
            "class": number % 10,
            "width": 28,
            "height": 28,
            "by": "somebody who took it and sent it in, with a long name",
        }),
    }
}

fn plan() -> Plan {
    let source = r#"flow speed
type Doc { id: text<64B>, name: text<64B>, by: text<64B>, class: int, width: int, height: int }
trigger changed: Doc
dataset docs: Doc
rule keep: on changed(doc) with { overlap: parallel } { append doc to docs }
"#;
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("main.flow"), source).expect("a file");
    let mut findings = Vec::new();
    let compiled = flowd::up::compile(folder.path(), "dev", &mut findings);
    compiled
        .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&findings)))
        .1
}
