//! Time, as a parameter: the only place that reads the machine's clock.

use flow_engine::Millis;
use std::time::Duration;

/// Where time comes from.
#[async_trait::async_trait]
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now(&self) -> Millis;

    /// Returns when `duration` has passed.
    async fn sleep(&self, duration: Duration);
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

    #[expect(clippy::disallowed_methods, reason = "this is the one place that sleeps")]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A fresh id, a UUID v7: later ids sort after earlier ones.
pub fn new_id(clock: &dyn Clock) -> String {
    let now = clock.now();
    let nanos = u32::try_from(now % 1_000 * 1_000_000).expect("under a second");
    uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, now / 1_000, nanos)).to_string()
}

/// A time as flows and people read it: RFC 3339 in UTC. A time that no calendar holds is the epoch.
pub fn rfc3339(at: Millis) -> String {
    let at = i64::try_from(at)
        .ok()
        .and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
    at.unwrap_or_default().to_string()
}
