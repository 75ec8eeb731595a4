//! Literals, units already multiplied out.

use crate::span::Span;

/// A literal value.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `true`, `false`.
    Bool(bool),
    /// `12`.
    Int(i64),
    /// `0.95`, `1e-3`.
    Float(f64),
    /// `"text"`, escapes resolved.
    Text(String),
    /// `30s`, in milliseconds.
    Duration(u64),
    /// `256MiB`, in bytes.
    Size(u64),
    /// `40/min`.
    Rate(Rate),
    /// `10%`, as a share of one: 0.1.
    Percent(f64),
    /// `$40`, in cents.
    Money(u64),
}

/// So many in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// In how many milliseconds.
    pub per_ms: u64,
}

/// A rate with its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLiteral {
    /// The rate.
    pub rate: Rate,
    /// Where it stands.
    pub span: Span,
}
