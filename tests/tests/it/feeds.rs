//! What comes by itself: files in a watched folder, and the hours of a clock.

use crate::{daemon, serving};
use flow_tests::inside::Inside;
use flow_tests::wait::until;
use serde_json::json;
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
async fn a_file_that_does_not_fit_is_a_dead_letter_and_stops_no_other() {
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

    check_letters(&daemon).await;
    // Every file is read again after a start; what has a letter gets no other.
    let daemon = daemon.restart().await;
    arrive_after(&daemon, &inbox, "5/good.txt", 3).await;
    check_letters(&daemon).await;
    assert_eq!(daemon.trigger("noted").await["dead_letters"], 4);
    daemon.stop().await;
}

/// A letter for each file that does not fit, and no other.
async fn check_letters(daemon: &Inside) {
    let letters = daemon.letters("all=true").await;
    for (name, why) in [
        ("12/a.txt", "class"),
        ("x/a.txt", "class"),
        ("2/large.txt", "1025"),
        ("2/huge.txt", "takes"),
    ] {
        let about = |letter: &&serde_json::Value| text(&letter["key"]).starts_with(name);
        let about: Vec<_> = letters.iter().filter(about).collect();
        assert!(
            matches!(about.as_slice(), [one] if text(&one["why"]).contains(why)),
            "{name}: {letters:?}"
        );
    }
    assert_eq!(letters.len(), 4, "{letters:?}");
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or_default()
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

#[tokio::test]
async fn a_clock_makes_up_for_what_it_missed_and_one_that_is_set_wakes_no_sleeper() {
    let daemon = serving("clock").await;
    let hour = Duration::from_secs(3_600);
    let begun = async || (daemon.metric("flow_log_rows_total").await >= 3).then_some(());
    until("the beginning of the schedule", begun).await;
    let daemon = daemon.restart_after(hour * 3).await;
    arrive(&daemon, "ticks", 3).await;
    assert!(daemon.get("/healthz").await["clock_jumps"].is_null());

    // The wall clock alone: schedules go by it, sleeps do not.
    let asleep = daemon.fire("clock/called", &json!({ "number": 1 })).await;
    daemon.clock.set_on(hour * 5);
    arrive(&daemon, "ticks", 8).await;
    let told = daemon.get("/healthz").await["clock_jumps"].clone();
    assert_eq!(told["count"], 1);
    let off = told["by_ms"].as_i64().expect("a number") - 5 * 3_600_000;
    assert!(off.abs() < 1_000, "{told}");
    assert!(daemon.run(&asleep[0]).await["ended"].is_null());
    assert_eq!(rows(&daemon, "calls").await, 0);

    daemon.clock.jump(hour * 4);
    daemon.ended(&asleep[0]).await;
    arrive(&daemon, "calls", 1).await;
    arrive(&daemon, "ticks", 12).await;
    daemon.stop().await;
}
