//! Waiting for the thing itself.

use flowd::clock::{Clock, SystemClock};
use std::time::Duration;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How long a test waits for what has to happen, in looks.
const LOOKS_MAX: u32 = 6_000;

/// Looks until there is something, and returns it.
///
/// # Panics
/// When there is nothing for a long time; `what` says what was waited for.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..LOOKS_MAX {
        if let Some(found) = look().await {
            return found;
        }
        SystemClock.sleep(LOOK_EVERY).await;
    }
    panic!("waited in vain for {what}");
}
