//! What `flowd runs|show|why|logs|retry|cancel` say, for people and for programs.

use flow_tests::inside::Inside;
use flow_tests::tree;
use flow_tests::wait::until;
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A text without what is another one each time: ids, times, digests and how long it took.
fn still(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words = line.split_inclusive(' ').map(|word| {
            let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            let put = |name: &str| word.replace(bare, name);
            match bare {
                _ if bare.len() == 36 && bare.matches('-').count() == 4 => put("ID"),
                _ if bare.len() >= 20 && bare.ends_with('Z') && bare.contains('T') => put("TIME"),
                _ if bare.len() == 12 && bare.chars().all(|c| c.is_ascii_hexdigit()) => put("DIGEST"),
                _ if is_seconds(bare) => put("TOOK"),
                _ if bare.ends_with("ms") && bare.starts_with(|c: char| c.is_ascii_digit()) => put("TOOK"),
                _ => word.to_owned(),
            }
        });
        words.collect::<String>().trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What took longer than ten seconds is told in them.
fn is_seconds(word: &str) -> bool {
    let number = word.strip_suffix('s').unwrap_or_default();
    number.len() > 1 && number.bytes().all(|digit| digit.is_ascii_digit())
}

/// What `flowd` prints with these words, which has to work.
async fn said(daemon: &Inside, words: &[&str]) -> String {
    let ended = daemon.flowd(words).await;
    assert_eq!(ended.code, Some(0), "{words:?}: {}{}", ended.out, ended.err);
    ended.out
}

/// The run of an event, as soon as it is so far.
async fn run(daemon: &Inside, trigger: &str, event: &Value, status: &str) -> String {
    let run = daemon.fire(&format!("words/{trigger}"), event).await.remove(0);
    until(&format!("{run} is {status}"), async || {
        (daemon.run(&run).await["status"] == status).then_some(())
    })
    .await;
    run
}

/// What was asked and said, as it stands in a terminal's history.
#[derive(Default)]
struct Transcript(String);

impl Transcript {
    /// Runs `flowd`; its words are told without the ids in them.
    async fn add(&mut self, daemon: &Inside, words: &[&str], code: i32) {
        let ended = daemon.flowd(words).await;
        assert_eq!(ended.code, Some(code), "{words:?}: {}{}", ended.out, ended.err);
        let asked = still(&words.join(" "));
        let said = still(&format!("{}{}", ended.out, ended.err));
        self.0.push_str(&format!("$ flowd {asked}\n{said}\n\n"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_told_what_a_run_does_and_why_and_what_they_can_do() {
    let daemon = super::serving("words").await;
    let failed = run(&daemon, "asked", &json!({ "number": 9 }), "failed").await;
    let numbers = json!({ "numbers": [0, 1, 2, 3, 4, 5, 6, 7] });
    let many = run(&daemon, "many", &numbers, "succeeded").await;
    let first = run(&daemon, "queued", &json!({ "number": 1 }), "running").await;
    let second = run(&daemon, "queued", &json!({ "number": 2 }), "pending").await;
    let mut told = Transcript::default();
    for (words, code) in [
        (&["runs"][..], 0),
        (&["show", &failed], 0),
        (&["show", &many], 0),
        (&["why", &failed], 0),
        (&["why", &first], 0),
        (&["why", &second], 0),
        (&["why", &many], 0),
        (&["logs", &failed], 0),
        (&["logs", "-f", &many, "got.3"], 0),
        (&["show", "-f", &failed], 0),
        (&["retry", &failed, &many], 1),
        (&["retry", &failed], 0),
        (&["why", &failed], 0),
        (&["cancel"], 2),
        (&["cancel", "--rule", "patient"], 2),
        (&["cancel", "--rule", "patient", "--until", "1d", "--yes"], 0),
        (&["cancel", "--rule", "patient", "--yes"], 0),
        (&["why", &second], 0),
    ] {
        told.add(&daemon, words, code).await;
    }
    assert_snapshot!(told.0);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_found_by_what_they_are_of_and_when_they_were_made() {
    let daemon = super::serving("words").await;
    let before = run(&daemon, "asked", &json!({ "number": 1 }), "succeeded").await;
    daemon.clock.jump(std::time::Duration::from_secs(7_200));
    let after = run(&daemon, "asked", &json!({ "number": 9 }), "failed").await;
    let made = daemon.run(&after).await["created"].as_u64().expect("a time");
    let at = flowd::clock::rfc3339(made);
    for (words, expected) in [
        (&["--rule", "one"][..], &[&after, &before][..]),
        (&["--status", "failed"], &[&after]),
        (&["--since", &at], &[&after]),
        (&["--until", &at], &[&before]),
        (&["--since", "1d"], &[&after, &before]),
        (&["--until", "1d"], &[]),
        (&["--limit", "1"], &[&after]),
        (&["--flow", "other"], &[]),
    ] {
        let runs = said(&daemon, &[&["runs", "--json"], words].concat()).await;
        let runs: Value = serde_json::from_str(&runs).expect("JSON");
        let ids: Vec<&str> = runs
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|run| run["id"].as_str())
            .collect();
        assert_eq!(ids, expected, "{words:?}");
    }
    daemon.stop().await;
}

/// The fields that a page promises of `--json`, by the words in the first column.
fn promised(what: &str) -> BTreeSet<String> {
    let page = std::fs::read_to_string(tree::root().join("docs/operations.md")).expect("the page is there");
    let head = format!("| {what} | ");
    let row = page.lines().find_map(|line| line.strip_prefix(&head));
    let row = row.unwrap_or_else(|| panic!("no row `{what}`"));
    row.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Fields that only a machine without confinement, and a job, have.
const ELSEWHERE: [&str; 2] = ["network", "progress"];

/// Every field that is there is promised, and every one that is promised is there somewhere.
fn check(what: &str, seen: &[&Value]) {
    let without = |fields: BTreeSet<String>| -> BTreeSet<String> {
        let fields = fields.into_iter();
        fields
            .filter(|name| !ELSEWHERE.contains(&name.as_str()))
            .collect()
    };
    let fields = seen.iter().filter_map(|value| value.as_object()).flatten();
    let fields = fields.map(|(name, _)| name.clone()).collect();
    assert_eq!(without(fields), without(promised(what)), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_are_given_the_fields_that_the_page_promises() {
    let daemon = super::serving("words").await;
    for project in ["outside", "asking"] {
        daemon.deploy(&daemon.project(project)).await;
    }
    let json = async |words: &[&str]| -> Value {
        let text = said(&daemon, &[words, &["--json"]].concat()).await;
        serde_json::from_str(&text).expect("JSON")
    };
    let failed = run(&daemon, "asked", &json!({ "number": 9 }), "failed").await;
    let many = run(&daemon, "many", &json!({ "numbers": [1, 2] }), "succeeded").await;
    let outside = daemon
        .fire("outside/asked", &json!({ "number": 1 }))
        .await
        .remove(0);
    let asking = daemon
        .fire("asking/asked", &json!({ "number": 1 }))
        .await
        .remove(0);
    for waits in [&outside, &asking] {
        until("it waits", async || {
            let run = daemon.run(waits).await;
            let mut steps = run["steps"].as_array().into_iter().flatten();
            steps.any(|step| step["state"]["held"].is_object()).then_some(())
        })
        .await;
    }

    let runs = json(&["runs"]).await;
    check(
        "each of `runs`",
        &runs.as_array().expect("a list").iter().collect::<Vec<_>>(),
    );
    let shown = [
        json(&["show", &failed]).await,
        json(&["show", &many]).await,
        json(&["show", &outside]).await,
        json(&["show", &asking]).await,
    ];
    check("`show`", &shown.iter().collect::<Vec<_>>());
    let steps: Vec<&Value> = shown
        .iter()
        .filter_map(|run| run["steps"].as_array())
        .flatten()
        .collect();
    check("each of its `steps`", &steps);
    let whys = [json(&["why", &failed]).await, json(&["why", &outside]).await];
    check("`why`", &whys.iter().collect::<Vec<_>>());
    let inner = |name: &str| -> Vec<&Value> {
        whys.iter()
            .filter_map(|why| why[name].as_array())
            .flatten()
            .collect()
    };
    check("each of its `reasons`", &inner("reasons"));
    check("each of its `next`", &inner("next"));
    check(
        "its `cause`",
        &whys.iter().map(|why| &why["cause"]).collect::<Vec<_>>(),
    );
    let logs = json(&["logs", &failed]).await;
    check("each of `logs`", &[&logs[0]]);
    let retried = json(&["retry", &failed]).await;
    check("each of `retry`", &[&retried[0]]);
    let cancelled = json(&["cancel", &outside]).await;
    check("each of `cancel`", &[&cancelled[0]]);
    daemon.stop().await;
}
