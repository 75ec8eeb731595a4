//! The grammar of Flow, written for pest in `flow.pest` beside this crate's manifest, and nothing else.
//!
//! [`FlowParser`] reads one declaration ([`Rule::declaration`]) and gives pest's pairs; `flow-lang` cuts a file into
//! declarations, builds the syntax tree and words the errors.

// pest generates `Rule` from the grammar, whose comments are the documentation.
#![allow(missing_docs)]

/// The generated parser.
#[derive(pest_derive::Parser)]
#[grammar = "../flow.pest"]
pub struct FlowParser;
