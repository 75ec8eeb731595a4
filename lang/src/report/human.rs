//! Findings for people: each with an excerpt of its source, and a count at the end.
//!
//! Everything that comes from a source file goes through `escape`, so that a text cannot steer the terminal
//! of whoever compiles it.

mod escaped;
mod excerpt;

use super::{Finding, Report, Severity, escape};
use crate::span::{SourceId, Sources, Span};
use escaped::Escaped;
use excerpt::{Excerpt, Located};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use std::collections::BTreeMap;
use std::fmt::{self, Display, Write};

/// The narrowest text that still reads.
const WIDTH_MIN: usize = 40;

/// How many findings are shown; the rest is counted.
const SHOWN_MAX: usize = 100;

/// What the reader's terminal can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether colours may be used.
    pub colour: bool,
    /// Columns.
    pub width: usize,
}

/// The findings in the order of the report, with a footer; nothing for a report without findings. Of very many the
/// first ones are shown, errors before warnings.
pub fn render(report: &Report, sources: &Sources, style: Style) -> String {
    let theme = match style.colour {
        true => GraphicalTheme::unicode(),
        false => GraphicalTheme::unicode_nocolor(),
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(style.width.max(WIDTH_MIN))
        .with_break_words(false);
    let mut texts = BTreeMap::new();
    let mut out = String::new();
    for finding in shown(report) {
        let text = texts
            .entry(finding.span.source)
            .or_insert_with(|| Text::new(sources, finding.span.source));
        let shown = Shown::new(finding, sources, text);
        handler
            .render_report(&mut out, &shown)
            .expect("writing to a string does not fail");
        out.push('\n');
    }
    if !report.findings.is_empty() {
        let repaired = report.findings.iter().filter(|finding| !finding.edits.is_empty());
        let fix = match repaired.count() {
            0 => String::new(),
            n => format!(", `flowc check --fix` repairs {n}"),
        };
        let left = report.findings.len().saturating_sub(SHOWN_MAX);
        let counted = match left {
            0 => String::new(),
            left => format!(" ({left} are not shown)"),
        };
        let _ = writeln!(
            out,
            "{}{counted}; `flowc explain ID` says more about each{fix}",
            tally(report)
        );
    }
    out
}

/// The findings that are shown, in the order of the report.
fn shown(report: &Report) -> impl Iterator<Item = &Finding> {
    let is_error = |finding: &&Finding| finding.severity == Severity::Error;
    let errors = report.findings.iter().filter(is_error).count();
    let (mut errors, mut warnings) = (errors.min(SHOWN_MAX), SHOWN_MAX.saturating_sub(errors));
    report.findings.iter().filter(move |finding| {
        let left = match finding.severity {
            Severity::Error => &mut errors,
            Severity::Warning => &mut warnings,
        };
        let room = *left > 0;
        *left = left.saturating_sub(1);
        room
    })
}

/// `2 errors, 1 warning`; `clean` without either.
pub fn tally(report: &Report) -> String {
    let parts: Vec<_> = [Severity::Error, Severity::Warning]
        .into_iter()
        .filter_map(|severity| {
            let word = severity.word();
            let same = |finding: &&Finding| finding.severity == severity;
            match report.findings.iter().filter(same).count() {
                0 => None,
                1 => Some(format!("1 {word}")),
                n => Some(format!("{n} {word}s")),
            }
        })
        .collect();
    match parts.is_empty() {
        true => "clean".into(),
        false => parts.join(", "),
    }
}

/// A source file that is safe to print.
struct Text {
    source: Excerpt,
    escaped: Escaped,
}

impl Text {
    fn new(sources: &Sources, id: SourceId) -> Text {
        let file = sources.get(id);
        let escaped = Escaped::new(&file.text);
        let path = escaped::line(&file.path.display().to_string());
        Text {
            source: Excerpt::new(path, escaped.text.clone()),
            escaped,
        }
    }

    fn label(&self, span: Span, text: Option<&str>, primary: bool) -> LabeledSpan {
        let start = self.escaped.offset(span.start as usize);
        let end = self.escaped.offset(span.end as usize);
        let range = (start, self.source.marked_end(start, end) - start);
        let text = text.map(escaped::line);
        match primary {
            true => LabeledSpan::new_primary_with_span(text, range),
            false => LabeledSpan::new_with_span(text, range),
        }
    }
}

/// A finding in the form that miette draws.
struct Shown<'a> {
    finding: &'a Finding,
    text: &'a Text,
    source: Located<'a>,
    message: String,
    help: Option<String>,
}

impl<'a> Shown<'a> {
    fn new(finding: &'a Finding, sources: &Sources, text: &'a Text) -> Shown<'a> {
        let mut help: Vec<_> = finding.help.iter().map(|help| escape::text(help)).collect();
        // An excerpt shows one file; places in others are named below it.
        for label in &finding.labels {
            if label.span.source != finding.span.source {
                let place = sources.start(label.span);
                let path = sources.path(label.span).display();
                help.push(escaped::line(&format!(
                    "{path}:{}:{}: {}",
                    place.line, place.column, label.text
                )));
            }
        }
        if let Some(count) = text
            .source
            .too_long(text.escaped.offset(finding.span.start as usize))
        {
            let line = sources.start(finding.span).line;
            help.push(format!(
                "line {line} has {count} characters; those around the place are shown"
            ));
        }
        let labels = finding.labels.iter().map(|label| label.span);
        let places = std::iter::once(finding.span)
            .chain(labels.filter(|span| span.source == finding.span.source))
            .map(|span| {
                let place = sources.start(span);
                let (line, column) = (place.line as usize, place.column as usize);
                (text.escaped.offset(span.start as usize), line, column)
            });
        Shown {
            finding,
            text,
            source: Located::new(&text.source, places.collect()),
            message: escape::text(&finding.message),
            help: (!help.is_empty()).then(|| help.join("\n")),
        }
    }
}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.finding.code.info().id))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let finding = self.finding;
        let first = self.text.label(finding.span, finding.label.as_deref(), true);
        let others = finding
            .labels
            .iter()
            .filter(|label| label.span.source == finding.span.source)
            .map(|label| self.text.label(label.span, Some(&label.text), false));
        Some(Box::new(std::iter::once(first).chain(others)))
    }
}

impl Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, out)
    }
}

impl std::error::Error for Shown<'_> {}

#[cfg(test)]
mod tests;
