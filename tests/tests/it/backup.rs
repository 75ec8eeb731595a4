//! Copies of a data directory, made while a daemon works in it.

use crate::crash::PROGRAM;
use flow_tests::daemon::Home;
use flow_tests::inside::Ended;
use flow_tests::kept::Kept;
use std::fs;
use std::path::Path;

/// Texts, jobs, files, snapshots and models: everything that a data directory can hold.
const PROJECT: &str = "tests/projects/gate";

/// Copies what is there into `to`, and sees that it is whole.
async fn backup(home: &Home, to: &Path) -> String {
    let Ended { code, out, err } = home.flowd("backup", &["--to".as_ref(), to.as_os_str()]).await;
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("everything holds"), "{out}");
    out
}

/// Puts a copy in the place of what is there.
async fn restore(home: &Home, copy: &Path) {
    fs::remove_dir_all(home.data().root()).expect("it was there");
    let Ended { code, out, err } = home
        .flowd("restore", &["--from".as_ref(), copy.as_os_str()])
        .await;
    assert_eq!(code, Some(0), "{out}{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_daemon_at_work_is_whole_and_goes_on() {
    let home = Home::of(PROJECT, PROGRAM);
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy");
    let mut running = home.up(&[], None);
    assert!(running.says("notes: done").await, "{}", home.complaints());
    backup(&home, &copy).await;
    running.kill().await;

    // From the early copy on, to a model that is live; what is new then is added to the copy.
    restore(&home, &copy).await;
    let mut running = home.up(&[], None);
    assert!(running.says("classes is live").await, "{}", home.complaints());
    let again = backup(&home, &copy).await;
    assert!(again.contains("from before"), "{again}");
    running.kill().await;

    restore(&home, &copy).await;
    let mut running = home.up(&[], None);
    assert!(running.address().await.is_some(), "{}", home.complaints());
    running.kill().await;
    let kept = Kept::open(&home, "gate").await;
    let (live, trained) = kept.versions("classes").await;
    assert!(!live.is_empty() && live.len() <= trained.len(), "{live:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_overwrites_nothing_that_is_not_its_own() {
    let home = Home::of("tests/projects/ledger", PROGRAM);
    let folder = tempfile::tempdir().unwrap();
    let (copy, other) = (folder.path().join("copy"), folder.path().join("other"));
    let to = |place: &Path| ["--to".into(), place.as_os_str().to_owned()];
    let refused = async |command: &str, words: &[std::ffi::OsString], why: &str| {
        let Ended { code, out, err } = home.flowd(command, words).await;
        assert_eq!(code, Some(2), "{out}{err}");
        assert!(err.contains(why), "{err}");
    };
    refused("backup", &to(&copy), "it has no `flow.db`").await;
    let mut running = home.up(&[], None);
    running.address().await.unwrap();
    fs::create_dir(&other).unwrap();
    fs::write(other.join("mine"), "mine").unwrap();
    refused("backup", &to(&other), "is neither empty nor an earlier copy").await;
    refused(
        "backup",
        &to(&home.data().root().join("copy")),
        "lies in the directory",
    )
    .await;
    backup(&home, &copy).await;
    running.kill().await;
    refused("restore", &["--from".into(), copy.into()], "is not empty").await;
    refused("restore", &["--from".into(), other.into()], "it has no `flow.db`").await;
}
