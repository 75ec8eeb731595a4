//! A daemon that goes on: what the source has becomes rows, each once.

use super::{PASSWORD, Source};
use flow_tests::couch::scripted::Fault;
use flow_tests::inside::Inside;
use flow_tests::wait::until;

/// Waits until these notes are rows, and nothing else is.
async fn arrive(daemon: &Inside, source: &Source, numbers: u64) {
    let what = format!("{numbers} rows from {}", source.name());
    let count = async || {
        let sets = daemon.get("/v1/datasets").await;
        let rows = sets[0]["rows"].as_u64().unwrap_or_default();
        (rows >= numbers).then_some(rows)
    };
    let rows = until(&what, count).await;
    assert_eq!(rows, numbers, "{what}");
}

/// What is kept in the end: each number once.
async fn check(daemon: Inside, source: &Source, numbers: u64) {
    let folder = daemon.stop().await;
    let rows = flow_tests::kept::rows_of(&folder.path().join("data"), "contract", "seen").await;
    let mut found: Vec<_> = rows.iter().filter_map(|row| row["number"].as_u64()).collect();
    found.sort_unstable();
    assert_eq!(found, (0..numbers).collect::<Vec<_>>(), "{}", source.name());
}

async fn following(source: &mut Source, more: &str) -> Inside {
    let daemon = crate::daemon().await;
    let project = daemon.project("contract");
    source.declare(&project, more);
    daemon.deploy(&project).await;
    daemon
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_comes_twice() {
    for mut source in Source::all().await {
        let daemon = following(&mut source, "").await;
        source.write(0..20).await;
        arrive(&daemon, &source, 20).await;
        source.write_odd().await;
        source.write(20..40).await;
        arrive(&daemon, &source, 40).await;

        // The daemon is away for a while, and then the source is.
        let daemon = daemon.restart().await;
        source.write(40..60).await;
        arrive(&daemon, &source, 60).await;
        match &mut source {
            Source::Real(real, _) => {
                real.kill().await;
                real.restart().await;
            }
            Source::Scripted(scripted, _) => {
                scripted.replay(25);
                scripted.fail([Fault::Torn(2), Fault::Broken, Fault::Busy(1), Fault::Page]);
                scripted.fail([Fault::Again(30), Fault::Shuffled, Fault::Over]);
            }
            Source::Folder(_) => {}
        }
        source.write(60..80).await;
        arrive(&daemon, &source, 80).await;
        check(daemon, &source, 80).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_waits_while_a_rule_is_full() {
    for mut source in Source::all().await {
        if matches!(source, Source::Real(..)) {
            // What waits is the daemon, and it waits alike for every database.
            continue;
        }
        let daemon = crate::daemon().await;
        let project = daemon.project("contract");
        source.declare(&project, "");
        let gate = project.join("gate");
        let flow = format!(
            "action hold({{ gate: text }}) {{ runtime: \"python:3\", code: \"functions\", entry: \"hold.hold\" }}\n\
             rule slow: on noted(note) {{ hold({{ gate: {gate:?} }}) }}\n"
        );
        std::fs::write(project.join("slow.flow"), flow).expect("the folder of the test can be written");
        source.write(0..900).await;
        daemon.deploy(&project).await;
        // A rule takes 1,000 that wait, and a feed stops at half of them.
        let stalled = async || {
            let before = daemon.metric("flow_events_total").await;
            daemon.clock.jump(std::time::Duration::from_secs(1));
            let after = daemon.metric("flow_events_total").await;
            (before > 500 && before == after).then_some(after)
        };
        let taken = until("a feed that waits", stalled).await;
        assert!(
            taken < 900,
            "{}: {taken} events while the rule is full",
            source.name()
        );
        std::fs::write(&gate, "").expect("the folder of the test can be written");
        arrive(&daemon, &source, 900).await;
        check(daemon, &source, 900).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_costs_nothing_but_time() {
    for mut source in Source::databases().await {
        let Source::Scripted(scripted, _) = &source else {
            continue;
        };
        scripted.demand("flow", PASSWORD);
        let daemon = crate::daemon().await;
        let secret = |value: &str| {
            let mut secrets = daemon.secrets.lock().expect("no test panics with it");
            secrets.insert("env:NOTES_PASSWORD".into(), value.into());
        };
        secret("wrong-and-canary");
        let project = daemon.project("contract");
        source.declare(&project, ", username: \"flow\", password: notes_password");
        let mut flow = std::fs::read_to_string(project.join("package.flow")).expect("it was written");
        flow.push_str("secret notes_password\n");
        std::fs::write(project.join("package.flow"), flow).expect("the folder of the test can be written");
        source.write(0..5).await;
        daemon.deploy(&project).await;
        secret(PASSWORD);
        arrive(&daemon, &source, 5).await;
        check(daemon, &source, 5).await;
    }
}
