//! One style for all flows: the tokens and the comments of a file stay what they are, the blanks between them are
//! set anew.
//!
//! Lines stay where their writer broke them, so that a long call keeps its shape. What is decided here: indentation
//! by open brackets, one blank between tokens or none, at most one empty line, a declaration on a line of its own, and
//! columns for the values of neighbouring properties and for comments at the end of neighbouring lines.

mod columns;
mod items;
mod lines;
mod space;

use crate::parse::layout;
use crate::report::Finding;
use crate::span::SourceId;

/// The text of a file in the one style.
///
/// # Errors
/// What is wrong with its syntax: such a file stays as it is.
pub fn format(source: SourceId, text: &str) -> Result<String, Vec<Finding>> {
    match layout::layout(text) {
        Some(marks) => Ok(columns::align(lines::lines(&items::items(text, &marks)))),
        None => Err(layout::mistakes(source, text)),
    }
}

#[cfg(test)]
mod tests;
