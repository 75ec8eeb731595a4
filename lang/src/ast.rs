//! What was written: one tree for each file, every node with its span.
//!
//! Nothing is resolved here. Names are text, units are numbers, and a construct has the same file name in
//! `ast/`, `parse/` and the compiler's `lower/`.

mod decl;
mod expr;
mod literal;
mod property;
mod rule;
mod test;
mod types;
mod uses;

pub use decl::*;
pub use expr::*;
pub use literal::*;
pub use property::*;
pub use rule::*;
pub use test::*;
pub use types::*;
pub use uses::*;

use crate::span::Span;

/// A name with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    /// The name itself.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

/// One parsed file: those declarations that could be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// The name after `flow`, if the file has one.
    pub flow: Option<Ident>,
    /// The declarations in the order of the file.
    pub decls: Vec<Decl>,
    /// What it takes over from other projects.
    pub uses: Vec<Use>,
    /// Its tests; they are no part of the plan.
    pub tests: Vec<Test>,
    /// The names of declarations that could not be read. A use of one is no mistake of its own.
    pub unread: Vec<Ident>,
}
