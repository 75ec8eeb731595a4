//! All of a batch or nothing of it, and what a new daemon finds.

use super::fixture::*;
use crate::store::{Change, CommitProbe, Loaded, NoProbe, Outcome, Standing, Store, StoreError};
use flow_engine::Status;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// What a daemon would go on with, as text that can be compared.
async fn state(store: &Store) -> String {
    format!("{:#?}", store.load().await.unwrap())
}

/// A refused batch says why and leaves nothing behind, and the next one goes through.
async fn check_refused(store: &Store, batch: Vec<Change>, expected: &str) {
    let before = state(store).await;
    let error = store.commit(batch).await.unwrap_err();
    assert_eq!(error.to_string(), expected);
    assert!(!error.try_again());
    assert_eq!(state(store).await, before, "{expected}");
}

#[tokio::test]
async fn a_new_daemon_goes_on_where_the_last_one_stopped() {
    let place = Place::new();
    let store = place.open().await;
    let first = store
        .commit(vec![
            deployed(),
            event("e1", "a"),
            run("r1", "e1", Status::Pending),
        ])
        .await
        .unwrap();
    assert_eq!(first.seq, 3);
    let batch = vec![
        event("e2", "b"),
        decision("e2"),
        cursor(Value::Null, json!(["a", "b"])),
        cursor(json!(["a", "b"]), json!(["c"])),
        run("r1", "e1", running()),
        run("r2", "e2", running()),
        row("r1/append", NOON),
        row("r1/append", NOON),
        row("r2/append", NOON),
        growth(1),
        growth(2),
        version(1, "r1"),
        version(2, "r2"),
        live(1, 1, "r1"),
        live(2, 2, "r2"),
        request("q1", NOON + 1),
        run("r2", "e2", succeeded()),
        unfit("l1", "x"),
        unfit("l2", "y"),
        settled("l2", Outcome::Dropped),
        standing(Standing::Active),
        standing(Standing::Paused),
        Change::Note {
            about: "daemon".into(),
            text: "done".into(),
        },
    ];
    let size = batch.len() as u64;
    assert_eq!(store.commit(batch).await.unwrap().seq, 3 + size);
    let before = state(&store).await;
    store.close().await;

    let store = place.open().await;
    assert_eq!(store.epoch(), 2);
    assert_eq!(state(&store).await, before);
    let Loaded {
        active,
        plans,
        runs,
        broken,
        started,
        cursors,
        standings,
        letters,
        growth,
        live,
        versions,
        rows,
    } = store.load().await.unwrap();
    let key = |name: &str| (FLOW.to_owned(), name.to_owned());
    assert_eq!(active[FLOW], plan().digest());
    assert_eq!(*plans[&plan().digest()], plan());
    assert!(broken.is_empty());
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].id.as_str(), runs[0].event.as_str()), ("r1", "e1"));
    assert_eq!(runs[0].run.status, running());
    assert_eq!(started[&key("collect")], [NOON, NOON]);
    assert_eq!(cursors[&key("labelled")], json!(["c"]));
    assert_eq!(standings[&key("labelled")], Standing::Paused);
    assert_eq!(letters[&key("labelled")], 1);
    assert_eq!(growth[&(FLOW.into(), "retrain".into(), "samples".into())], 2);
    assert_eq!(
        (live[&key("digits")].number, &live[&key("digits")].model),
        (2, &model(2))
    );
    assert_eq!(versions[&key("fit")], 2);
    assert_eq!(rows[&key("samples")], 2);
    assert_eq!(store.commit(vec![event("e3", "c")]).await.unwrap().seq, 4 + size);
}

