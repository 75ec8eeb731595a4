//! Time that moves when it is told to.

use super::Dice;
use crate::clock::{CHANCE_LEN, Clock};
use flow_engine::Millis;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// When every simulation begins by the clock on its wall.
const MIDNIGHT: Millis = 1_700_006_400_000;

/// A clock for one sleeper, the owner of the runs. What it says can jump; how long it lets sleep cannot.
#[derive(Debug)]
pub struct VirtualClock {
    hands: Arc<Mutex<Hands>>,
}

#[derive(Debug)]
struct Hands {
    /// Since the simulation began.
    elapsed: Millis,
    /// What the wall says when nothing has elapsed.
    wall: Millis,
    dice: Dice,
    /// When it wakes, by what has elapsed, and which sleep it is.
    sleeper: Option<(Millis, u64, Waker)>,
    sleeps: u64,
    /// Waits until somebody sleeps.
    watcher: Option<Waker>,
}

impl VirtualClock {
    /// A clock that stands; ids are made of what `dice` throw.
    pub fn new(dice: Dice) -> VirtualClock {
        let hands = Hands {
            elapsed: 0,
            wall: MIDNIGHT,
            dice,
            sleeper: None,
            sleeps: 0,
            watcher: None,
        };
        VirtualClock {
            hands: Arc::new(Mutex::new(hands)),
        }
    }

    /// Milliseconds since the simulation began, whatever the wall says.
    pub fn elapsed(&self) -> Millis {
        self.lock().elapsed
    }

    /// When the sleeper wakes, by [`VirtualClock::elapsed`]; nothing when nobody sleeps.
    pub fn wakes_at(&self) -> Option<Millis> {
        self.lock().sleeper.as_ref().map(|(at, ..)| *at)
    }

    /// Lets time pass, up to `elapsed`. Whether the sleeper wakes by that.
    pub fn pass(&self, elapsed: Millis) -> bool {
        let mut hands = self.lock();
        hands.elapsed = hands.elapsed.max(elapsed);
        let now = hands.elapsed;
        let due = hands.sleeper.take_if(|(at, ..)| *at <= now);
        due.map(|(.., waker)| waker.wake()).is_some()
    }

    /// Sets the clock on the wall forwards or backwards, as a person or a time server does.
    pub fn jump(&self, by_ms: i64) {
        let mut hands = self.lock();
        hands.wall = hands.wall.saturating_add_signed(by_ms);
    }

    /// Returns when somebody sleeps.
    pub async fn asleep(&self) {
        poll_fn(|context| {
            let mut hands = self.lock();
            if hands.sleeper.is_some() {
                return Poll::Ready(());
            }
            hands.watcher = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    fn lock(&self) -> MutexGuard<'_, Hands> {
        lock(&self.hands)
    }
}

fn lock(hands: &Mutex<Hands>) -> MutexGuard<'_, Hands> {
    hands
        .lock()
        .expect("nothing panics while it holds the hands of a clock")
}

#[async_trait::async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Millis {
        let hands = self.lock();
        hands.wall + hands.elapsed
    }

    fn passed(&self) -> Millis {
        self.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        let length = Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX);
        let (hands, which, until) = {
            let mut hands = self.lock();
            hands.sleeps += 1;
            let until = hands.elapsed.saturating_add(length);
            (Arc::clone(&self.hands), hands.sleeps, until)
        };
        Sleep { hands, which, until }.await;
    }

    fn chance(&self) -> [u8; CHANCE_LEN] {
        let mut hands = self.lock();
        let (high, low) = (hands.dice.next().to_le_bytes(), hands.dice.next().to_le_bytes());
        std::array::from_fn(|at| high.get(at).copied().unwrap_or(low[at % low.len()]))
    }
}

struct Sleep {
    hands: Arc<Mutex<Hands>>,
    which: u64,
    until: Millis,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut hands = lock(&self.hands);
        if hands.elapsed >= self.until {
            return Poll::Ready(());
        }
        hands.sleeper = Some((self.until, self.which, context.waker().clone()));
        if let Some(watcher) = hands.watcher.take() {
            watcher.wake();
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        lock(&self.hands)
            .sleeper
            .take_if(|(_, which, _)| *which == self.which);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn time_passes_for_a_sleeper_when_it_is_told_to_and_jumps_on_the_wall_only() {
        let clock = Arc::new(VirtualClock::new(Dice::new(1)));
        let (sleeper, began) = (Arc::clone(&clock), clock.now());
        let sleep = tokio::spawn(async move { sleeper.sleep(Duration::from_secs(60)).await });
        clock.asleep().await;
        clock.jump(-1_000);
        assert_eq!((clock.wakes_at(), clock.pass(59_999)), (Some(60_000), false));
        assert_eq!(clock.now(), began + 58_999);
        assert!(clock.pass(60_000));
        sleep.await.unwrap();
        assert_eq!(clock.wakes_at(), None);
    }

    #[test]
    fn the_same_seed_gives_the_same_ids_and_no_two_are_equal() {
        let ids = |seed| {
            let clock = VirtualClock::new(Dice::new(seed));
            [0; 3].map(|_| crate::clock::new_id(&clock))
        };
        assert_eq!(ids(1), ids(1));
        let mut all = [ids(1), ids(2)].concat();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 6);
    }
}
