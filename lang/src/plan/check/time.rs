//! The text of a `time`: RFC 3339 in UTC, in one form, so that texts compare as times do and have a bound.

/// The longest `2030-01-31T08:00:00.123456789Z` in bytes.
pub(in crate::plan) const TIME_BYTES_MAX: u64 = 30;

const DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Whether a text is `YYYY-MM-DDThh:mm:ss[.fraction]Z` with a day that exists and a fraction of 1 to 9 digits.
pub(super) fn is_utc(text: &str) -> bool {
    let Some((seconds, rest)) = text.split_at_checked(19) else {
        return false;
    };
    let shape = seconds.bytes().zip(*b"0000-00-00T00:00:00").all(|(is, form)| {
        if form == b'0' {
            is.is_ascii_digit()
        } else {
            is == form
        }
    });
    if !shape {
        return false;
    }
    let part = |from: usize, to: usize| seconds[from..to].parse::<u32>().unwrap_or(u32::MAX);
    let (year, month, day) = (part(0, 4), part(5, 7), part(8, 10));
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        1..=12 => DAYS[month as usize - 1],
        _ => 0,
    };
    let fraction = match rest.strip_suffix('Z') {
        Some("") => true,
        Some(rest) => rest.strip_prefix('.').is_some_and(|digits| {
            (1..=9).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
        }),
        None => false,
    };
    fraction && (1..=days).contains(&day) && part(11, 13) < 24 && part(14, 16) < 60 && part(17, 19) < 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_times_in_utc_that_exist_pass() {
        let good = [
            "2030-01-31T08:00:00Z",
            "2028-02-29T23:59:59.123456789Z",
            "2000-02-29T00:00:00.0Z",
        ];
        let bad = [
            "",
            "2030-01-31",
            "2030-01-31T08:00:00",
            "2030-01-31T08:00:00+00:00",
            "2030-01-31t08:00:00z",
            "2030-02-29T08:00:00Z",
            "1900-02-29T08:00:00Z",
            "2030-13-01T08:00:00Z",
            "2030-00-01T08:00:00Z",
            "2030-01-00T08:00:00Z",
            "2030-01-31T24:00:00Z",
            "2030-01-31T08:60:00Z",
            "2030-01-31T08:00:60Z",
            "2030-01-31T08:00:00.Z",
            "2030-01-31T08:00:00.1234567890Z",
            "2030-01-31T08:00:0éZ",
        ];
        for text in good {
            assert!(is_utc(text), "{text}");
            assert!(text.len() as u64 <= TIME_BYTES_MAX);
        }
        for text in bad {
            assert!(!is_utc(text), "{text}");
        }
    }
}
