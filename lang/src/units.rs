//! Quantities for people: `90s`, `256 MiB`, `40/s`.

use crate::ast::Rate;

/// A number of milliseconds as people write it: `1500ms`, `90s`, `5m`, `2h`, `365d`.
pub fn duration(ms: u64) -> String {
    let steps = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    match steps
        .into_iter()
        .find(|(unit, _)| ms >= *unit && ms.is_multiple_of(*unit))
    {
        Some((unit, name)) => format!("{}{name}", ms / unit),
        None => format!("{ms}ms"),
    }
}

/// Reads `1500ms`, `90s`, `5m`, `5min`, `2h`, `365d` as milliseconds.
pub fn read_duration(text: &str) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(ms)
}

/// The unit of time that is left out most: other platforms count in milliseconds, people in seconds.
pub fn duration_unit(number: &str) -> &'static str {
    match number.parse::<f64>() {
        Ok(value) if value >= 1_000.0 => "ms",
        Ok(_) | Err(_) => "s",
    }
}

/// The unit of size that is left out most: MiB, unless the number has to be one of bytes.
pub fn size_unit(number: &str) -> &'static str {
    match number.parse::<f64>() {
        Ok(value) if value >= 65_536.0 => "B",
        Ok(_) | Err(_) => "MiB",
    }
}

/// A number of bytes as people write it: `64B`, `1KiB`, `1.5MiB`, `1MB`.
pub fn size(bytes: u64) -> String {
    let steps = [
        (1 << 30, "GiB"),
        (1_000_000_000, "GB"),
        (1 << 20, "MiB"),
        (1_000_000, "MB"),
        (1 << 10, "KiB"),
        (1_000, "kB"),
    ];
    if let Some((unit, name)) = steps
        .into_iter()
        .find(|(unit, _)| (1..1024).contains(&(bytes / unit)) && bytes.is_multiple_of(*unit))
    {
        return format!("{}{name}", bytes / unit);
    }
    match steps
        .into_iter()
        .find(|(unit, name)| bytes >= *unit && name.contains('i'))
    {
        Some((unit, name)) => format!("{:.1}{name}", bytes as f64 / unit as f64),
        None => format!("{bytes}B"),
    }
}

/// As [`size`], but what would be rounded to a whole number is told in bytes: beside a limit they would look alike.
pub fn exact_size(bytes: u64) -> String {
    let shown = size(bytes);
    match shown.contains(".0") {
        true => format!("{bytes}B"),
        false => shown,
    }
}

/// A rate as people write it: `40/s`, `10/h`, `1/6h`.
pub fn rate(rate: Rate) -> String {
    let period = duration(rate.per_ms);
    format!(
        "{}/{}",
        rate.count,
        period
            .strip_prefix('1')
            .filter(|rest| rest.starts_with(char::is_alphabetic))
            .unwrap_or(&period)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        for ms in [0, 1_500, 90_000, 300_000, 7_200_000, 31_536_000_000] {
            assert_eq!(read_duration(&duration(ms)), Some(ms));
        }
        for text in ["", "5", "s", "5 s", "-5s", "5sec", "99999999999999999999d"] {
            assert_eq!(read_duration(text), None, "{text}");
        }
    }

    #[test]
    fn quantities_read_as_people_write_them() {
        assert_eq!(duration(90_000), "90s");
        assert_eq!(duration(300_000), "5m");
        assert_eq!(duration(1_500), "1500ms");
        assert_eq!(size(1 << 20), "1MiB");
        assert_eq!(size(1_000_000), "1MB");
        assert_eq!(size(1_600_000), "1.5MiB");
        assert_eq!(
            rate(Rate {
                count: 40,
                per_ms: 1_000
            }),
            "40/s"
        );
        assert_eq!(
            rate(Rate {
                count: 1,
                per_ms: 21_600_000
            }),
            "1/6h"
        );
    }
}
