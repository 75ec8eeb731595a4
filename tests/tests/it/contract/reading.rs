//! A feed by itself: what it says of a source that fails, and where it goes on.

use super::{MODES, PASSWORD, Source};
use flow_tests::couch::note;
use flow_tests::couch::scripted::{Fault, Scripted};
use flow_tests::following::Following;
use flowd::feeds::{Again, FeedError, Reading, Start};
use futures::FutureExt as _;
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use tokio::time::timeout;

/// A gap is told within this, on a slow machine, too.
const TOLD_MAX: Duration = Duration::from_secs(60);

/// A scripted database with these notes, and the feed that follows it.
async fn scripted(mode: &'static str, notes: u64, more: &str) -> (Scripted, Following) {
    let scripted = Scripted::start().await;
    scripted.write("1-a", (0..notes).map(note));
    let mut source = Source::Scripted(scripted, mode);
    let following = Following::new(|project: &Path| source.declare(project, more), PASSWORD).await;
    let Source::Scripted(scripted, _) = source else {
        unreachable!("it was made so");
    };
    (scripted, following)
}

/// Reads until the feed says what is wrong.
async fn wrong(following: &mut Following) -> FeedError {
    let mut feed = following.open().expect("its configuration holds");
    loop {
        match feed.read(&following.at, 256).await {
            Ok(reading) => drop(following.took(reading)),
            Err(error) => return error,
        }
    }
}

fn keys(notes: std::ops::Range<u64>) -> Vec<String> {
    notes.map(|number| format!("note-{number}@1-a")).collect()
}

#[tokio::test]
async fn every_failure_is_named_and_the_feed_goes_on_behind_it() {
    for mode in MODES {
        for (fault, said) in [
            (Fault::Denied, "user and password"),
            (Fault::Busy(2), "asked too often"),
            (Fault::Broken, "it has failed (500"),
            (Fault::Page, "Welcome to the proxy"),
            (Fault::Torn(3), ""),
        ] {
            let (scripted, mut following) = scripted(mode, 10, "").await;
            scripted.fail([fault]);
            let mut failures = Vec::new();
            assert_eq!(
                following.keys(10, &mut failures).await,
                keys(0..10),
                "{mode}, {fault:?}"
            );
            let told = failures.join("; ");
            assert!(
                told.contains(said) && !told.contains(PASSWORD),
                "{mode}, {fault:?}: {told}"
            );
            assert!(
                told.is_empty() || told.contains("notes") && told.contains("127.0.0.1"),
                "{told}"
            );
        }
    }
}

#[tokio::test]
async fn a_server_that_asks_to_be_left_alone_says_how_long() {
    let (scripted, mut following) = scripted("longpoll", 1, "").await;
    scripted.fail([Fault::Busy(7)]);
    let FeedError::Failed { wait, .. } = wrong(&mut following).await else {
        panic!("it is no gap");
    };
    assert_eq!(wait, Some(std::time::Duration::from_secs(7)));
}

#[tokio::test]
async fn what_comes_again_has_the_same_keys_and_positions_go_back_as_they_came() {
    for mode in MODES {
        let (scripted, mut following) = scripted(mode, 10, "").await;
        following.keys(10, &mut Vec::new()).await;
        scripted.replay(4);
        scripted.write("1-a", (10..12).map(note));
        scripted.fail([Fault::Over, Fault::Again(2)]);
        let mut found = following.keys(6, &mut Vec::new()).await;
        found.sort();
        found.dedup();
        let expected = [keys(6..10), keys(10..12)].concat();
        assert!(
            expected.iter().all(|key| found.contains(key)),
            "{mode}: {found:?}"
        );
        let seqs = |query: &String| {
            let since = query.split('&').find_map(|word| word.strip_prefix("since="));
            since.expect("a position").to_owned()
        };
        let since: Vec<_> = scripted.asked().iter().map(seqs).collect();
        assert!(
            since.iter().any(|since| since.starts_with("10-g1AAA")),
            "{mode}: {since:?}"
        );
    }
}

