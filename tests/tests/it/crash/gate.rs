//! The whole way from notes to a deployed model, with a death at commits all along it.

use super::{PROGRAM, UNTIL_LIVE, live_twice};
use flow_tests::chance::Chance;
use flow_tests::daemon::{Death, Home};
use flow_tests::kept::Kept;
use flow_tests::{parts, processes};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

const PROJECT: &str = "tests/projects/gate";
/// Commits at which a daemon dies, one half before and one half after.
const POINTS: u64 = 20;
/// The same in the quick set.
const POINTS_QUICK: u64 = 3;
/// Jobs on the way; each ends once while no daemon is there.
const LAUNCHES: usize = 4;
/// Deaths at any moment.
const MOMENTS: u64 = 5;
/// Lives at the same time; they mostly wait.
const TOGETHER: usize = 4;
/// The earliest that a whole life ends: training twice takes two seconds of processor time each.
const LIFE_MIN_MS: u64 = 6_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_daemon_loses_nothing() {
    let commits = undisturbed().await;
    let all = parts::wanted(&format!(
        "deaths of a daemon at {} more commits, in {} more jobs and at {MOMENTS} random moments",
        POINTS - POINTS_QUICK,
        LAUNCHES - 1
    ));
    let points = if all { POINTS } else { POINTS_QUICK };
    let mut deaths: Vec<_> = (0..points).map(|nth| death(nth, points, commits)).collect();
    let launches = if all { LAUNCHES } else { 1 };
    deaths.extend((1..=launches).map(Death::Launched));
    if all {
        let mut chance = Chance::told("moments of deaths");
        let mut moment = || Duration::from_millis(chance.below(LIFE_MIN_MS));
        deaths.extend((0..MOMENTS).map(|_| Death::Elapsed(moment())));
    }
    let places = Arc::new(Semaphore::new(TOGETHER));
    let mut lives = JoinSet::new();
    for death in deaths {
        let places = Arc::clone(&places);
        lives.spawn(async move {
            let _place = places.acquire().await.expect("nobody closes it");
            let (home, death) = live_twice(PROJECT, death).await;
            check(&home, &format!("{death:?}")).await;
        });
    }
    while let Some(life) = lives.join_next().await {
        if let Err(panic) = life {
            std::panic::resume_unwind(panic.into_panic());
        }
    }
}

/// Spread over all commits, from the first to the last.
fn death(nth: u64, points: u64, commits: u64) -> Death {
    let commit = 1 + nth * (commits - 1) / (points - 1);
    if nth.is_multiple_of(2) {
        Death::Before(commit)
    } else {
        Death::After(commit)
    }
}

/// A life without death: what is checked of the others holds for it, too. How many commits it made.
async fn undisturbed() -> u64 {
    let home = Home::of(PROJECT, PROGRAM);
    let (status, printed) = home.up(&UNTIL_LIVE, None).end(None).await;
    assert!(status.success(), "{status}\n{printed}{}", home.complaints());
    check(&home, "no death").await;
    home.commits()
}

/// What a life has left, however often it was interrupted.
async fn check(home: &Home, life: &str) {
    processes::all_gone(home.project()).await;
    let kept = Kept::open(home, "gate").await;

    let (live, trained) = kept.versions("classes").await;
    let live: Vec<_> = live
        .iter()
        .map(|live| (live.number, live.model.version))
        .collect();
    assert_eq!(
        live,
        [(1, 2)],
        "{life}: numbers of deployments and their versions"
    );
    let trained: Vec<_> = trained.iter().map(|model| model.version).collect();
    assert_eq!(trained, [1, 2], "{life}: versions in the registry");

    let notes = notes();
    let (exams, notes): (Vec<_>, Vec<_>) = notes.into_iter().partition(|note| note.name.starts_with("exam"));
    for (dataset, trigger, expected) in [("samples", "labelled", notes), ("exam", "examined", exams)] {
        let mut rows = kept.rows(dataset).await;
        let mut wanted: Vec<Value> = expected.iter().map(Note::row).collect();
        rows.sort_by_key(Value::to_string);
        wanted.sort_by_key(Value::to_string);
        assert_eq!(rows, wanted, "{life}: rows of {dataset}");
        let keys = kept.keys(&format!("trigger/{trigger}")).await;
        let mut files: Vec<_> = keys.iter().map(|key| key.split('@').next()).collect();
        let mut wanted: Vec<_> = expected.iter().map(Note::file).collect();
        files.sort();
        wanted.sort();
        let wanted: Vec<_> = wanted.iter().map(|file| Some(file.as_str())).collect();
        assert_eq!(files, wanted, "{life}: events of {trigger}");
    }
    // One for each file, one for the plan and one for each forty rows; each has one run.
    let statuses: Vec<_> = kept.statuses().await.into_iter().collect();
    assert_eq!(statuses, [("succeeded", 103)], "{life}: runs");
    assert_eq!(kept.keys("flow").await.len(), 1, "{life}: events of the plan");
    assert_eq!(
        kept.keys("grew/retrain").await.len(),
        2,
        "{life}: events of growth"
    );
    check_launches(home, &kept, life).await;
}

/// The death of a daemon is not the death of a job: each was launched once, under its first generation.
async fn check_launches(home: &Home, kept: &Kept, life: &str) {
    let launches = kept.launches(&["begin", "retrain"]).await;
    let mut told: Vec<_> = launches
        .iter()
        .map(|launch| (launch.job.as_str(), launch.generation))
        .collect();
    told.sort();
    let expected = [("fit", 1), ("fit", 1), ("notes", 1), ("notes", 1)];
    assert_eq!(told, expected, "{life}: launches that the runs tell of");

    let jobs = home.data().root().join("jobs");
    let entries = fs::read_dir(&jobs).expect("there were jobs").flatten();
    let there: BTreeSet<_> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let expected: BTreeSet<_> = launches.iter().map(|launch| launch.directory.clone()).collect();
    assert_eq!(there, expected, "{life}: directories of jobs");

    // What the code of the jobs wrote, each time that it ran.
    let journal = fs::read_to_string(home.project().join("launches")).expect("`notes` ran");
    assert_eq!(journal, "notes first\nnotes rest\n", "{life}: `notes` ran");
    for fit in launches.iter().filter(|launch| launch.job == "fit") {
        let journal = fs::read_to_string(jobs.join(&fit.directory).join("launches"));
        assert_eq!(journal.expect("`fit` ran"), "fit\n", "{life}: `fit` ran");
    }
}

/// A note that the job writes.
struct Note {
    name: String,
    class: u64,
}

impl Note {
    fn row(&self) -> Value {
        let Note { name, class } = self;
        serde_json::json!({ "word": format!("word{class}-{name}"), "class": class })
    }

    fn file(&self) -> String {
        format!("{}/{}.txt", self.class, self.name)
    }
}

/// All of them, as `jobs/notes.py` says.
fn notes() -> Vec<Note> {
    let note = |part: &str, number, class| Note {
        name: format!("{part}{number}"),
        class,
    };
    let exams = (0..20).map(|number| note("exam", number, number % 10));
    let first = (0..40).map(|number| note("first", number, number % 5));
    let rest = (0..40).map(|number| note("rest", number, number % 5 + 5));
    exams.chain(first).chain(rest).collect()
}
