//! `examples/image-tags` as its reader would have it, while the database and the daemon die again and again.

use crate::crash::PROGRAM;
use flow_tests::birds::Birds;
use flow_tests::couch::real::Real;
use flow_tests::daemon::{Home, Running};
use flow_tests::kept::Kept;
use flow_tests::processes;
use flow_tests::wait::until;
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use tokio::process::{Child, Command};

const IMAGES: u64 = 200;
const USER: &str = "flow";
const PASSWORD: &str = "tide-canary-4711";
const KEY: &str = "lantern-canary-4711";
/// Parts of both, as they are and in base64 at each place of a group.
const PARTS: [&str; 5] = [
    "canary-4711",
    "Y2FuYXJ5LTQ3",
    "NhbmFyeS00Nz",
    "jYW5hcnktNDcx",
    "63616e6172792d34373131",
];

/// Who dies when so many images are tagged.
#[derive(Clone, Copy, Debug)]
enum Victim {
    Daemon,
    Database,
}

const DEATHS: [(u64, Victim); 7] = [
    (10, Victim::Daemon),
    (30, Victim::Database),
    (50, Victim::Daemon),
    (80, Victim::Daemon),
    (110, Victim::Database),
    (130, Victim::Daemon),
    (160, Victim::Daemon),
];

/// A port that was free a moment ago.
fn port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.expect("a free port").port()
}

fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("a file of the example");
    assert!(text.contains(from), "{from}");
    fs::write(file, text.replace(from, to)).expect("the folder of the test can be written");
}

/// The vision API of the example.
fn vision(world: &Path, port: u16, flowd: &str) -> Child {
    Command::new("python3")
        .arg(world.join("vision.py"))
        .arg(port.to_string())
        .env("FLOWD_URL", format!("http://{flowd}"))
        .env("VISION_KEY", KEY)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("python3 starts")
}

async fn camera(world: &Path, database: &str) {
    let output = Command::new("python3")
        .arg(world.join("camera.py"))
        .args([IMAGES.to_string().as_str(), database])
        .env("COUCH_PASSWORD", PASSWORD)
        .output()
        .await
        .expect("python3 starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

/// Documents of a database by name and revision.
async fn documents(database: &Real, name: &str) -> Vec<(String, String)> {
    let (_, all) = database
        .ask(Method::GET, &format!("{name}/_all_docs"), &Value::Null)
        .await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let rows = all["rows"].as_array().unwrap_or_else(|| panic!("{all}")).iter();
    rows.map(|row| (text(&row["id"]), text(&row["value"]["rev"])))
        .collect()
}

/// Waits until so many images are tagged.
async fn tagged(database: &Real, count: u64) {
    until(&format!("{count} tags"), async || {
        let (_, about) = database.ask(Method::GET, "tags", &Value::Null).await;
        (about["doc_count"].as_u64()? >= count).then_some(())
    })
    .await;
}

/// Waits until no run of the example is under way, and all have gone well.
async fn settled(address: &str) {
    let http = flowd::outbound::direct();
    let path = format!("http://{address}/v1/runs?flow=image_tags&limit=1000");
    let runs = until("the end of all runs", async || {
        let runs: Value = http.get(&path).send().await.ok()?.json().await.ok()?;
        let runs = runs.as_array()?.clone();
        let ended = runs.iter().filter(|run| !run["ended"].is_null()).count();
        (ended as u64 >= 3 * IMAGES).then_some(runs)
    })
    .await;
    let wrong: Vec<_> = runs.iter().filter(|run| run["status"] != "succeeded").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for rule in ["tag", "read", "review"] {
        let of = runs.iter().filter(|run| run["graph"]["rule"] == rule).count();
        assert_eq!(of as u64, IMAGES, "runs of `{rule}`");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_images_are_tagged_once_whoever_dies() {
    let what = "examples/image-tags on a real database";
    let Some(mut database) = Real::guarded(what, USER, PASSWORD).await else {
        return;
    };
    let mut home = Home::among("examples", "image-tags", PROGRAM);
    let (api, listen) = (port(), format!("127.0.0.1:{}", port()));
    for file in ["flow.toml", "main.flow"] {
        replace(
            &home.project().join(file),
            "127.0.0.1:5990",
            &format!("127.0.0.1:{api}"),
        );
    }
    // A pool of one worker: a second worker is then a second pool, however busy the machine is.
    replace(
        &home.project().join("../digits/main.flow"),
        "scale: 0..8",
        "scale: 0..1",
    );
    replace(
        &home.project().join("flow.toml"),
        "http://127.0.0.1:5984",
        &database.url(),
    );
    // A feed whose database is not there tries again, later each time: here they are there from the beginning.
    database.make("images").await;
    database.make("tags").await;
    home.give("COUCH_PASSWORD", PASSWORD);
    home.give("VISION_KEY", KEY);
    let world = home.project().join("world");
    let _vision = vision(&world, api, &listen);
    let start = || home.up_on(&listen, &[], None);
    let birds = Birds::new(PARTS);
    let mut said = Vec::new();

    let mut running: Running = start();
    assert!(running.says("digits is live").await, "{}", home.complaints());
    camera(&world, &database.url()).await;
    for (count, victim) in DEATHS {
        tagged(&database, count).await;
        match victim {
            Victim::Daemon => {
                said.push(running.kill().await);
                running = start();
            }
            Victim::Database => {
                database.kill().await;
                database.restart().await;
            }
        }
    }
    tagged(&database, IMAGES).await;
    settled(&listen).await;

    // The rules, the route and whoever asked over it: one pool.
    let at_work = processes::about(&home.data().root().join("code"));
    let models = at_work.iter().filter(|command| command.contains(" model "));
    assert_eq!(models.count(), 1, "{at_work:#?}");
    assert!(
        birds.processes(home.project()) > 0,
        "workers wait for their next call"
    );
    said.push(running.kill().await);

    let names = |documents: &[(String, String)]| -> BTreeSet<String> {
        documents.iter().map(|(id, _)| id.clone()).collect()
    };
    let images = names(&documents(&database, "images").await);
    let tags = documents(&database, "tags").await;
    assert_eq!((images.len() as u64, &images), (IMAGES, &names(&tags)));
    let again: Vec<_> = tags.iter().filter(|(_, rev)| !rev.starts_with("1-")).collect();
    assert!(again.is_empty(), "written more than once: {again:?}");

    let kept = Kept::open(&home, "image_tags").await;
    let read: Vec<_> = kept.rows("readings").await;
    let ids: BTreeSet<_> = read
        .iter()
        .map(|row| row["id"].as_str().expect("an id"))
        .collect();
    assert_eq!((read.len(), ids.len()), (images.len(), images.len()));
    for text in said.iter().chain([&home.complaints()]) {
        assert_eq!(birds.find(text.as_bytes()), None, "{text}");
    }
    assert!(birds.search(home.data().root()) > 100, "files of the daemon");
}
