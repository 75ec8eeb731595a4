//! What people and the daemon can ask.

use super::fixture::*;
use crate::store::*;
use flow_engine::Status;
use serde_json::{Value, json};

#[tokio::test]
async fn runs_are_listed_newest_first_and_shown_with_their_event_and_log() {
    let place = Place::new();
    let store = place.open().await;
    let mut batch = vec![deployed()];
    for n in 1..=5 {
        let (event_id, run_id) = (format!("e{n}"), format!("r{n}"));
        batch.push(event(&event_id, &event_id));
        batch.push(run(&run_id, &event_id, Status::Pending));
    }
    batch.push(run("r2", "e2", running()));
    batch.push(Change::Note {
        about: "run/r2".into(),
        text: "a note".into(),
    });
    store.commit(batch).await.unwrap();
    store.commit(vec![run("r2", "e2", succeeded())]).await.unwrap();

    let check = async |filter: RunFilter, expected: &[&str]| {
        let found = store.runs(&filter).await.unwrap();
        assert_eq!(
            found.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(),
            expected,
            "{filter:?}"
        );
    };
    let all = RunFilter::default;
    check(all(), &["r5", "r4", "r3", "r2", "r1"]).await;
    check(
        RunFilter {
            limit: Some(2),
            ..all()
        },
        &["r5", "r4"],
    )
    .await;
    check(
        RunFilter {
            limit: Some(2),
            before: Some("r4".into()),
            ..all()
        },
        &["r3", "r2"],
    )
    .await;
    check(
        RunFilter {
            status: Some(StatusKind::Succeeded),
            ..all()
        },
        &["r2"],
    )
    .await;
    check(
        RunFilter {
            flow: Some("other".into()),
            ..all()
        },
        &[],
    )
    .await;
    check(
        RunFilter {
            graph: Some("collect".into()),
            limit: Some(1),
            ..all()
        },
        &["r5"],
    )
    .await;

    let shown = store.run("r2").await.unwrap().unwrap();
    assert_eq!(shown.run.status, succeeded());
    assert_eq!(shown.cause.payload["f"], json!(0.1));
    assert_eq!(
        (shown.summary.started, shown.summary.ended),
        (Some(NOON), Some(NOON))
    );
    let kinds: Vec<_> = shown.log.iter().map(|entry| entry.change.kind()).collect();
    assert_eq!(kinds, ["run", "run", "note", "run"]);
    assert_eq!(store.runs_of("e2").await.unwrap(), ["r2"]);
    assert_eq!(store.plan(FLOW, &shown.summary.plan).await.unwrap(), Some(plan()));
    let counts = store.counts().await.unwrap();
    assert_eq!(
        counts.runs,
        [(StatusKind::Pending, 4), (StatusKind::Succeeded, 1)]
    );
    assert_eq!((counts.events, counts.log), (5, 14));
    assert!(store.run("r9").await.unwrap().is_none());
}

#[tokio::test]
async fn events_decisions_and_requests_are_found_by_what_names_them() {
    let place = Place::new();
    let store = place.open().await;
    let taken = event("e1", "a");
    store
        .commit(vec![taken, decision("e1"), request("q1", 7), request("q2", 8)])
        .await
        .unwrap();
    let found = store.event(FLOW, "trigger/labelled", "a").await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), found.digest.as_str()), ("e1", "d"));
    assert_eq!(found.payload["text"], "naïve \u{0} \"quoted\"\n");
    assert!(
        store
            .event(FLOW, "trigger/examined", "a")
            .await
            .unwrap()
            .is_none()
    );

    let known = store.known(FLOW, "trigger/labelled", &["a", "b"]).await.unwrap();
    assert_eq!(known, ["a".to_owned()].into());
    assert_eq!(store.keys(FLOW, "trigger/labelled").await.unwrap(), ["a"]);
    assert_eq!(store.cursor(FLOW, "labelled").await.unwrap(), Value::Null);
    store.commit(vec![cursor(Value::Null, json!(3))]).await.unwrap();
    assert_eq!(store.cursor(FLOW, "labelled").await.unwrap(), json!(3));

    let decisions = store
        .decisions(&DecisionFilter {
            flow: Some(FLOW.into()),
            ..Default::default()
        })
        .await
        .unwrap();
    assert_eq!(decisions.len(), 1);
    assert_eq!(decisions[0].verdict, Verdict::Merged { run: "r1".into() });
    let older = DecisionFilter {
        before: Some(decisions[0].seq),
        ..Default::default()
    };
    assert!(store.decisions(&older).await.unwrap().is_empty());

    assert_eq!(
        store.request("q1").await.unwrap().unwrap().output,
        json!({ "digit": 7 })
    );
    store.commit(vec![Change::Forgotten { before: 8 }]).await.unwrap();
    assert!(store.request("q1").await.unwrap().is_none());
    assert!(store.request("q2").await.unwrap().is_some());
}

