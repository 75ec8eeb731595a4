//! All properties in one table of Markdown.

use crate::types::properties::{ACTION, DATASET, Default, INFER, JOB, Kind, MODEL, RULE, Row, TRAIN, Table};
use flow_lang::units;
use std::fmt::Write;

/// In the order of the manual; with a table that has most of the rows already.
const TABLES: [(&Table, Option<&Table>); 7] = [
    (&ACTION, None),
    (&JOB, None),
    (&TRAIN, Some(&JOB)),
    (&MODEL, None),
    (&DATASET, None),
    (&INFER, None),
    (&RULE, None),
];

/// A row for each property of each construct.
pub(super) fn table() -> String {
    let mut text = String::from("| of | property | is | when not written |\n| --- | --- | --- | --- |\n");
    let mut line = |of: &str, property: &str, is: &str, otherwise: &str| {
        writeln!(text, "| `{of}` | {property} | {is} | {otherwise} |")
            .expect("writing into a string cannot fail");
    };
    for (table, base) in TABLES {
        let inherited = |name: &str| base.is_some_and(|base| base.rows.iter().any(|row| row.name == name));
        if let Some(base) = base {
            line(table.of, "all", &format!("as of `{}`", base.of), "");
        }
        for row in table.rows.iter().filter(|row| !inherited(row.name)) {
            let (what, example) = row.kind.words();
            let is = match row.kind {
                Kind::Word(_) => what,
                Kind::Text
                | Kind::Texts
                | Kind::Names
                | Kind::Size
                | Kind::Duration
                | Kind::Count(_)
                | Kind::Bool
                | Kind::Rate
                | Kind::Range
                | Kind::RecordType
                | Kind::Endpoints
                | Kind::Record => format!("{what}, `{example}`"),
            };
            line(table.of, &format!("`{}`", row.name), &is, &otherwise(row));
        }
        let known = base.map_or(&[][..], |base| base.not_yet);
        let later: Vec<_> = table
            .not_yet
            .iter()
            .filter(|name| !known.contains(name))
            .copied()
            .collect();
        if !later.is_empty() {
            let names = format!("`{}`", later.join("`, `"));
            line(table.of, &names, "not enforced yet", "");
        }
    }
    text
}

fn otherwise(row: &Row) -> String {
    match (row.default, row.kind) {
        (Default::Required, _) => "it must be".to_owned(),
        (Default::Absent, _) => String::new(),
        (Default::Number(bytes), Kind::Size) => units::size(bytes),
        (Default::Number(ms), Kind::Duration) => units::duration(ms),
        (Default::Number(number), _) => number.to_string(),
        (Default::Range(least, most), _) => format!("{least}..{most}"),
    }
}
