//! The machine's clock with a hand on it: time goes on by itself, and a test can let it jump.

use flow_engine::Millis;
use flowd::clock::{Clock, SystemClock};
use std::time::Duration;
use tokio::sync::watch;

/// The machine's clock, ahead by as much as a test says.
pub struct Ahead {
    by: watch::Sender<Millis>,
    /// How far the wall clock was set on beside that.
    set: watch::Sender<Millis>,
}

impl Default for Ahead {
    fn default() -> Ahead {
        Ahead {
            by: watch::Sender::new(0),
            set: watch::Sender::new(0),
        }
    }
}

impl Ahead {
    /// Lets this much time pass at once. Whoever sleeps and is due wakes up.
    pub fn jump(&self, by: Duration) {
        self.by.send_modify(|ahead| *ahead += millis(by));
    }

    /// Sets the wall clock on by this much, as a person does. Nothing has passed.
    pub fn set_on(&self, by: Duration) {
        self.set.send_modify(|ahead| *ahead += millis(by));
    }
}

#[async_trait::async_trait]
impl Clock for Ahead {
    fn now(&self) -> Millis {
        SystemClock.now() + *self.by.borrow() + *self.set.borrow()
    }

    fn passed(&self) -> Millis {
        SystemClock.passed() + *self.by.borrow()
    }

    async fn sleep(&self, duration: Duration) {
        let mut moved = self.by.subscribe();
        let until = self.passed() + millis(duration);
        loop {
            let left = until.saturating_sub(self.passed());
            if left == 0 {
                return;
            }
            tokio::select! {
                () = SystemClock.sleep(Duration::from_millis(left)) => {}
                moved = moved.changed() => moved.expect("the sender is a part of this clock"),
            }
        }
    }
}

fn millis(duration: Duration) -> Millis {
    u64::try_from(duration.as_millis()).expect("a test takes no ages")
}
