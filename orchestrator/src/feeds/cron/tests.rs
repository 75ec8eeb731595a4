use super::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const HOUR: Millis = 3_600_000;
const DAY: Millis = 24 * HOUR;

#[derive(Default)]
struct Hand(AtomicU64);

#[async_trait::async_trait]
impl Clock for Hand {
    fn now(&self) -> Millis {
        self.0.load(Ordering::SeqCst)
    }
    async fn sleep(&self, _: Duration) {}
}

fn open(schedule: &str, missed: Missed, clock: &Arc<Hand>) -> Cron {
    Cron::open(schedule, "UTC", missed, Arc::clone(clock) as Arc<dyn Clock>).unwrap()
}

/// Looks at these times; each time the feed is opened anew, as after a restart.
async fn check(schedule: &str, missed: Missed, looks: &[(Millis, &[Millis])]) {
    let clock = Arc::new(Hand::default());
    let mut position = Value::Null;
    for (now, slots) in looks {
        clock.0.store(*now, Ordering::SeqCst);
        let mut keys = Vec::new();
        loop {
            let reading = open(schedule, missed, &clock).read(&position, 2).await.unwrap();
            assert!(reading.items.len() <= 2);
            keys.extend(reading.items.into_iter().map(|item| item.key));
            position = reading.to;
            if !reading.more {
                break;
            }
        }
        let expected: Vec<_> = slots.iter().map(ToString::to_string).collect();
        assert_eq!(keys, expected, "{schedule}, {missed:?}, at {now}");
    }
}

#[tokio::test]
async fn a_slot_is_one_event_and_missed_ones_are_the_latest() {
    let three = 3 * HOUR;
    let looks: [(Millis, &[Millis]); 8] = [
        (HOUR, &[]),
        (three - 1, &[]),
        (three, &[three]),
        (three + 5, &[]),
        (three + 4 * DAY + 7, &[three + 4 * DAY]),
        (three + 4 * DAY + 8, &[]),
        // The clock goes back, and on again.
        (three + 3 * DAY, &[]),
        (three + 4 * DAY + 9, &[]),
    ];
    check("0 3 * * *", Missed::Latest, &looks).await;
}

#[tokio::test]
async fn what_becomes_of_missed_slots_is_what_the_trigger_says() {
    let three = 3 * HOUR;
    let at = |day: Millis| three + day * DAY;
    let check = async |missed, late: &[Millis], due: &[Millis]| {
        // Down for days, and up again long after the last slot; and up again at the very slot.
        check(
            "0 3 * * *",
            missed,
            &[(HOUR, &[]), (at(3) + HOUR, late), (at(3) + HOUR, &[])],
        )
        .await;
        check(
            "0 3 * * *",
            missed,
            &[(HOUR, &[]), (at(3) + 59_000, due), (at(4), &[at(4)])],
        )
        .await;
    };
    check(Missed::Skip, &[], &[at(3)]).await;
    check(Missed::Latest, &[at(3)], &[at(3)]).await;
    let all = [at(0), at(1), at(2), at(3)];
    check(Missed::All, &all, &all).await;
}

#[tokio::test]
async fn slots_that_are_due_at_once_are_each_an_event() {
    let looks: [(Millis, &[Millis]); 3] = [
        (500, &[]),
        (5_100, &[1_000, 2_000, 3_000, 4_000, 5_000]),
        (6_000, &[6_000]),
    ];
    for missed in [Missed::Skip, Missed::Latest, Missed::All] {
        check("* * * * * *", missed, &looks).await;
    }
}

#[tokio::test]
async fn another_schedule_has_missed_nothing() {
    let clock = Arc::new(Hand::default());
    clock.0.store(10 * DAY, Ordering::SeqCst);
    let from = open("0 3 * * *", Missed::All, &clock).position_at(9 * DAY);
    let reading = open("0 * * * *", Missed::All, &clock)
        .read(&from, 10)
        .await
        .unwrap();
    assert!(reading.items.is_empty());
    assert_ne!(reading.to, from);
    let later = open("0 * * * *", Missed::All, &clock)
        .read(&reading.to, 10)
        .await
        .unwrap();
    assert!(later.items.is_empty() && later.to == reading.to);
}

#[tokio::test]
async fn more_than_the_bound_is_a_gap_and_the_newest_are_made_up_for() {
    let clock = Arc::new(Hand::default());
    let now = 10 * DAY;
    clock.0.store(now, Ordering::SeqCst);
    let mut cron = open("* * * * *", Missed::All, &clock);
    let from = cron.position_at(DAY);
    assert!(matches!(cron.read(&from, 256).await, Err(FeedError::Gap(_))));
    assert_eq!(cron.on_gap(), GapPolicy::Rescan);
    let mut position = cron.position(Start::Beginning).await.unwrap();
    let mut count = 0;
    loop {
        let reading = cron.read(&position, 256).await.unwrap();
        count += reading.items.len();
        position = reading.to;
        if !reading.more {
            break;
        }
    }
    // The slot of this very minute is due, and so was none of the missed ones.
    assert_eq!(count, MISSED_MAX + 1);
    assert_eq!(cron.decided(&position), Some(now));
    let start = cron.position(Start::Now).await.unwrap();
    assert_eq!(cron.decided(&start), Some(now));
}