#[tokio::test]
async fn silence_is_noticed_and_outlived() {
    for mode in MODES {
        let (scripted, mut following) = scripted(mode, 3, "").await;
        scripted.fail([Fault::Silent, Fault::Silent]);
        let mut failures = Vec::new();
        assert_eq!(following.keys(3, &mut failures).await, keys(0..3), "{mode}");
        assert!(failures.is_empty(), "the server is well: {failures:?}");
        assert!(scripted.has_failed());

        // Nobody waits longer than the silence was: a change would wait with him.
        scripted.fail([Fault::Silent]);
        let mut feed = following.open().expect("its configuration holds");
        let reading = feed.read(&following.at, 256).await.expect("the server is well");
        assert!(reading.items.is_empty() && reading.more, "{mode}: {reading:?}");

        // And a feed that begins does not keep to itself that all is well until something changes.
        let mut feed = following.open().expect("its configuration holds");
        let reading = feed.read(&following.at, 256).await.expect("the server is well");
        assert!(reading.items.is_empty() && reading.more, "{mode}: {reading:?}");
        let mut waiting = feed.read(&following.at, 256);
        assert!((&mut waiting).now_or_never().is_none(), "{mode}: it waits then");
    }
}

#[tokio::test]
async fn a_database_that_has_gone_or_was_made_anew_is_a_gap_also_in_mid_stream() {
    for mode in MODES {
        for open in [false, true] {
            type Deed = fn(&Scripted);
            let deeds: [(Deed, &str); 3] = [
                (Scripted::delete, "gone"),
                (Scripted::recreate, "made anew"),
                (
                    |scripted| scripted.fail([Fault::Unknown]),
                    "does not know the position",
                ),
            ];
            for (deed, said) in deeds {
                if open && said.contains("position") {
                    // An open answer has its position.
                    continue;
                }
                let (scripted, mut following) = scripted(mode, 3, "").await;
                let mut feed = following.open().expect("its configuration holds");
                while following.at["seq"]
                    .as_str()
                    .is_none_or(|seq| !seq.starts_with("3-"))
                {
                    let reading = feed.read(&following.at, 256).await.expect("the source is well");
                    following.took(reading);
                }
                let told = async {
                    if open {
                        // It waits, and the server's signs of life go on.
                        let mut waiting = feed.read(&following.at, 256);
                        assert!((&mut waiting).now_or_never().is_none());
                        deed(&scripted);
                        loop {
                            match waiting.await {
                                Ok(reading) => {
                                    following.took(reading);
                                    waiting = feed.read(&following.at, 256);
                                }
                                Err(error) => break error,
                            }
                        }
                    } else {
                        deed(&scripted);
                        wrong(&mut following).await
                    }
                };
                let error = timeout(TOLD_MAX, told).await;
                let error = error.unwrap_or_else(|_| panic!("{mode}: nobody is told that it is {said}"));
                let FeedError::Gap(why) = error else {
                    panic!("{mode}, {said}: {error}");
                };
                assert!(why.contains(said), "{mode}: {why}");
            }
        }
    }
}

/// A scripted database whose notes have a text each as an attachment, and the feed that follows it.
async fn scripted_with_texts(mode: &'static str, notes: u64) -> (Scripted, Following) {
    let scripted = Scripted::start().await;
    for number in 0..notes {
        let mut note = note(number);
        note["_attachments"] = json!({ "text": { "content_type": "text/plain", "length": 4, "stub": true } });
        scripted.attach(&format!("note-{number}"), "text", "text/plain", b"text");
        scripted.write("1-a", [note]);
    }
    let flow = format!(
        "type Note {{ id: text<64B>, number: int<0..999999>, text: blob<\"text/plain\", 1KiB> }}\n\
         package notes = couchdb<Note> {{ url: {:?}, mode: {mode}, heartbeat: 150ms }}\n\
         trigger noted from notes.changes\n",
        scripted.url()
    );
    let declare = |project: &Path| {
        std::fs::write(project.join("package.flow"), flow).expect("the folder of the test can be written");
    };
    (scripted, Following::new(declare, PASSWORD).await)
}

#[tokio::test]
async fn a_reading_that_is_given_up_loses_nothing() {
    for mode in MODES {
        let (_scripted, following) = scripted(mode, 600, "").await;
        give_up(following, 600, mode).await;
        let (_scripted, following) = scripted_with_texts(mode, 100).await;
        give_up(following, 100, mode).await;
    }
}

