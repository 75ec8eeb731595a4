//! What stands in a file: tokens and comments, each with the line breaks before it.

use crate::parse::layout::{Mark, Role};

/// A token or a comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'t> {
    pub(super) text: &'t str,
    pub(super) kind: Kind,
    /// Line breaks before it; two or more are an empty line.
    pub(super) breaks: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Token {
        role: Role,
        declares: bool,
    },
    /// `// …`, to the end of its line.
    Comment,
}

/// The tokens of `text` and the comments between them, in order.
pub(super) fn items<'t>(text: &'t str, marks: &[Mark]) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    let mut at = 0;
    for mark in marks {
        let breaks = comments(&text[at..mark.start], &mut items);
        items.push(Item {
            text: &text[mark.start..mark.end],
            kind: Kind::Token {
                role: mark.role,
                declares: mark.declares,
            },
            breaks,
        });
        at = mark.end;
    }
    comments(&text[at..], &mut items);
    items
}

/// Adds the comments of the blanks between two tokens; returns the line breaks after the last of them.
fn comments<'t>(blanks: &'t str, items: &mut Vec<Item<'t>>) -> usize {
    let mut breaks = 0;
    for (ix, line) in blanks.split('\n').enumerate() {
        if ix > 0 {
            breaks += 1;
        }
        if let Some(start) = line.find("//") {
            items.push(Item {
                text: line[start..].trim_end(),
                kind: Kind::Comment,
                breaks,
            });
            breaks = 0;
        }
    }
    breaks
}
