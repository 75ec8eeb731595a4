//! A source text that is safe to print, and where its places have gone.

use crate::report::escape::{escape, text};

/// A text to print, with the way from offsets of the original to its own.
pub(super) struct Escaped {
    pub(super) text: String,
    /// For each replaced character: the offset behind it, in the original and here.
    behind: Vec<(usize, usize)>,
}

impl Escaped {
    pub(super) fn new(original: &str) -> Escaped {
        let mut behind = Vec::new();
        let text = escape(original, |from, to| behind.push((from, to)));
        Escaped { text, behind }
    }

    /// Where a character of the original stands here.
    pub(super) fn offset(&self, original: usize) -> usize {
        let passed = self.behind.partition_point(|(from, _)| *from <= original);
        match passed.checked_sub(1) {
            None => original.min(self.text.len()),
            Some(last) => {
                let (from, to) = self.behind[last];
                (to + original - from).min(self.text.len())
            }
        }
    }
}

/// A path or a label: one line.
pub(super) fn line(original: &str) -> String {
    text(original).replace(['\n', '\t'], " ")
}
