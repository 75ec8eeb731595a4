//! What comes of files, on a real folder.

use super::*;
use crate::feeds::fixture::{FLOW, Place, TRIGGER};
use crate::worker::FeedBatch;
use std::fs::File;

/// A size that no machine holds in memory; the file is a hole.
const HUGE: u64 = 1 << 40;

fn open(place: &Place) -> Objects {
    Objects::open(&place.parts, &place.watching("inbox"), TRIGGER, "inbox").unwrap()
}

fn huge(place: &Place, name: &str) {
    place.write(name, "");
    let file = File::options().write(true).open(place.path(name)).unwrap();
    file.set_len(HUGE).unwrap();
}

/// Reads, and makes it durable.
async fn read(place: &Place, feed: &mut Objects, max: usize) -> FeedBatch {
    let from = place.parts.store.cursor(FLOW, TRIGGER).await.unwrap();
    let reading = feed.read(&from, max).await.unwrap();
    let read = FeedBatch {
        flow: FLOW.into(),
        trigger: TRIGGER.into(),
        from,
        to: reading.to,
        items: reading.items,
        refused: reading.refused,
    };
    if read.to != read.from {
        place.commit(&read).await;
    }
    read
}

/// What comes of the next looks: the paths of events, and of refusals.
async fn check(place: &Place, feed: &mut Objects, events: &[&str], refused: &[&str]) {
    let mut came = (Vec::new(), Vec::new());
    // One to see a file, one to see it again, and one more.
    for _ in 0..3 {
        let read = read(place, feed, usize::MAX).await;
        let path = |key: &String| key.split('@').next().unwrap().to_owned();
        came.0.extend(read.items.iter().map(|item| path(&item.key)));
        came.1
            .extend(read.refused.iter().map(|refused| path(&refused.key)));
    }
    assert_eq!((came.0, came.1), (owned(events), owned(refused)));
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_file_is_an_event_for_each_of_its_contents() {
    let place = Place::new().await;
    let mut feed = open(&place);
    check(&place, &mut feed, &[], &[]).await;
    place.write("inbox/1/a.txt", "one");
    check(&place, &mut feed, &["1/a.txt"], &[]).await;
    place.write("inbox/1/a.txt", "three");
    place.write("inbox/1/b.txt", "one");
    check(&place, &mut feed, &["1/a.txt", "1/b.txt"], &[]).await;
    place.write("inbox/1/a.txt", "one");
    check(&place, &mut feed, &[], &[]).await;
    let mut again = open(&place);
    check(&place, &mut again, &[], &[]).await;
}

#[tokio::test]
async fn what_cannot_fit_is_not_read() {
    let place = Place::new().await;
    let mut feed = open(&place);
    huge(&place, "inbox/1/another-ending.bin");
    huge(&place, "inbox/another-depth.txt");
    huge(&place, "inbox/1/huge.txt");
    place.write("inbox/2/good.txt", "good");
    check(&place, &mut feed, &["2/good.txt"], &["1/huge.txt"]).await;
}

#[tokio::test]
async fn a_file_that_goes_or_changes_after_the_listing_is_passed_over() {
    let place = Place::new().await;
    let mut feed = open(&place);
    for name in ["a", "b", "c", "d"] {
        place.write(&format!("inbox/1/{name}.txt"), name);
    }
    assert_eq!(read(&place, &mut feed, 1).await.items.len(), 0);
    assert_eq!(read(&place, &mut feed, 1).await.items.len(), 1);
    std::fs::remove_file(place.path("inbox/1/b.txt")).unwrap();
    place.write("inbox/1/c.txt", "more");
    check(&place, &mut feed, &["1/d.txt", "1/c.txt"], &[]).await;
    place.write("inbox/1/b.txt", "b");
    check(&place, &mut feed, &["1/b.txt"], &[]).await;
}

#[tokio::test]
async fn files_that_have_gone_are_forgotten() {
    let place = Place::new().await;
    let mut feed = open(&place);
    place.write("inbox/1/a.txt", "a");
    place.write("inbox/1/b.txt", "b");
    check(&place, &mut feed, &["1/a.txt", "1/b.txt"], &[]).await;
    std::fs::remove_file(place.path("inbox/1/a.txt")).unwrap();
    check(&place, &mut feed, &[], &[]).await;
    assert_eq!(feed.seen.len(), 1);
    // What comes back with what it had before is no new event.
    place.write("inbox/1/a.txt", "a");
    check(&place, &mut feed, &[], &[]).await;
}

#[tokio::test]
async fn a_refusal_is_noted_once_also_when_it_comes_alone() {
    let place = Place::new().await;
    let mut feed = open(&place);
    place.write("inbox/x/a.txt", "no class");
    check(&place, &mut feed, &[], &["x/a.txt"]).await;
    place.write("inbox/1/long.txt", "too long");
    check(&place, &mut feed, &["1/long.txt"], &[]).await;
    place.write("inbox/1/long.txt", "much too long");
    check(&place, &mut feed, &[], &["1/long.txt"]).await;
    let position = place.parts.store.cursor(FLOW, TRIGGER).await.unwrap();
    assert_eq!(position, json!({ "taken": 1, "refused": 2 }));
    let mut again = open(&place);
    check(&place, &mut again, &[], &[]).await;
    assert_eq!(place.parts.store.cursor(FLOW, TRIGGER).await.unwrap(), position);
}

#[tokio::test]
async fn a_path_that_says_what_is_private_is_kept_as_a_digest_and_found_by_it() {
    let place = Place::new().await;
    let mut plan = place.watching("inbox");
    let inbox = plan.packages.get_mut("inbox").unwrap();
    if let Type::Record(fields) = &mut inbox.item {
        let class = fields.get_mut("class").unwrap();
        class.ty = Type::Private(Box::new(class.ty.clone()));
    }
    let mut feed = Objects::open(&place.parts, &plan, TRIGGER, "inbox").unwrap();
    place.write("inbox/7/canary.txt", "good");
    place.write("inbox/canary/a.txt", "bad");
    let (mut items, mut refused) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let read = read(&place, &mut feed, usize::MAX).await;
        items.extend(read.items);
        refused.extend(read.refused);
    }
    assert_eq!((items.len(), refused.len()), (1, 1));
    assert_eq!(items[0].payload["class"], 7);
    for told in [&items[0].key, &refused[0].key] {
        assert!(told.starts_with("private/"), "{told}");
        assert!(!told.contains("canary") && !told.contains("7/"), "{told}");
    }
    assert!(!refused[0].why.contains("canary"), "{}", refused[0].why);
    place.write("inbox/canary/b.txt", "another");
    let again = feed.again(&refused[0].key).await.unwrap();
    assert!(matches!(again, Again::Refused(again) if again == refused[0]));
    std::fs::remove_file(place.path("inbox/canary/a.txt")).unwrap();
    let again = feed.again(&refused[0].key).await.unwrap();
    assert!(matches!(again, Again::Gone), "{again:?}");
}
