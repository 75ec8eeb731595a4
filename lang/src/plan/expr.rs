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
    /// The item that the body of this `Op::Each` step is walked for.
    Item(StepIx),
    /// The first of the items of a list whose number in this field is the greatest, or the least; absent in an empty
    /// list.
    Best {
        /// A list of records.
        of: Box<Expr>,
        /// A field that is a number.
        by: String,
        /// The least number wins.
        least: bool,
    },
}

impl Expr {
    /// Calls `see` for every step that the expression reads.
    pub fn each_step(&self, see: &mut impl FnMut(StepIx)) {
        self.each_part(&mut |part| {
            if let Expr::Step(ix) = part {
                see(*ix);
            }
        });
    }

    /// Calls `see` for every `Op::Each` step whose item the expression reads.
    pub fn each_item(&self, see: &mut impl FnMut(StepIx)) {
        self.each_part(&mut |part| {
            if let Expr::Item(ix) = part {
                see(*ix);
            }
        });
    }

    /// Calls `see` for the expression and for all that it is made of.
    fn each_part<'e>(&'e self, see: &mut impl FnMut(&'e Expr)) {
        see(self);
        match self {
            Expr::Literal(_) | Expr::Input | Expr::Step(_) | Expr::Item(_) => {}
            Expr::Field(of, _)
            | Expr::Project(of, _)
            | Expr::Unary(_, of)
            | Expr::Present(of)
            | Expr::Best { of, .. } => of.each_part(see),
            Expr::Record(fields) => fields.values().for_each(|value| value.each_part(see)),
            Expr::List(items) => items.iter().for_each(|item| item.each_part(see)),
            Expr::Binary(_, left, right) => {
                left.each_part(see);
                right.each_part(see);
            }
            Expr::If(cond, then, otherwise) => {
                cond.each_part(see);
                then.each_part(see);
                otherwise.each_part(see);
            }
        }
    }
}
