//! Times on the command line: so long ago, or a point in time.

use super::duration;
use flow_engine::Millis;
use std::time::Duration;

/// A time that a command was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// So long before now.
    Ago(Duration),
    /// Milliseconds since 1970.
    At(Millis),
}

impl Moment {
    /// `30m`, `7d`, or `2026-11-28T21:00:00Z`.
    ///
    /// # Errors
    /// Why it is none of them.
    pub fn parse(text: &str) -> Result<Moment, String> {
        if let Ok(at) = text.parse::<jiff::Timestamp>() {
            let at = u64::try_from(at.as_millisecond()).map_err(|_| format!("`{text}` is before 1970"))?;
            return Ok(Moment::At(at));
        }
        let ago = duration(text).map_err(|_| {
            format!(
                "`{text}` is neither so long ago, such as 30m or 7d, nor a time such as 2026-11-28T21:00:00Z"
            )
        })?;
        Ok(Moment::Ago(ago))
    }

    /// Milliseconds since 1970, as a query has it.
    pub(super) fn at(self, now: Millis) -> String {
        let at = match self {
            Moment::Ago(ago) => now.saturating_sub(u64::try_from(ago.as_millis()).unwrap_or(u64::MAX)),
            Moment::At(at) => at,
        };
        at.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn a_moment_is_so_long_ago_or_a_point_in_time() {
        let now = 10 * 86_400_000;
        for (text, at) in [
            ("7d", "259200000"),
            ("30m", "862200000"),
            ("1970-01-01T00:00:01Z", "1000"),
            ("100d", "0"),
        ] {
            assert_eq!(Moment::parse(text).expect("a moment").at(now), at, "{text}");
        }
        for text in ["yesterday", "7", "", "1969-01-01T00:00:00Z"] {
            assert!(Moment::parse(text).is_err(), "{text}");
        }
    }
}
