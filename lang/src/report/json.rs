//! Findings as a JSON array, for programs.

use super::Report;
use crate::span::Sources;
use serde_json::{Value, json};

/// An array of `{ id, severity, message, help, file, line, column, end_line, end_column, labels }`.
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
            row["labels"] = finding
                .labels
                .iter()
                .map(|label| {
                    let mut row = place(label.span);
                    row["text"] = json!(label.text);
                    row
                })
                .collect();
            row
        })
        .collect()
}
