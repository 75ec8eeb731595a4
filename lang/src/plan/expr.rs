//! Resolved expressions over the values of a run. Evaluation lives in the engine.

use super::StepIx;
use crate::ast::{BinaryOp, UnaryOp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// An expression. An absent value is JSON `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Expr {
    /// A constant; durations are milliseconds, sizes are bytes.
    Literal(Value),
    /// The input of the graph.
    Input,
    /// The value of a step; absent when it was skipped.
    Step(StepIx),
    /// A field; absent of an absent value.
    Field(Box<Expr>, String),
    /// A record. A field whose value is absent is left out.
    Record(BTreeMap<String, Expr>),
    /// A list.
    List(Vec<Expr>),
    /// Exactly these fields of a record, deeply for nested records: what a callee declares. Absent stays absent.
    Project(Box<Expr>, super::Type),
    /// An operator on one value.
    Unary(UnaryOp, Box<Expr>),
    /// An operator on two values. `??`, `and`, `or` look at their right side only when they need it.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// The value of a `when`: condition, then, else.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Whether a value is there; the condition of a `catch` value.
    Present(Box<Expr>),
}

impl Expr {
    /// Calls `see` for every step that the expression reads.
    pub fn each_step(&self, see: &mut impl FnMut(StepIx)) {
        match self {
            Expr::Literal(_) | Expr::Input => {}
            Expr::Step(ix) => see(*ix),
            Expr::Field(of, _) | Expr::Project(of, _) | Expr::Unary(_, of) | Expr::Present(of) => {
                of.each_step(see)
            }
            Expr::Record(fields) => fields.values().for_each(|value| value.each_step(see)),
            Expr::List(items) => items.iter().for_each(|item| item.each_step(see)),
            Expr::Binary(_, left, right) => {
                left.each_step(see);
                right.each_step(see);
            }
            Expr::If(cond, then, otherwise) => {
                cond.each_step(see);
                then.each_step(see);
                otherwise.each_step(see);
            }
        }
    }
}