/// Reads all of it, and gives up again and again half-way.
async fn give_up(mut following: Following, notes: u64, mode: &str) {
    let mut feed = following.open().expect("its configuration holds");
    let mut found = Vec::new();
    let mut turns: u32 = 1;
    while (found.len() as u64) < notes {
        turns += 1 + turns / 4;
        assert!(turns < 100_000, "{mode}: it comes to no end after {found:?}");
        let mut reading = feed.read(&following.at, 100);
        // Given up after so many turns of the runtime, a quarter more each time.
        let mut done = None;
        for _ in 0..turns {
            done = (&mut reading).now_or_never();
            if done.is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(reading);
        if let Some(reading) = done {
            let Reading { items, to, .. } = reading.expect("the source is well");
            if !items.is_empty() {
                // The next one is given up early again, and this time in the middle of what has come.
                turns = 1;
            }
            found.extend(items.into_iter().map(|item| item.key));
            following.at = to;
        }
    }
    assert_eq!(found, keys(0..notes), "{mode}");
}

#[tokio::test]
async fn a_feed_begins_where_it_is_told() {
    for mode in MODES {
        let (scripted, mut following) = scripted(mode, 5, ", since: now").await;
        let mut feed = following.open().expect("its configuration holds");
        let reading = feed.read(&following.at, 256).await.expect("the source is well");
        following.took(reading);
        scripted.write("1-a", (5..7).map(note));
        assert_eq!(following.keys(2, &mut Vec::new()).await, keys(5..7), "{mode}");
        following.at = feed.position(Start::Beginning).await.expect("the source is well");
        assert_eq!(following.keys(7, &mut Vec::new()).await, keys(0..7), "{mode}");
        following.at = feed.position(Start::Now).await.expect("the source is well");
        scripted.write("1-a", [note(7)]);
        assert_eq!(following.keys(1, &mut Vec::new()).await, keys(7..8), "{mode}");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_name_and_can_be_read_again() {
    for mode in MODES {
        let (scripted, mut following) = scripted(mode, 1, "").await;
        let long = "x".repeat(5 << 20);
        scripted.write(
            "1-a",
            [
                json!({ "_id": "odd", "number": "seven" }),
                json!({ "_id": "long", "text": long }),
            ],
        );
        scripted.write("1-a", [note(1)]);
        let mut refused = Vec::new();
        let mut taken = Vec::new();
        let mut feed = following.open().expect("its configuration holds");
        while taken.len() < 2 {
            let reading = feed.read(&following.at, 256).await.expect("the source is well");
            let reading = following.took(reading);
            taken.extend(reading.items.into_iter().map(|item| item.key));
            refused.extend(reading.refused);
        }
        assert_eq!(taken, keys(0..2), "{mode}");
        let [odd, long] = refused.as_slice() else {
            panic!("{refused:?}");
        };
        assert_eq!(odd.key, "odd@1-a");
        assert_eq!(
            odd.why,
            "number: expected a whole number from 0 to 999999, got \"seven\""
        );
        assert_eq!(long.key, "long@1-a");
        assert!(long.why.contains("more than 4194304 bytes"), "{}", long.why);

        let again = feed.again("odd@1-a").await.expect("the source is well");
        assert!(
            matches!(&again, Again::Refused(refused) if refused == odd),
            "{again:?}"
        );
        scripted.write("2-b", [json!({ "_id": "odd", "number": 7 })]);
        let again = feed.again("odd@1-a").await.expect("the source is well");
        assert!(
            matches!(&again, Again::Item(item) if item.key == "odd@2-b"),
            "{again:?}"
        );
        scripted.write("3-c", [json!({ "_id": "odd", "_deleted": true })]);
        let again = feed.again("odd@1-a").await.expect("the source is well");
        assert!(matches!(&again, Again::Gone), "{again:?}");
    }
}

#[tokio::test]
async fn a_server_that_counts_says_how_far_behind_the_feed_is() {
    let (_scripted, mut following) = scripted("longpoll", 1_500, "").await;
    let mut feed = following.open().expect("its configuration holds");
    let mut behind = Vec::new();
    let mut count = 0;
    while count < 1_500 {
        let reading = feed.read(&following.at, 256).await.expect("the source is well");
        let reading = following.took(reading);
        count += reading.items.len();
        behind.extend(reading.behind.map(|behind| behind as usize + count));
    }
    assert!(
        !behind.is_empty() && behind.iter().all(|sum| *sum == 1_500),
        "{behind:?}"
    );
}
