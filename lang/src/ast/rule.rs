//! Rules: on an event, run a graph.

use super::{Arg, Block, Expr, Ident, Property};
use crate::span::Span;

/// `rule NAME: on EVENT or EVENT if COND with { … } { … }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The events, joined by `or`.
    pub on: Vec<EventExpr>,
    /// `if cond`.
    pub filter: Option<Expr>,
    /// `with { … }`.
    pub properties: Vec<Property>,
    /// The graph.
    pub body: Block,
    /// `on failure(err) { … }`, the last in its braces.
    pub on_failure: Option<OnFailure>,
}

/// What happens when a run has failed.
#[derive(Clone, Debug, PartialEq)]
pub struct OnFailure {
    /// The name of the error.
    pub error: Ident,
    /// The steps.
    pub body: Block,
    /// The whole of it.
    pub span: Span,
}

/// `labelled(scan)`, `samples.grew(rows: 700, batch)`, `flow.deployed`.
#[derive(Clone, Debug, PartialEq)]
pub struct EventExpr {
    /// A trigger, dataset, model, job, rule, or the word `flow`.
    pub of: Ident,
    /// `.grew`.
    pub event: Option<Ident>,
    /// `rows: 700`: what is set. Only named arguments stand here.
    pub settings: Vec<Arg>,
    /// `(scan)`: the name that the event is bound to.
    pub binding: Option<Ident>,
    /// The whole event.
    pub span: Span,
}