#[tokio::test]
async fn rows_come_back_in_the_order_of_their_commits_until_they_expire() {
    let place = Place::new();
    let store = place.open().await;
    let first = store
        .commit(vec![row("z", NOON), row("a", NOON + 5)])
        .await
        .unwrap();
    store
        .commit(vec![row("m", NOON + 9), row("a", NOON + 9)])
        .await
        .unwrap();

    let check = async |upto: Option<u64>, expected: &[&str]| {
        let mut lines = Vec::new();
        let count = store.export(FLOW, "samples", upto, &mut lines).await.unwrap();
        let lines: Vec<Value> = lines
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        let keys: Vec<_> = lines.iter().map(|line| line["key"].as_str().unwrap()).collect();
        assert_eq!((count, keys.as_slice()), (expected.len() as u64, expected));
        let page = store.rows(FLOW, "samples", 0, 10).await.unwrap();
        assert!(page.windows(2).all(|two| two[0].seq < two[1].seq));
    };
    check(None, &["z", "a", "m"]).await;
    check(Some(first.seq), &["z", "a"]).await;
    let second = store.rows(FLOW, "samples", 2, 1).await.unwrap();
    assert_eq!((second.len(), second[0].key.as_str()), (1, "a"));

    let before = store.datasets(None).await.unwrap();
    let bytes = "{\"key\":\"z\"}\n".len() as u64 * 3;
    assert_eq!(
        (before[0].rows, before[0].bytes, before[0].latest),
        (3, bytes, NOON + 9)
    );
    let expired = Change::Expired {
        flow: FLOW.into(),
        dataset: "samples".into(),
        before: NOON + 5,
    };
    store.commit(vec![expired]).await.unwrap();
    check(None, &["a", "m"]).await;
    assert!(store.datasets(Some("other")).await.unwrap().is_empty());
}

#[tokio::test]
async fn models_tell_what_is_live_and_what_was() {
    let place = Place::new();
    let store = place.open().await;
    let runs = [deployed(), event("e1", "a"), run("r1", "e1", running())];
    let made = [version(1, "r1"), version(2, "r1"), version(3, "r1")];
    let lives = [live(1, 1, "r1"), live(2, 3, "r1")];
    store
        .commit([runs.to_vec(), made.to_vec(), lives.to_vec()].concat())
        .await
        .unwrap();
    let models = store.models(None).await.unwrap();
    assert_eq!(models.len(), 1);
    assert_eq!((models[0].name.as_str(), models[0].live.number), ("digits", 2));
    let history: Vec<_> = models[0].history.iter().map(|live| live.model.version).collect();
    assert_eq!(history, [1, 3]);
    let versions: Vec<_> = models[0]
        .versions
        .iter()
        .map(|version| version.model.version)
        .collect();
    assert_eq!(versions, [1, 2, 3]);
    assert!(store.models(Some("other")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_row_that_does_not_read_back_stops_nobody_else() {
    let place = Place::new();
    let store = place.open().await;
    let two = [run("r1", "e1", running()), run("r2", "e1", running())];
    store
        .commit([vec![deployed(), event("e1", "a")], two.to_vec()].concat())
        .await
        .unwrap();
    place
        .tamper("update runs set state = '{\"graph\":' where id = 'r1'")
        .await;
    let loaded = store.load().await.unwrap();
    assert_eq!(loaded.runs.len(), 1);
    assert_eq!(loaded.broken[0].id, "r1");
    let said = loaded.broken[0].why.to_string();
    assert!(
        said.starts_with("the table `runs` holds in `state` of `r1` what cannot be read: EOF"),
        "{said}"
    );
}

#[tokio::test]
async fn numbers_come_back_to_the_last_bit() {
    let place = Place::new();
    let store = place.open().await;
    let mut bits = 1_u64;
    let mut next = || {
        bits = bits
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    };
    let scores: Vec<f64> = (0..1_000).map(|_| next()).collect();
    let row = json!({ "scores": scores });
    let change = Change::Row {
        flow: FLOW.into(),
        dataset: "samples".into(),
        key: "r1/append".into(),
        row: row.clone(),
        at: NOON,
    };
    store.commit(vec![change]).await.unwrap();
    assert_eq!(store.rows(FLOW, "samples", 0, 1).await.unwrap()[0].row, row);
    let report = verify(&place.path()).await.unwrap();
    assert!(report.is_clean(), "{report}");
}
