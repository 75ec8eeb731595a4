//! Rules that wait for what other rules do: a version that is published, a deploy, a failure.

use crate::{daemon, serving};
use flow_tests::inside::Inside;
use flow_tests::kept::rows_of;
use flow_tests::wait::until;
use serde_json::{Value, json};
use std::time::Duration;

async fn teach(daemon: &Inside, says: &str) -> String {
    let lesson = json!({ "word": "hello", "says": says });
    daemon.fire("chain/lesson", &lesson).await.remove(0)
}

/// The rows of a dataset, as soon as there are so many and every run has ended.
async fn rows(daemon: &Inside, flow: &str, dataset: &str, count: usize) -> Vec<Value> {
    until(&format!("{count} rows of {dataset}"), async || {
        let runs = daemon.get("/v1/runs").await;
        let open = runs.as_array()?.iter().any(|run| run["ended"].is_null());
        let rows = rows_of(daemon.data().root(), flow, dataset).await;
        (!open && rows.len() == count).then_some(rows)
    })
    .await
}

/// The newest runs of a rule.
async fn runs(daemon: &Inside, rule: &str) -> Vec<Value> {
    let runs = daemon.get(&format!("/v1/runs?rule={rule}")).await;
    runs.as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_version_is_judged_and_deployed_by_the_rules_that_hear_of_it() {
    let daemon = serving("chain").await;
    daemon.deploy(&daemon.project("listener")).await;
    teach(&daemon, "hi").await;
    rows(&daemon, "chain", "lives", 1).await;
    teach(&daemon, "nonsense").await;
    teach(&daemon, "ho").await;
    let lives = rows(&daemon, "chain", "lives", 2).await;
    assert_eq!(
        lives,
        [json!({ "version": 1 }), json!({ "version": 3, "previous": 1 })]
    );
    let heard = rows(&daemon, "listener", "heard", 2).await;
    assert_eq!(heard[0], json!({ "version": 1, "says": "hi" }));
    assert_eq!(heard[1]["version"], 3);
    assert_eq!(
        runs(&daemon, "judge").await.len(),
        3,
        "each version is judged once"
    );

    // What was heard is not heard again.
    let daemon = daemon.restart().await;
    teach(&daemon, "hm").await;
    let lives = rows(&daemon, "chain", "lives", 3).await;
    assert_eq!(lives[2], json!({ "version": 4, "previous": 3 }));
    assert_eq!(runs(&daemon, "judge").await.len(), 4);
    daemon.stop().await;
}

#[tokio::test]
async fn a_failed_run_is_heard_of_and_a_cancelled_one_is_not() {
    let daemon = serving("chain").await;
    let failed = teach(&daemon, "too hard").await;
    let alarms = rows(&daemon, "chain", "alarms", 1).await;
    let expected = json!({ "run": failed, "kind": "crash", "step": "learn", "attempts": 1 });
    assert_eq!(alarms, [expected]);
    assert!(runs(&daemon, "judge").await.is_empty(), "nothing was published");

    let held = json!({ "until": daemon.folder().join("go") });
    let cancelled = daemon.fire("chain/held", &held).await.remove(0);
    daemon.flowd(&["cancel", &cancelled]).await;
    assert_eq!(daemon.ended(&cancelled).await["status"], "cancelled");
    let late = daemon.fire("chain/held", &held).await.remove(0);
    daemon.clock.jump(Duration::from_secs(30));
    assert_eq!(daemon.ended(&late).await["status"], "failed");
    let alarms = rows(&daemon, "chain", "alarms", 2).await;
    assert_eq!(
        (&alarms[1]["run"], &alarms[1]["kind"]),
        (&json!(late), &json!("timeout"))
    );
    daemon.stop().await;
}

#[tokio::test]
async fn what_nobody_heard_is_not_told_to_a_later_plan() {
    let daemon = daemon().await;
    let project = daemon.project("chain");
    let file = project.join("main.flow");
    let whole = std::fs::read_to_string(&file).expect("a flow");
    let deaf = whole.split("rule judge:").next().expect("a part");
    std::fs::write(&file, deaf).expect("the folder of the test can be written");
    daemon.deploy(&project).await;
    let run = teach(&daemon, "hi").await;
    assert_eq!(daemon.ended(&run).await["status"], "succeeded");
    std::fs::write(&file, &whole).expect("the folder of the test can be written");
    daemon.deploy(&project).await;
    assert!(runs(&daemon, "judge").await.is_empty());
    teach(&daemon, "ho").await;
    let lives = rows(&daemon, "chain", "lives", 1).await;
    assert_eq!(lives, [json!({ "version": 2 })]);
    daemon.stop().await;
}
