//! Properties: `name: value` in the braces of a declaration or after `with`.

use super::{Expr, Field, Ident};
use crate::span::Span;

/// One property.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Its name.
    pub name: Ident,
    /// Its value.
    pub value: PropertyValue,
    /// Where the value stands.
    pub span: Span,
}

/// A property's value. Which form a property takes is fixed by its name in the grammar.
#[derive(Clone, Debug, PartialEq)]
pub enum PropertyValue {
    /// Anything that is an expression.
    Value(Expr),
    /// `0..8` (`scale`).
    Range(i64, i64),
    /// `{ loss: float }` (`reports`).
    RecordType(Vec<Field>),
    /// A bare word (`overlap: queue`).
    Word(String),
    /// `10% for 15m then …` (`canary`) and the condition of `rollback`: the text of what can be written and is not
    /// enforced yet.
    Unsupported(String),
}
