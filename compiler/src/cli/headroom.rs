//! `flowc check --headroom`: how much of each limit is in use, as a table or as data.

use crate::headroom::{Headroom, Row};
use flow_lang::span::Sources;
use serde_json::{Value, json};

/// A table for people.
pub(super) fn table(headroom: &Headroom) -> String {
    let cells: Vec<_> = headroom.rows.iter().map(cells).collect();
    let width = |column: usize| {
        let widths = cells.iter().map(|cells| cells[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let (limit, used, allowed) = (width(1), width(2), width(3));
    let mut text = format!("{} ({})\n", headroom.env, headroom.platform);
    for [share, name, most, of, what] in &cells {
        text += &format!("{share:>9}  {name:<limit$}  {most:>used$} of {of:<allowed$}  {what}\n");
    }
    for (model, rows) in &headroom.batches {
        text += &match rows {
            Some(rows) => format!("           a call of `{model}` carries {rows} rows, whatever they are\n"),
            None => {
                format!("           how many rows a call of `{model}` carries is not proved\n")
            }
        };
    }
    text
}

fn cells(row: &Row) -> [String; 5] {
    let share = row
        .percent()
        .map_or("unproved".to_owned(), |percent| format!("{percent} %"));
    let used = row.used.map_or("any size".to_owned(), |used| row.unit.show(used));
    let mostly = row.mostly.as_ref();
    let mostly = mostly.map(|mostly| format!(": {mostly}")).unwrap_or_default();
    [
        share,
        row.limit.name().to_owned(),
        used,
        row.unit.show(row.allowed),
        format!("{}{mostly}", row.of),
    ]
}

/// The rows as data.
pub(super) fn json(headroom: &Headroom, sources: &Sources) -> Value {
    let row = |row: &Row| {
        let at = sources.start(row.span);
        json!({
            "limit": row.limit.name(),
            "of": row.of,
            "used": row.used,
            "allowed": row.allowed,
            "unit": row.unit.name(),
            "percent": row.percent(),
            "mostly": row.mostly,
            "file": sources.path(row.span),
            "line": at.line,
        })
    };
    let batch = |(model, rows): &(String, Option<u64>)| json!({ "model": model, "rows": rows });
    json!({
        "env": headroom.env,
        "platform": headroom.platform,
        "limits": headroom.rows.iter().map(row).collect::<Value>(),
        "batches": headroom.batches.iter().map(batch).collect::<Value>(),
    })
}
