//! Time and chance, as parameters: the only place that asks the machine for them.

use flow_engine::Millis;
use std::time::Duration;

/// Bytes of chance in an id.
pub const CHANCE_LEN: usize = 10;

/// Where time and chance come from.
#[async_trait::async_trait]
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now(&self) -> Millis;

    /// Milliseconds that have passed since a moment that stays the same, those of a suspended machine among them.
    /// Nobody sets it. A clock that is never set may say what it shows.
    fn passed(&self) -> Millis {
        self.now()
    }

    /// Returns when `duration` has passed.
    async fn sleep(&self, duration: Duration);

    /// What nobody can guess: the part of an id that the time does not give.
    fn chance(&self) -> [u8; CHANCE_LEN] {
        let id = uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 0, 0));
        let (_time, chance) = id
            .as_bytes()
            .split_last_chunk()
            .expect("an id is longer than its chance");
        *chance
    }
}

/// The wall clock was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// When, as it shows since then; milliseconds since the epoch.
    pub at: Millis,
    /// How far, in milliseconds; less than 0 when it was set back.
    pub by_ms: i64,
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait::async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the clock"
    )]
    fn now(&self) -> Millis {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn passed(&self) -> Millis {
        let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let (seconds, nanos) = (since.tv_sec.unsigned_abs(), since.tv_nsec.unsigned_abs());
        seconds * 1_000 + nanos / 1_000_000
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that sleeps")]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A fresh id, a UUID v7: later ids sort after earlier ones.
pub fn new_id(clock: &dyn Clock) -> String {
    let id = uuid::Builder::from_unix_timestamp_millis(clock.now(), &clock.chance());
    id.into_uuid().to_string()
}

/// A time as flows and people read it: RFC 3339 in UTC. A time that no calendar holds is the epoch.
pub fn rfc3339(at: Millis) -> String {
    let at = i64::try_from(at)
        .ok()
        .and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    at.unwrap_or_default().to_string()
}
