//! Findings: the user's mistakes as data, collected and never thrown.

mod codes;
mod edit;
mod escape;
mod github;
mod json;
mod sarif;
mod short;

#[cfg(feature = "human")]
pub mod human;

pub use codes::{CODES, Code, CodeInfo};
pub use edit::{Edit, edited, together};
pub use escape::text as plain;
pub use github::github;
pub use json::json;
pub use sarif::Sarif;

use crate::span::Span;
use short::short;
use std::collections::BTreeSet;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The flow compiles all the same.
    Warning,
    /// No plan is made.
    Error,
}

impl Severity {
    /// `error` or `warning`.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// One thing that is wrong: the fact, where, why and what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Its rule.
    pub code: Code,
    /// How bad it is; the rule's own severity unless the finding lowers it.
    pub severity: Severity,
    /// The fact: lower case, no full stop, the user's words in backticks.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What stands under the span in the excerpt, if anything.
    pub label: Option<String>,
    /// Further places that belong to it.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// The same as changes of the text, if one thing is to be done. All of them together repair it.
    pub edits: Vec<Edit>,
}

/// A further place with what it has to do with the finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What.
    pub text: String,
}

impl Finding {
    /// A finding with its rule's own severity.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Finding {
        Finding {
            code,
            severity: code.info().severity,
            message: short(message.into()),
            span,
            label: None,
            labels: Vec::new(),
            help: None,
            edits: Vec::new(),
        }
    }

    /// Says what stands under the span.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Finding {
        self.label = Some(short(text.into()));
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Finding {
        self.labels.push(Label {
            span,
            text: short(text.into()),
        });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Finding {
        self.help = Some(short(text.into()));
        self
    }

    /// Adds a change that belongs to its repair: what stands in `span` becomes `text`.
    #[must_use]
    pub fn edit(mut self, span: Span, text: impl Into<String>) -> Finding {
        self.edits.push(Edit {
            span,
            text: text.into(),
        });
        self
    }

    /// It stands at a name that was meant to be `near`, and is repaired so.
    #[must_use]
    pub fn meant(self, near: &str) -> Finding {
        self.help(format!("did you mean `{near}`?")).becomes(near)
    }

    /// What it stands at is to be written as `text`, and is repaired so.
    #[must_use]
    pub fn write(self, text: impl Into<String>) -> Finding {
        let text = text.into();
        self.help(format!("write `{text}`")).becomes(text)
    }

    /// Its whole repair: what it stands at becomes `text`.
    #[must_use]
    pub fn becomes(mut self, text: impl Into<String>) -> Finding {
        self.edits.clear();
        let span = self.span;
        self.edit(span, text)
    }

    /// Makes it a warning.
    #[must_use]
    pub fn warning(mut self) -> Finding {
        self.severity = Severity::Warning;
        self
    }
}

/// All findings of one compilation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order in which they were found; [`Report::sorted`] puts them in reading order.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Adds a finding.
    pub fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Whether anything is an error.
    pub fn has_errors(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }

    /// In the order of the files and the places in them, without exact doubles.
    #[must_use]
    pub fn sorted(self) -> Report {
        let mut seen = BTreeSet::new();
        let fresh = |finding: &Finding| seen.insert(finding.clone());
        let mut findings: Vec<_> = self.findings.into_iter().filter(fresh).collect();
        findings.sort_by_key(|finding| (finding.span, finding.code.info().id));
        Report { findings }
    }
}
