//! Tests: what is given, what is fired, and what is expected of it.

use super::{Arg, Expr, Ident};
use crate::span::Span;

/// `test "a weak candidate is never deployed" { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What it promises, without quotes.
    pub name: Ident,
    /// Its lines in order.
    pub lines: Vec<TestLine>,
}

/// One line of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestLine {
    /// The whole line.
    pub span: Span,
    /// What it says.
    pub kind: TestLineKind,
}

/// What a line of a test says.
#[derive(Clone, Debug, PartialEq)]
pub enum TestLineKind {
    /// `given samples has 700 rows`.
    GivenRows {
        /// The dataset.
        dataset: Ident,
        /// How many rows.
        rows: u64,
    },
    /// `given evaluate returns { accuracy: 0.80 }`.
    GivenReturns {
        /// An action or a model.
        of: Ident,
        /// A record of literals.
        value: Expr,
    },
    /// `given fit fails "timeout"`.
    GivenFails {
        /// An action, a job, a train or a model.
        of: Ident,
        /// A kind of failure, without quotes.
        kind: Ident,
    },
    /// `fire nightly`, `fire asked({ digit: 3 })`.
    Fire {
        /// The trigger.
        trigger: Ident,
        /// Its event; the empty one when nothing is written.
        args: Vec<Arg>,
    },
    /// `expect notify called 1 times`.
    ExpectCalled {
        /// An action, a job, a train or a model.
        of: Ident,
        /// How often.
        times: u64,
    },
    /// `expect samples has 3 rows`.
    ExpectRows {
        /// The dataset.
        dataset: Ident,
        /// How many rows.
        rows: u64,
    },
    /// `expect no deploy`.
    ExpectNoDeploy,
    /// `expect deploy to digits`.
    ExpectDeploy {
        /// The model.
        model: Ident,
    },
    /// `expect run succeeded`, `expect run failed`.
    ExpectRun {
        /// Whether it failed.
        failed: bool,
    },
}
