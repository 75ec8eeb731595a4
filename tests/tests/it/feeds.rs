//! What comes by itself: files in a watched folder, and the hours of a clock.

use crate::daemon;
use flow_tests::inside::Inside;
use flow_tests::wait::until;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

/// A size that no machine holds in memory; the file is a hole.
const HUGE: u64 = 1 << 40;

async fn rows(daemon: &Inside, dataset: &str) -> u64 {
    let sets = daemon.get("/v1/datasets").await;
    let set = sets
        .as_array()
        .into_iter()
        .flatten()
        .find(|set| set["name"] == dataset);
    set.and_then(|set| set["rows"].as_u64()).unwrap_or_default()
}

async fn arrive(daemon: &Inside, dataset: &str, count: u64) {
    until(&format!("row {count} of {dataset}"), async || {
        (rows(daemon, dataset).await >= count).then_some(())
    })
    .await;
    assert_eq!(rows(daemon, dataset).await, count, "{dataset}");
}

fn write(inbox: &Path, name: &str, text: &str) {
    let file = inbox.join(name);
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("the folder of the test can be written");
    std::fs::write(file, text).expect("the folder of the test can be written");
}

#[tokio::test]
async fn a_file_is_an_event_for_each_of_its_contents() {
    let daemon = daemon().await;
    let project = daemon.project("files");
    let inbox = project.join("inbox");
    write(&inbox, "1/early.txt", "was there before");
    daemon.deploy(&project).await;
    arrive(&daemon, "seen", 1).await;
    write(&inbox, "1/a.txt", "one");
    arrive(&daemon, "seen", 2).await;
    write(&inbox, "1/a.txt", "two");
    arrive(&daemon, "seen", 3).await;
    // Touched, or written with what it had before: nothing new. The file after it shows that it was looked at.
    let file = File::options()
        .append(true)
        .open(inbox.join("1/a.txt"))
        .expect("the file is there");
    file.set_modified(std::time::SystemTime::UNIX_EPOCH)
        .expect("a file can be touched");
    arrive_after(&daemon, &inbox, "1/b.txt", 4).await;
    write(&inbox, "1/a.txt", "one");
    arrive_after(&daemon, &inbox, "1/c.txt", 5).await;
    std::fs::remove_file(inbox.join("1/a.txt")).expect("a file can be removed");
    let daemon = daemon.restart().await;
    arrive_after(&daemon, &inbox, "1/d.txt", 6).await;
    daemon.stop().await;
}

/// Two files one after the other: the second has come when the feed has looked twice since the first.
async fn arrive_after(daemon: &Inside, inbox: &Path, name: &str, count: u64) {
    write(inbox, name, name);
    arrive(daemon, "seen", count).await;
}

#[tokio::test]
async fn a_file_that_does_not_fit_is_noted_and_stops_no_other() {
    let daemon = daemon().await;
    let project = daemon.project("files");
    let inbox = project.join("inbox");
    write(&inbox, "12/a.txt", "no digit");
    write(&inbox, "x/a.txt", "no number");
    write(&inbox, "2/large.txt", &"x".repeat(1025));
    write(&inbox, "2/huge.txt", "");
    let huge = File::options()
        .write(true)
        .open(inbox.join("2/huge.txt"))
        .expect("the file is there");
    huge.set_len(HUGE).expect("a hole takes no room");
    write(&inbox, "2/a.png", "another ending");
    write(&inbox, "a.txt", "another depth");
    std::os::unix::fs::symlink("nowhere", inbox.join("2/link.txt")).expect("a link can be made");
    write(&inbox, "3/good.txt", "good");
    daemon.deploy(&project).await;
    arrive(&daemon, "seen", 1).await;
    arrive_after(&daemon, &inbox, "4/good.txt", 2).await;

    let notes = notes(&daemon).await;
    for (name, why) in [
        ("12/a.txt", "class"),
        ("x/a.txt", "class"),
        ("2/large.txt", "1025"),
        ("2/huge.txt", "takes"),
    ] {
        let noted = notes
            .iter()
            .filter(|note| note.contains(name))
            .collect::<Vec<_>>();
        assert!(
            matches!(noted.as_slice(), [one] if one.contains(why)),
            "{name}: {notes:?}"
        );
    }
    assert_eq!(notes.len(), 4, "{notes:?}");
    daemon.stop().await;
}

/// What the log says of the feed.
async fn notes(daemon: &Inside) -> Vec<String> {
    let options = SqliteConnectOptions::new()
        .filename(daemon.data().database())
        .read_only(true);
    let mut reader = options.connect().await.expect("the log can be read");
    let bodies =
        sqlx::query_scalar("select body from log where entity = 'feed/files/noted' and kind = 'note'");
    bodies.fetch_all(&mut reader).await.expect("the log can be read")
}

#[tokio::test]
async fn an_hour_is_one_event_and_missed_ones_are_the_latest() {
    let daemon = daemon().await;
    let project = daemon.project("files");
    daemon.deploy(&project).await;
    let hour = Duration::from_secs(3_600);
    // The schedule has begun when its position is durable.
    let begun = async || (daemon.metric("flow_log_rows_total").await >= 3).then_some(());
    until("the beginning of the schedule", begun).await;
    daemon.clock.jump(hour);
    arrive(&daemon, "ticks", 1).await;
    daemon.clock.jump(hour);
    arrive(&daemon, "ticks", 2).await;
    daemon.clock.jump(hour * 5);
    arrive(&daemon, "ticks", 3).await;
    let daemon = daemon.restart().await;
    daemon.clock.jump(hour);
    arrive(&daemon, "ticks", 4).await;
    daemon.stop().await;
}
