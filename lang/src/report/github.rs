//! Findings as commands to a workflow of GitHub, which shows them beside the lines of a change.

use super::{Finding, Report, escape};
use crate::span::{Sources, Span};
use std::fmt::Write;

/// One line for each finding: `::error file=a.flow,line=3,col=7,endLine=3,endColumn=9,title=ID::message`.
pub fn github(report: &Report, sources: &Sources) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let severity = finding.severity.word();
        let place = place(finding.span, sources);
        let title = property(finding.code.info().id);
        let message = data(&message(finding, sources));
        writeln!(out, "::{severity} {place},title={title}::{message}")
            .expect("writing to a string does not fail");
    }
    out
}

fn place(span: Span, sources: &Sources) -> String {
    let file = property(&sources.path(span).display().to_string());
    let (start, end) = (sources.start(span), sources.end(span));
    match start.line == end.line {
        true => format!(
            "file={file},line={},col={},endLine={},endColumn={}",
            start.line, start.column, end.line, end.column
        ),
        // GitHub takes columns within one line only.
        false => format!("file={file},line={},endLine={}", start.line, end.line),
    }
}

/// The fact, what to do, and further places: an annotation shows no excerpt that could mark them.
fn message(finding: &Finding, sources: &Sources) -> String {
    let mut lines = vec![finding.message.clone()];
    lines.extend(finding.help.clone());
    for label in &finding.labels {
        let (path, at) = (sources.path(label.span).display(), sources.start(label.span));
        lines.push(format!("{path}:{}:{}: {}", at.line, at.column, label.text));
    }
    lines.join("\n")
}

/// What stands behind the second `::`.
fn data(text: &str) -> String {
    encode(text, &['%', '\r', '\n'])
}

/// What stands behind a `=`.
fn property(text: &str) -> String {
    encode(text, &['%', '\r', '\n', ':', ','])
}

/// GitHub decodes these characters and no others, so the rest of what cannot be seen is spelled out.
fn encode(text: &str, decoded: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if decoded.contains(&c) {
            write!(out, "%{:02X}", u32::from(c)).expect("writing to a string does not fail");
        } else if escape::is_unsafe(c) {
            escape::spell(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests;
