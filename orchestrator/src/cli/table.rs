//! Columns for people. Text of users is never sent to a terminal raw.

/// Rows under a head, columns as wide as their widest cell.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| plain(cell)).collect())
        .collect();
    let width = |column: usize| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count());
        cells.chain([head[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<_> = cells
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(&mut head.iter().copied())];
    lines.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
    lines.join("\n")
}

/// Text without control characters, which a terminal would obey.
pub(super) fn plain(text: &str) -> String {
    let safe = |c: char| {
        if (c.is_control() && c != '\t') || is_bidi(c) {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.chars().map(safe).collect()
}

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A time in milliseconds since the epoch, in UTC to the second.
pub(super) fn time(ms: Option<u64>) -> String {
    let stamp = ms.and_then(|ms| jiff::Timestamp::from_second(i64::try_from(ms / 1_000).ok()?).ok());
    stamp.map_or_else(|| "-".into(), |stamp| stamp.to_string())
}
