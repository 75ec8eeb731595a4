//! A true log is proved, and every lie is found.

use super::fixture::{NOON, Place, cursor, row, settled, unfit};
use super::story::{
    event, failed_and_retried, filtered, live, state, states, story, unfit_and_still, version,
};
use crate::store::log::{self, LogRow};
use crate::store::{Change, LetterFilter, Outcome, verify};
use flow_engine::{Run, State};
use serde_json::{Value, json};
use sqlx::{ConnectOptions, Connection};

#[tokio::test]
async fn a_true_log_is_proved_beside_the_daemon() {
    let place = Place::new();
    let store = story(&place).await;
    let report = verify(&place.path()).await.unwrap();
    assert_eq!(
        report.to_string(),
        "22 rows of the log, 1 decisions, 1 deployments, 1 ended runs, 1 events, 6 run states, 13 tables, \
         1 versions: everything holds"
    );
    store.close().await;
    assert!(verify(&place.path()).await.unwrap().is_clean());
}

/// After `sql`, what verification says first.
async fn check_tampered(sql: &'static str, expected: &str) {
    let place = Place::new();
    story(&place).await.close().await;
    place.tamper(sql).await;
    let report = verify(&place.path()).await.unwrap();
    let said = report
        .violations
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    assert_eq!(said, expected, "{sql}");
}

#[tokio::test]
async fn a_changed_file_is_found_out() {
    for (sql, expected) in [
        (
            "update log set body = replace(body, 'naïve', 'naïvE') where seq = 2",
            "I1 row 2: it was changed after it was written",
        ),
        (
            "update log set at = at + 1 where seq = 9",
            "I1 row 9: it was changed after it was written",
        ),
        (
            "delete from log where seq = 11",
            "I1 row 12: the row before it is missing: the last one was 10",
        ),
        (
            "update log set seq = -1 where seq = 8; update log set seq = 8 where seq = 9; \
             update log set seq = 9 where seq = -1",
            "I1 row 8: it does not continue the row before it",
        ),
        (
            "update log set kind = 'note' where seq = 3",
            "I1 row 3: it was changed after it was written",
        ),
        (
            "update runs set state = replace(state, 'retrain', 'idle')",
            "I22: `r1` of `runs` is not what the log says",
        ),
        (
            "update runs set ended = null",
            "I22: `r1` of `runs` is not what the log says",
        ),
        (
            "delete from rows",
            "I22: `digits/samples/b` of `rows` is not in the table as the log says",
        ),
        (
            "update cursors set value = '1'",
            "I22: `digits/labelled` of `cursors` is not what the log says",
        ),
        (
            "delete from log where seq > 20; delete from deployments",
            "I22: `digits/digits` of `deployments` is not in the table as the log says",
        ),
    ] {
        check_tampered(sql, expected).await;
    }
}

#[tokio::test]
async fn dead_letters_are_proved_and_found_by_what_they_are_about() {
    for (sql, expected) in [
        ("select 1", ""),
        (
            "update dead_letters set state = 'open' where id = 'l1'",
            "I22: `l1` of `dead_letters` is not what the log says",
        ),
        (
            "delete from dead_letters where id = 'l7'",
            "I22: `l7` of `dead_letters` is not in the table as the log says",
        ),
        (
            "delete from standings",
            "I22: `digits/labelled` of `standings` is not in the table as the log says",
        ),
    ] {
        let place = Place::new();
        let store = story(&place).await;
        store.commit(failed_and_retried()).await.unwrap();
        store.commit(unfit_and_still()).await.unwrap();
        let open = store.letters(&LetterFilter::default()).await.unwrap();
        let open: Vec<_> = open.iter().map(|letter| letter.id.as_str()).collect();
        assert_eq!(open, ["l2"]);
        let of_trigger = LetterFilter {
            trigger: Some("go".into()),
            all: true,
            ..LetterFilter::default()
        };
        let of_trigger = store.letters(&of_trigger).await.unwrap();
        let [failed] = of_trigger.as_slice() else {
            panic!("{of_trigger:?}");
        };
        assert_eq!((failed.id.as_str(), failed.key.as_str()), ("l7", "g"));
        assert_eq!(failed.event.as_deref(), Some("e7"));
        store.close().await;
        place.tamper(sql).await;
        let report = verify(&place.path()).await.unwrap();
        let said = report.violations.first().map(ToString::to_string);
        assert_eq!(said.unwrap_or_default(), expected, "{sql}");
    }
}

/// After a well-chained log that tells `changes`, verification says `expected` among other things.
async fn check_told(changes: Vec<Change>, expected: &str) {
    let place = Place::new();
    story(&place).await.close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(place.path());
    let mut connection = options.connect().await.unwrap();
    let mut head = log::head(&mut connection).await.unwrap();
    for change in &changes {
        let row = LogRow::after(&head, 2, NOON, change);
        head = log::Head {
            seq: row.seq,
            hash: row.hash.clone(),
            at: NOON,
        };
        log::append(&mut connection, &[row]).await.unwrap();
    }
    connection.close().await.unwrap();
    let report = verify(&place.path()).await.unwrap();
    let said: Vec<_> = report.violations.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|line| line == expected), "{expected}\n{said:#?}");
}

