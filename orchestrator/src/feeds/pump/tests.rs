//! The test is the owner of the runs here: it reads the mailbox and decides when to answer.

use super::*;
use crate::feeds::fixture::{FLOW, Next, Place, Script, TRIGGER, plan};
use crate::store::Standing;
use crate::worker::{Mailbox, Message};
use serde_json::json;
use tokio::sync::oneshot;

/// A feed that sends nothing for so long has stopped.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// Turns that others get to do what they should not do.
const TURNS: u32 = 100;

type Sent = (FeedBatch, oneshot::Sender<Result<(), IntakeError>>);

struct Pumps {
    served: watch::Sender<Arc<Served>>,
    mailbox: Mailbox,
    stop: CancellationToken,
    board: Arc<Board>,
    work: JoinHandle<()>,
}

impl Pumps {
    fn start(place: &Place, plan: Plan) -> Pumps {
        Pumps::over(Arc::clone(&place.parts), plan)
    }

    fn over(parts: Arc<Parts>, plan: Plan) -> Pumps {
        let (handle, mailbox) = Handle::new();
        let (served, watcher) = watch::channel(active(plan));
        let stop = CancellationToken::new();
        let board = Arc::new(Board::default());
        let work = tokio::spawn(run(parts, Arc::clone(&board), handle, watcher, stop.clone()));
        Pumps {
            served,
            mailbox,
            stop,
            board,
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

    async fn turned(&mut self) -> (Turn, oneshot::Sender<Result<Standing, IntakeError>>) {
        let message = tokio::time::timeout(SILENCE_MAX, self.mailbox.recv()).await;
        match message.expect("the feed goes on") {
            Some(Message::Turn { turn, reply, .. }) => (turn, reply),
            other => panic!("{other:?}"),
        }
    }

    /// The plans stay; how feeds stand is as in `served`.
    fn stand(&self, served: Served) {
        let plans = self.served.borrow().plans.clone();
        self.served.send_replace(Arc::new(Served { plans, ..served }));
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

/// Pumps over a script; what the script does not say is not read.
fn scripted(place: &Place, script: &Arc<Script>) -> Pumps {
    let every_second = json!({ "cron": { "schedule": "* * * * * *" } });
    Pumps::over(place.scripted(script), plan(&json!({}), &every_second))
}

/// The waits after failures.
fn back_offs(place: &Place) -> Vec<Duration> {
    let slept = place.clock.slept.lock().unwrap().clone();
    slept.into_iter().filter(|time| *time > LOOK_EVERY).collect()
}

fn standing(standing: Standing) -> Served {
    Served {
        standings: [((FLOW.to_owned(), TRIGGER.to_owned()), standing)].into(),
        ..Served::default()
    }
}

fn keys(sent: &FeedBatch) -> Vec<&str> {
    sent.items.iter().map(|item| item.key.as_str()).collect()
}

#[tokio::test]
async fn a_feed_that_breaks_is_opened_again_after_a_while() {
    let place = Place::new().await;
    let next = [
        Next::Panics,
        Next::Fails(None),
        Next::Items(&["a"], false),
        Next::Panics,
        Next::Items(&["b"], false),
    ];
    let mut pumps = scripted(&place, &Script::new(GapPolicy::Halt, next));
    let (first, reply) = pumps.sent().await;
    assert_eq!(pumps.board.seen(FLOW, TRIGGER).failing_since, None);
    place.commit(&first).await;
    reply.send(Ok(())).unwrap();
    let (second, _) = pumps.sent().await;
    assert_eq!((&second.from, keys(&second)), (&first.to, vec!["b"]));
    let first = BACK_OFF_FIRST;
    assert_eq!(
        back_offs(&place),
        [first, first * 2, first],
        "a good reading ends it"
    );
    let seen = pumps.board.seen(FLOW, TRIGGER);
    assert_eq!(
        seen.last_error,
        Some(("it panicked".to_owned(), 0)),
        "it is still told"
    );
    pumps.stop().await;
}

#[tokio::test]
async fn a_feed_waits_as_long_as_its_source_asks() {
    let place = Place::new().await;
    let asked = Duration::from_secs(7);
    let next = [
        Next::Fails(Some(asked)),
        Next::Fails(Some(ASKED_MAX * 2)),
        Next::Fails(None),
    ];
    let next = next.into_iter().chain((0..8).map(|_| Next::Fails(None)));
    let next = next.chain([Next::Items(&["a"], false)]);
    let mut pumps = scripted(&place, &Script::new(GapPolicy::Halt, next));
    pumps.sent().await;
    let seconds = [7, ASKED_MAX.as_secs(), 1, 2, 4, 8, 16, 32, 60, 60, 60];
    assert_eq!(back_offs(&place), seconds.map(Duration::from_secs));
    pumps.stop().await;
}

#[tokio::test]
async fn a_feed_that_has_more_is_read_again_at_once() {
    let place = Place::new().await;
    let next = [
        Next::Items(&["a", "b"], true),
        Next::Items(&["c"], true),
        Next::Items(&["d"], false),
        Next::Items(&["e"], false),
    ];
    let mut pumps = scripted(&place, &Script::new(GapPolicy::Halt, next));
    let mut slept = Vec::new();
    for expected in [&["a", "b"][..], &["c"], &["d"], &["e"]] {
        let (sent, reply) = pumps.sent().await;
        assert_eq!(keys(&sent), expected);
        slept.push(place.clock.slept.lock().unwrap().len());
        reply.send(Ok(())).unwrap();
    }
    assert_eq!(slept, [0, 0, 0, 1]);
    pumps.stop().await;
}

#[tokio::test]
async fn a_full_rule_stops_the_reading_and_nothing_is_lost() {
    let place = Place::new().await;
    let next = [Next::Items(&["a", "b"], true), Next::Items(&["c"], true)];
    let script = Script::new(GapPolicy::Halt, next);
    let mut pumps = scripted(&place, &script);
    for _ in 0..TURNS {
        let (sent, reply) = pumps.sent().await;
        assert_eq!(keys(&sent), ["a", "b"], "the same, until there is room");
        assert_eq!(
            script.read_from.lock().unwrap().len(),
            1,
            "nothing is read meanwhile"
        );
        let waiting = pumps.board.seen(FLOW, TRIGGER).waiting_since;
        assert_eq!(waiting, Some(0), "what was read waits");
        reply.send(Err(IntakeError::Busy(TRIGGER.into()))).unwrap();
    }
    let (sent, reply) = pumps.sent().await;
    reply.send(Ok(())).unwrap();
    let (next, _) = pumps.sent().await;
    assert_eq!((&next.from, keys(&next)), (&sent.to, vec!["c"]));
    pumps.stop().await;
}

#[tokio::test]
async fn a_feed_that_has_lost_its_place_stands_until_a_person_decides() {
    // Whether the feed hears of its standing or only of the end of it.
    for told in [true, false] {
        let place = Place::new().await;
        let script = Script::new(GapPolicy::Halt, [Next::Gap, Next::Items(&["a"], false)]);
        let mut pumps = scripted(&place, &script);
        let (turn, reply) = pumps.turned().await;
        match turn {
            Turn::Halt { from, why } => assert_eq!((from, why.as_str()), (Value::Null, "compacted")),
            other => panic!("{other:?}"),
        }
        let gap = Standing::Gap {
            why: "compacted".into(),
        };
        if told {
            pumps.stand(standing(gap.clone()));
        }
        reply.send(Ok(gap)).unwrap();
        if told {
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            assert_eq!(script.read_from.lock().unwrap().len(), 1);
            assert!(pumps.mailbox.try_recv().is_none());
            pumps.stand(Served::default());
        }
        let (sent, _) = pumps.sent().await;
        assert_eq!(keys(&sent), ["a"]);
        pumps.stop().await;
    }
}

#[tokio::test]
async fn a_gap_with_a_policy_is_crossed_and_told() {
    for (policy, expected) in [
        (GapPolicy::Rescan, json!("beginning")),
        (GapPolicy::ResumeFromNow, json!("now")),
    ] {
        let place = Place::new().await;
        let script = Script::new(policy, [Next::Gap, Next::Items(&["a"], false)]);
        let mut pumps = scripted(&place, &script);
        let (turn, reply) = pumps.turned().await;
        let Turn::Skip { from, to, why } = turn else {
            panic!("{turn:?}");
        };
        assert_eq!((&from, &to), (&Value::Null, &expected));
        assert!(why.contains("compacted"), "{why}");
        let moved = FeedBatch {
            flow: FLOW.into(),
            trigger: TRIGGER.into(),
            from,
            to,
            items: Vec::new(),
            refused: Vec::new(),
        };
        place.commit(&moved).await;
        reply.send(Ok(Standing::Active)).unwrap();
        let (sent, _) = pumps.sent().await;
        assert_eq!((&sent.from, keys(&sent)), (&expected, vec!["a"]));
        pumps.stop().await;
    }
}

#[tokio::test]
async fn a_paused_feed_finishes_its_batch_and_reads_no_more() {
    let place = Place::new().await;
    let script = Script::new(
        GapPolicy::Halt,
        [Next::Items(&["a"], true), Next::Items(&["b"], true)],
    );
    let mut pumps = scripted(&place, &script);
    let (first, reply) = pumps.sent().await;
    pumps.stand(standing(Standing::Paused));
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
    place.commit(&first).await;
    reply.send(Ok(())).unwrap();
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
    assert_eq!(script.read_from.lock().unwrap().len(), 1);
    pumps.stand(Served::default());
    let (second, _) = pumps.sent().await;
    assert_eq!((&second.from, keys(&second)), (&first.to, vec!["b"]));
    pumps.stop().await;
}
