//! The test is the owner of the runs here: it reads the mailbox and decides when to answer.

use super::*;
use crate::feeds::fixture::{FLOW, Place, plan};
use crate::worker::Message;
use serde_json::json;
use std::sync::atomic::Ordering;
use tokio::sync::{mpsc, oneshot};

/// A feed that sends nothing for so long has stopped.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// Turns that others get to do what they should not do.
const TURNS: u32 = 100;

type Sent = (FeedBatch, oneshot::Sender<Result<(), IntakeError>>);

struct Pumps {
    served: watch::Sender<Arc<Served>>,
    mailbox: mpsc::Receiver<Message>,
    stop: CancellationToken,
    work: JoinHandle<()>,
}

impl Pumps {
    fn start(place: &Place, plan: Plan) -> Pumps {
        let (handle, mailbox) = Handle::new();
        let (served, watcher) = watch::channel(active(plan));
        let stop = CancellationToken::new();
        let work = tokio::spawn(run(Arc::clone(&place.parts), handle, watcher, stop.clone()));
        Pumps {
            served,
            mailbox,
            stop,
            work,
        }
    }

    async fn sent(&mut self) -> Sent {
        let message = tokio::time::timeout(SILENCE_MAX, self.mailbox.recv()).await;
        match message.expect("the feed goes on") {
            Some(Message::Feed(batch, reply)) => (batch, reply),
            other => panic!("{other:?}"),
        }
    }

    /// Nobody is left behind, whatever is unanswered.
    async fn stop(self) {
        self.stop.cancel();
        drop(self.mailbox);
        self.work.await.unwrap();
    }
}

fn active(plan: Plan) -> Arc<Served> {
    Arc::new(Served {
        plans: [(FLOW.to_owned(), Arc::new(plan))].into(),
        ..Served::default()
    })
}

fn names(sent: &FeedBatch) -> Vec<&str> {
    let name = |key: &'_ str| key.split_once('@').expect("a path and a digest").0.len();
    sent.items
        .iter()
        .map(|item| &item.key[..name(&item.key)])
        .collect()
}

#[tokio::test]
async fn a_new_plan_waits_for_the_answer_that_the_old_one_waits_for() {
    let place = Place::new().await;
    place.write("one/1/a.txt", "a");
    let mut pumps = Pumps::start(&place, place.watching("one"));
    let (first, reply) = pumps.sent().await;
    assert_eq!(names(&first), ["1/a.txt"]);
    pumps.served.send_replace(active(place.watching("two")));
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
    assert!(!place.path("two").exists(), "the new feed has begun too early");
    place.commit(&first).await;
    reply.send(Ok(())).unwrap();
    place.write("two/2/b.txt", "b");
    let (second, _) = pumps.sent().await;
    assert_eq!((&second.from, names(&second)), (&first.to, vec!["2/b.txt"]));
    pumps.stop().await;
}

#[tokio::test]
async fn a_feed_whose_position_has_moved_goes_on_from_the_durable_one() {
    let place = Place::new().await;
    place.write("one/1/a.txt", "a");
    let mut pumps = Pumps::start(&place, place.watching("one"));
    let (first, reply) = pumps.sent().await;
    place.commit(&first).await;
    reply.send(Err(IntakeError::Moved("scanned".into()))).unwrap();
    place.write("one/1/b.txt", "b");
    let (second, _) = pumps.sent().await;
    assert_eq!((&second.from, names(&second)), (&first.to, vec!["1/b.txt"]));
    pumps.stop().await;
}

#[tokio::test]
async fn a_feed_that_breaks_is_opened_again_after_a_while() {
    let place = Place::new().await;
    place.clock.breaks.store(2, Ordering::SeqCst);
    let every_second = json!({ "cron": { "schedule": "* * * * * *" } });
    let mut pumps = Pumps::start(&place, plan(&json!({}), &every_second));
    let (_, reply) = pumps.sent().await;
    place.clock.breaks.store(1, Ordering::SeqCst);
    reply.send(Ok(())).unwrap();
    pumps.sent().await;
    let slept = place.clock.slept.lock().unwrap().clone();
    let back_offs: Vec<_> = slept.into_iter().filter(|time| *time > LOOK_EVERY).collect();
    let first = BACK_OFF_FIRST;
    assert_eq!(back_offs, [first, first * 2, first], "a good reading ends it");
    pumps.stop().await;
}