#[tokio::test]
async fn a_log_that_tells_of_broken_promises_is_refused() {
    let states = states();
    let moved = |n: usize| match states[n].clone() {
        Change::Run { run, cause, at, .. } => (run, cause, at),
        _ => unreachable!("states are runs"),
    };
    let fresh = |run: &Run| state("r2", run, Value::Null, NOON);
    let again = |n: usize| {
        let (run, cause, at) = moved(n);
        state("r2", &run, cause, at)
    };
    let (pending, started) = (moved(0).0, moved(1));
    let skipped = Run {
        steps: vec![
            State::Waiting,
            State::Running {
                attempt: 1,
                resend: 0,
                since: 0,
            },
        ],
        ..started.0.clone()
    };
    let second = Run {
        steps: vec![
            State::Parked {
                generation: 2,
                since: 0,
            },
            State::Waiting,
        ],
        ..started.0.clone()
    };
    let other = Run {
        steps: vec![State::Done { output: json!(1) }, State::Waiting],
        ..moved(4).0
    };
    for (changes, expected) in [
        (
            vec![event("e2", "a")],
            "I3 row 23: `trigger/go` has the event `a` twice",
        ),
        (vec![event("e1", "b")], "I2 row 23: there are two events `e1`"),
        (
            vec![event("e2", "b"), filtered("e2")],
            "I4 row 23: the event `e2` has 0 outcomes for `retrain`, not one",
        ),
        (
            vec![filtered("e1")],
            "I4 row 2: the event `e1` has 2 outcomes for `idle`, not one",
        ),
        (
            vec![cursor(json!(1), json!(3))],
            "I5 row 23: `labelled` moves from 1 and stood at 2",
        ),
        (
            vec![fresh(&pending), state("r2", &second, started.1.clone(), NOON)],
            "I7 row 24: run `r2`: step 0 is at try 2 after try 0",
        ),
        (
            vec![
                fresh(&pending),
                again(1),
                again(2),
                again(3),
                again(4),
                state("r2", &other, Value::Null, NOON),
            ],
            "I8 row 28: run `r2`: step 0 was done and changed",
        ),
        (
            vec![fresh(&pending), state("r2", &skipped, started.1.clone(), NOON)],
            "I10 row 24: run `r2`: step 1 started before step 0 had ended",
        ),
        (
            vec![states[5].clone()],
            "I14 row 23: run `r1`: it changed after its end",
        ),
        (vec![live(3, 1)], "I20 row 23: deployment 3 of `digits` follows 1"),
        (
            vec![live(2, 9)],
            "I20 row 23: `digits` went live with version 9 of `fit`, which is not registered",
        ),
        (
            vec![version("other")],
            "I21 row 23: version 1 of `fit` is there twice",
        ),
        (
            vec![version("other")],
            "I21 row 23: a version comes from `other` of run `r1`, which did not succeed",
        ),
        (
            vec![fresh(&pending), again(1), again(2), again(3), again(4)],
            "I21: `candidate` of run `r2` succeeded and its version is missing",
        ),
        (
            vec![fresh(&pending), again(2)],
            "I22 row 24: run `r2`: what moved it does not lead to its state",
        ),
        (
            vec![fresh(&started.0)],
            "I22 row 23: run `r2`: it was under way before it was made",
        ),
        (
            vec![live(3, 1)],
            "I22 row 23: it cannot have happened: deployment 3 of `digits`, `digits` does not follow the last one",
        ),
        (
            failed_and_retried()[..5].to_vec(),
            "I26 row 27: the run `r7` failed and has no dead letter",
        ),
        (
            [&failed_and_retried()[..6], &failed_and_retried()[7..]].concat(),
            "I4 row 23: the event `e7` has 2 outcomes for `retrain`, not one",
        ),
        (
            failed_and_retried()[..7].to_vec(),
            "I26 row 29: the run `r8` that answers a dead letter is not there",
        ),
        (
            vec![unfit("l1", "x"), unfit("l2", "x")],
            "I26 row 24: dead letter `l2`: `labelled` has one about `x` already",
        ),
        (
            vec![
                unfit("l1", "x"),
                settled("l1", Outcome::Dropped),
                settled("l1", Outcome::Known),
            ],
            "I26 row 25: dead letter `l1`: it was dropped and is answered again",
        ),
        (
            vec![row("new", NOON)],
            "I22: `digits/samples/new` of `rows` is not in the table as the log says",
        ),
    ] {
        check_told(changes, expected).await;
    }
}