#[tokio::test]
async fn what_contradicts_the_state_is_refused_whole() {
    let place = Place::new();
    let store = place.open().await;
    let start = vec![
        deployed(),
        event("e1", "a"),
        run("r1", "e1", succeeded()),
        version(1, "r1"),
        cursor(Value::Null, json!(1)),
        unfit("l1", "x"),
        settled("l1", Outcome::Dropped),
    ];
    store.commit(start).await.unwrap();

    let with = |change: Change| vec![row("r9/append", NOON), event("e9", "z"), change];
    let again = "the event `a` of `digits`, `trigger/labelled` was taken in before";
    check_refused(&store, with(event("e2", "a")), again).await;
    let twice = "the event `z` of `digits`, `trigger/labelled` was taken in before";
    check_refused(&store, with(event("e8", "z")), twice).await;
    let ended = "the run `r1` has ended and does not change any more";
    check_refused(&store, with(run("r1", "e1", running())), ended).await;
    let moved = "the cursor of `digits`, `labelled` does not stand where this batch starts";
    check_refused(&store, with(cursor(json!(0), json!(2))), moved).await;
    check_refused(&store, with(cursor(Value::Null, json!(2))), moved).await;
    let taken = "`digits/fit/1` is in `versions` already";
    check_refused(&store, with(version(1, "r1")), taken).await;
    let skipped = "deployment 2 of `digits`, `digits` does not follow the last one";
    check_refused(&store, with(live(2, 1, "r1")), skipped).await;
    let missing =
        "the database failed: error returned from database: (code: 787) FOREIGN KEY constraint failed";
    check_refused(&store, with(run("r2", "nowhere", running())), missing).await;

    let closed = "the dead letter `l1` is not open";
    check_refused(&store, with(settled("l1", Outcome::Known)), closed).await;
    let again = store.commit(vec![unfit("l2", "x")]).await.unwrap_err();
    assert!(again.to_string().contains("UNIQUE constraint failed"), "{again}");

    let one_id = vec![event("e7", "x"), event("e7", "y")];
    check_refused(
        &store,
        one_id,
        "`two of this batch under one id` is in `events` already",
    )
    .await;
    let both = vec![
        event("e3", "c"),
        run("r3", "e3", succeeded()),
        run("r3", "e3", running()),
    ];
    check_refused(
        &store,
        both,
        "the run `r3` has ended and does not change any more",
    )
    .await;
    let jump = vec![cursor(json!(1), json!(2)), cursor(json!(3), json!(4))];
    check_refused(&store, jump, moved).await;
    let other = Change::Cursor {
        flow: FLOW.into(),
        feed: "other".into(),
        from: json!(1),
        to: json!(2),
    };
    let unread = "the cursor of `digits`, `other` does not stand where this batch starts";
    check_refused(&store, vec![other], unread).await;

    assert_eq!(
        store.commit(vec![cursor(json!(1), json!(2))]).await.unwrap().seq,
        8
    );
}

/// Fails the process, as far as a test can, at one commit.
struct CrashAt {
    n: u64,
    before: bool,
    seen: Mutex<Vec<(u64, &'static str)>>,
}

impl CommitProbe for CrashAt {
    fn before(&self, n: u64) {
        self.seen.lock().unwrap().push((n, "before"));
        assert!(!(self.before && n == self.n), "crash before the commit");
    }

    fn after(&self, n: u64) {
        self.seen.lock().unwrap().push((n, "after"));
        assert!(self.before || n != self.n, "crash after the commit");
    }
}

#[tokio::test]
async fn a_crash_leaves_the_old_state_or_the_new_one() {
    for before in [true, false] {
        let place = Place::new();
        let probe = Arc::new(CrashAt {
            n: 2,
            before,
            seen: Mutex::default(),
        });
        let store = Arc::new(Store::open(&place.path(), NOON, probe.clone()).await.unwrap());
        store.commit(vec![deployed(), event("e1", "a")]).await.unwrap();
        let crashing = store.clone();
        let batch = vec![
            event("e2", "b"),
            run("r2", "e2", running()),
            row("r2/append", NOON),
        ];
        let crash = tokio::spawn(async move { crashing.commit(batch).await });
        assert!(crash.await.unwrap_err().is_panic());
        let seen = probe.seen.lock().unwrap().clone();
        assert_eq!(
            seen.last().unwrap(),
            &(2, if before { "before" } else { "after" })
        );

        let found = store.load().await.unwrap();
        let expected = usize::from(!before);
        assert_eq!((found.runs.len(), found.rows.len()), (expected, expected));
        // The same store goes on from what is in the file.
        let next = store.commit(vec![event("e3", "c")]).await.unwrap();
        assert_eq!(next.seq, if before { 3 } else { 6 });
    }
}

#[tokio::test]
async fn files_of_others_are_left_alone() {
    for (sql, expected) in [
        ("create table other (x)", "is the database of another program"),
        (
            "pragma application_id = 1718382455; pragma user_version = 99; create table t (x)",
            "has the schema 99",
        ),
    ] {
        let place = Place::new();
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(place.path())
            .create_if_missing(true);
        let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        let refused = Store::open(&place.path(), NOON, Arc::new(NoProbe))
            .await
            .err()
            .expect("it is not ours");
        assert!(refused.to_string().contains(expected), "{refused}");
        assert!(matches!(
            refused,
            StoreError::Foreign { .. } | StoreError::Newer { .. }
        ));
    }
}
