//! Findings as a JSON array, for programs.

use super::Report;
use crate::span::{Sources, Span};
use serde_json::{Value, json};

/// An array of `{ id, severity, message, help, file, line, column, end_line, end_column, labels, edits }`. Each label is
/// a place with a `text`; each edit is a place whose content becomes `text`. Nothing is left out, however many they are.
pub fn json(report: &Report, sources: &Sources) -> Value {
    let place = |span| {
        let (start, end) = (sources.start(span), sources.end(span));
        json!({
            "file": sources.path(span), "line": start.line, "column": start.column,
            "end_line": end.line, "end_column": end.column,
        })
    };
    report
        .findings
        .iter()
        .map(|finding| {
            let mut row = place(finding.span);
            row["id"] = json!(finding.code.info().id);
            row["severity"] = json!(finding.severity);
            row["message"] = json!(finding.message);
            row["help"] = json!(finding.help);
            let with_text = |(span, text): (Span, &String)| {
                let mut row = place(span);
                row["text"] = json!(text);
                row
            };
            let labels = finding.labels.iter().map(|label| (label.span, &label.text));
            row["labels"] = labels.map(with_text).collect();
            let edits = finding.edits.iter().map(|edit| (edit.span, &edit.text));
            row["edits"] = edits.map(with_text).collect();
            row
        })
        .collect()
}
