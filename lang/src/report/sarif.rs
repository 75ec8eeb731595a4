//! Findings as a SARIF log, the format in which services that look after code take them.

use super::{Code, Edit, Finding, Report, Severity, escape, together};
use crate::span::{SourceId, Sources, Span};
use serde_json::{Value, json};
use std::path::Path;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// One run of `flowc`, over one project or several.
#[derive(Clone, Debug, Default)]
pub struct Sarif {
    /// In the order in which they occur first: a result names its rule by its index, too.
    rules: Vec<Code>,
    results: Vec<Value>,
}

impl Sarif {
    /// Adds the findings of one project.
    pub fn add(&mut self, report: &Report, sources: &Sources) {
        for finding in &report.findings {
            let rule = self.rule(finding.code);
            self.results.push(result(finding, rule, sources));
        }
    }

    /// The log, of the `flowc` of this version.
    pub fn log(&self, version: &str) -> Value {
        json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "flowc",
                    "version": version,
                    "rules": self.rules.iter().map(|code| rule(*code)).collect::<Value>(),
                } },
                "columnKind": "unicodeCodePoints",
                "results": self.results,
            }],
        })
    }

    fn rule(&mut self, code: Code) -> usize {
        let known = self.rules.iter().position(|rule| *rule == code);
        known.unwrap_or_else(|| {
            self.rules.push(code);
            self.rules.len() - 1
        })
    }
}

fn rule(code: Code) -> Value {
    let info = code.info();
    let page = escape::text(info.page);
    json!({
        "id": info.id,
        "shortDescription": { "text": info.title },
        "fullDescription": { "text": part(&page, "\n\n", "\n\n## ") },
        "help": { "text": part(&page, "## What to do\n\n", "\n\n## "), "markdown": page },
        "defaultConfiguration": { "level": level(info.severity) },
    })
}

/// What stands in a page from the first `from` to the next `to`; the whole page without `from`.
fn part<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    let rest = page.split_once(from).map_or(page, |(_, rest)| rest);
    rest.split_once(to).map_or(rest, |(part, _)| part).trim_end()
}

fn result(finding: &Finding, rule: usize, sources: &Sources) -> Value {
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        text.push('\n');
        text.push_str(help);
    }
    let related = finding.labels.iter();
    let mut result = json!({
        "ruleId": finding.code.info().id,
        "ruleIndex": rule,
        "level": level(finding.severity),
        "message": message(&text),
        "locations": [location(finding.span, finding.label.as_deref(), sources)],
        "relatedLocations": related
            .map(|label| location(label.span, Some(&label.text), sources))
            .collect::<Value>(),
    });
    if let Some(help) = finding.help.as_ref().filter(|_| !finding.edits.is_empty()) {
        result["fixes"] =
            json!([{ "description": message(help), "artifactChanges": changes(finding, sources) }]);
    }
    result
}

/// What repairs the finding, by file.
fn changes(finding: &Finding, sources: &Sources) -> Value {
    let change = |(id, edits): (SourceId, Vec<&Edit>)| {
        let replacement = |edit: &Edit| {
            json!({
                "deletedRegion": region(edit.span, sources),
                "insertedContent": { "text": edit.text },
            })
        };
        json!({
            "artifactLocation": { "uri": uri(&sources.get(id).path) },
            "replacements": edits.into_iter().map(replacement).collect::<Value>(),
        })
    };
    together([finding]).into_iter().map(change).collect()
}

fn region(span: Span, sources: &Sources) -> Value {
    let (start, end) = (sources.start(span), sources.end(span));
    json!({
        "startLine": start.line, "startColumn": start.column,
        "endLine": end.line, "endColumn": end.column,
    })
}

fn location(span: Span, text: Option<&str>, sources: &Sources) -> Value {
    let mut location = json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(sources.path(span)) },
        "region": region(span, sources),
    } });
    if let Some(text) = text {
        location["message"] = message(text);
    }
    location
}

/// JSON hides control characters from nobody: who shows the message would print them.
fn message(text: &str) -> Value {
    json!({ "text": escape::text(text) })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A path as a reference: relative if the path is, so that it holds wherever the project lies.
fn uri(path: &Path) -> String {
    let mut uri = String::from(if path.is_absolute() { "file://" } else { "" });
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(*byte))
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests;
