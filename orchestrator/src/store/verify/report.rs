//! What a verification found, in words.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// The most violations that are told; the others are counted.
pub const VIOLATIONS_MAX: usize = 100;

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Rows of the log that were read.
    pub rows: u64,
    /// What was checked, and how often.
    pub checked: BTreeMap<&'static str, u64>,
    /// What does not hold, in the order of the log; at most [`VIOLATIONS_MAX`].
    pub violations: Vec<Violation>,
    /// Violations beyond those.
    pub untold: u64,
}

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The invariant: `I1`, …
    pub invariant: &'static str,
    /// The row of the log that shows it.
    pub seq: Option<u64>,
    /// What is wrong.
    pub what: String,
}

impl VerifyReport {
    /// Whether everything holds.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    pub(super) fn add(&mut self, invariant: &'static str, seq: Option<u64>, what: String) {
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(Violation { invariant, seq, what });
        } else {
            self.untold += 1;
        }
    }

    /// Notes that something was looked at.
    pub(super) fn count(&mut self, what: &'static str) {
        *self.checked.entry(what).or_default() += 1;
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seq {
            Some(seq) => write!(f, "{} row {seq}: {}", self.invariant, self.what),
            None => write!(f, "{}: {}", self.invariant, self.what),
        }
    }
}

impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for violation in &self.violations {
            writeln!(f, "{violation}")?;
        }
        if self.untold > 0 {
            writeln!(f, "and {} more", self.untold)?;
        }
        write!(f, "{} rows of the log", self.rows)?;
        for (what, count) in &self.checked {
            write!(f, ", {count} {what}")?;
        }
        match self.violations.len() as u64 + self.untold {
            0 => write!(f, ": everything holds"),
            1 => write!(f, ": 1 violation"),
            n => write!(f, ": {n} violations"),
        }
    }
}
