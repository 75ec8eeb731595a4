//! Rules with more events than they can start at once, steps that fail for a while, and jobs that outlive
//! the daemon.

use crate::serving;
use flow_tests::inside::Inside;
use flow_tests::wait::until;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A folder that steps and the test share.
fn place(daemon: &Inside) -> PathBuf {
    let place = daemon.folder().join("place");
    std::fs::create_dir_all(&place).expect("the folder of the test can be written");
    place
}

fn visit(at: &Path, name: &str) -> Value {
    json!({ "at": at, "name": name })
}

async fn came(at: &Path, name: &str) {
    let file = at.join(format!("came-{name}"));
    until(&format!("the step of {name}"), async || {
        file.exists().then_some(())
    })
    .await;
}

fn let_go(at: &Path, name: &str) {
    std::fs::write(at.join(format!("go-{name}")), "").expect("the folder of the test can be written");
}

async fn status(daemon: &Inside, run: &str) -> String {
    daemon.run(run).await["status"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

async fn succeeds(daemon: &Inside, run: &str) {
    let ended = daemon.ended(run).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
}

#[tokio::test]
async fn overlap_says_what_a_second_event_means() {
    let daemon = serving("lanes").await;
    let at = place(&daemon);
    let fire =
        async |trigger: &str, name: &str| daemon.fire(&format!("lanes/{trigger}"), &visit(&at, name)).await;

    let (first, second) = (fire("queued", "q1").await, fire("queued", "q2").await);
    came(&at, "q1").await;
    assert_eq!(status(&daemon, &second[0]).await, "pending");
    let_go(&at, "q2");
    let_go(&at, "q1");
    succeeds(&daemon, &first[0]).await;
    succeeds(&daemon, &second[0]).await;

    let first = fire("skipped", "s1").await;
    came(&at, "s1").await;
    assert!(
        fire("skipped", "s2").await.is_empty(),
        "while one is open another is skipped"
    );
    let_go(&at, "s1");
    succeeds(&daemon, &first[0]).await;
    let_go(&at, "s3");
    assert_eq!(fire("skipped", "s3").await.len(), 1);

    let (first, second) = (fire("side", "p1").await, fire("side", "p2").await);
    came(&at, "p1").await;
    came(&at, "p2").await;
    for (run, name) in [(first, "p1"), (second, "p2")] {
        let_go(&at, name);
        succeeds(&daemon, &run[0]).await;
    }
    daemon.stop().await;
}

#[tokio::test]
async fn what_is_beyond_a_rate_waits_as_one_run() {
    let daemon = serving("lanes").await;
    let at = place(&daemon);
    let fire = async |name: &str| daemon.fire("lanes/rated", &visit(&at, name)).await.remove(0);
    ["r1", "r2"].iter().for_each(|name| let_go(&at, name));
    let first = fire("r1").await;
    let (second, third, fourth) = (fire("r2").await, fire("r3").await, fire("r4").await);
    assert_eq!([&third, &fourth], [&second, &second], "the surplus is merged");
    assert_ne!(first, second);
    succeeds(&daemon, &first).await;
    assert_eq!(status(&daemon, &second).await, "pending");

    // The window is durable as well.
    let daemon = daemon.restart().await;
    assert_eq!(status(&daemon, &second).await, "pending");
    daemon.clock.jump(Duration::from_secs(3_600));
    succeeds(&daemon, &second).await;
    assert!(!at.join("came-r3").exists());
    daemon.stop().await;
}

#[tokio::test]
async fn an_event_that_a_filter_drops_is_taken_in_without_a_run() {
    let daemon = serving("lanes").await;
    let at = place(&daemon);
    let_go(&at, "friend");
    let events = daemon.metric("flow_events_total").await;
    assert!(
        daemon
            .fire("lanes/filtered", &visit(&at, "stranger"))
            .await
            .is_empty()
    );
    let friend = daemon.fire("lanes/filtered", &visit(&at, "friend")).await;
    succeeds(&daemon, &friend[0]).await;
    assert_eq!(daemon.metric("flow_events_total").await, events + 2);
    // `stop` holds the log against "one outcome for each event and rule".
    daemon.stop().await;
}

#[tokio::test]
async fn steps_that_share_nothing_run_side_by_side() {
    let daemon = serving("lanes").await;
    let at = place(&daemon);
    let run = daemon.fire("lanes/pair", &visit(&at, "both")).await;
    succeeds(&daemon, &run[0]).await;
    daemon.stop().await;
}

/// The clock jumps over the waits between the tries: 1 s and 2 s, give or take a tenth.
#[tokio::test]
async fn an_idempotent_step_is_tried_again() {
    let daemon = serving("lanes").await;
    let at = place(&daemon);
    let run = daemon.fire("lanes/shaky", &visit(&at, "x")).await.remove(0);
    for (tries, least, most) in [(1, 900, 1_100), (2, 1_800, 2_200)] {
        let failed = until("a failed try", async || {
            let run = daemon.run(&run).await;
            let failed = &run["steps"][0]["state"]["failed"];
            (failed["error"]["attempts"] == tries).then(|| failed.clone())
        })
        .await;
        let message = failed["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(&format!("not yet: try {tries}")), "{failed}");
        let updated = daemon.run(&run).await["updated"].as_u64().unwrap_or_default();
        let wait = failed["retry_at"]
            .as_u64()
            .unwrap_or_default()
            .saturating_sub(updated);
        assert!((least..=most).contains(&wait), "{wait} ms after try {tries}");
        daemon.clock.jump(Duration::from_millis(wait));
    }
    let ended = daemon.ended(&run).await;
    assert_eq!(
        ended["steps"][0]["state"]["done"]["output"],
        json!({ "tries": 3 }),
        "{ended}"
    );
    let logs = daemon.get(&format!("/v1/runs/{run}/logs")).await;
    assert_eq!(
        logs.as_array().map(Vec::len),
        Some(2),
        "each try that printed has its log: {logs}"
    );
    daemon.stop().await;
}

fn launches(at: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(at.join("launches")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

async fn launched(at: &Path) -> String {
    until("a launch", async || launches(at).pop()).await
}

#[tokio::test]
async fn a_job_goes_on_while_no_daemon_is_there() {
    let daemon = serving("lanes").await;
    let at = place(&daemon);
    let run = daemon.fire("lanes/working", &visit(&at, "w")).await.remove(0);
    launched(&at).await;
    let daemon = daemon.restart().await;
    assert_eq!(status(&daemon, &run).await, "running");
    let folder = daemon.folder().to_owned();
    let_go(&at, "w");
    succeeds(&daemon, &run).await;
    assert!(
        daemon.logs(&run).await.contains("at work"),
        "{}",
        folder.display()
    );
    assert_eq!(launches(&at).len(), 1, "it was found again");
    daemon.stop().await;
}

/// Waits until so many jobs have been launched.
async fn jobs(at: &Path, count: usize) {
    until(&format!("{count} jobs"), async || {
        (at.join("launches").exists() && launches(at).len() == count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn rounds_go_on_after_a_restart_and_their_values_keep_the_order_of_the_items() {
    let daemon = serving("lanes").await;
    let at = place(&daemon);
    let several = json!({ "at": at, "names": ["ada", "ben", "cleo"] });
    let run = daemon.fire("lanes/several", &several).await.remove(0);
    jobs(&at, 2).await;
    let daemon = daemon.restart().await;
    assert_eq!(status(&daemon, &run).await, "running");
    let_go(&at, "ben");
    jobs(&at, 3).await;
    let_go(&at, "cleo");
    let_go(&at, "ada");
    succeeds(&daemon, &run).await;
    let said = std::fs::read_to_string(at.join("said")).expect("it was left");
    assert_eq!(said, "hello ada\nhello ben\nhello cleo");
    assert_eq!(launches(&at).len(), 3, "each job was launched once");
    let shown = daemon.flowd(&["show", &run]).await;
    for step in ["work.0", "work.1", "one.2", "all_said"] {
        assert!(shown.out.contains(step), "{shown:?}");
    }
    daemon.stop().await;
}

#[tokio::test]
async fn a_run_that_is_cancelled_takes_its_job_with_it() {
    let daemon = serving("lanes").await;
    let at = place(&daemon);
    let run = daemon.fire("lanes/working", &visit(&at, "never")).await.remove(0);
    let pid = launched(&at).await;
    let cancelled = daemon.flowd(&["cancel", &run]).await;
    assert_eq!(cancelled.code, Some(0), "{cancelled:?}");
    assert_eq!(daemon.ended(&run).await["status"], "cancelled");
    let stat = Path::new("/proc").join(&pid).join("stat");
    until("the end of the job", async || {
        let alive = std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z "));
        (!alive).then_some(())
    })
    .await;
    let again = daemon.flowd(&["cancel", &run]).await;
    assert_eq!(again.code, Some(1), "{again:?}");

    // A run that waits for its turn, and an action under way, end as well.
    let first = daemon.fire("lanes/queued", &visit(&at, "c1")).await.remove(0);
    let second = daemon.fire("lanes/queued", &visit(&at, "c2")).await.remove(0);
    let third = daemon.fire("lanes/queued", &visit(&at, "c3")).await.remove(0);
    came(&at, "c1").await;
    for run in [&second, &first] {
        assert_eq!(daemon.flowd(&["cancel", run]).await.code, Some(0));
        assert_eq!(daemon.ended(run).await["status"], "cancelled");
    }
    let_go(&at, "c3");
    succeeds(&daemon, &third).await;
    assert!(!at.join("came-c2").exists());
    daemon.stop().await;
}
