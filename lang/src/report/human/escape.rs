//! Characters that act on a terminal, or hide from its reader, are spelled out: `\u{1b}`.

use std::fmt::Write;

/// A text to print, with the way from offsets of the original to its own.
pub(super) struct Escaped {
    pub(super) text: String,
    /// For each replaced character: the offset behind it, in the original and here.
    behind: Vec<(usize, usize)>,
}

impl Escaped {
    /// Escapes a source text: newlines and tabs stay, a return before a newline goes.
    pub(super) fn new(original: &str) -> Escaped {
        let mut text = String::with_capacity(original.len());
        let mut behind = Vec::new();
        let mut chars = original.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let before_newline = chars.peek().is_some_and(|(_, next)| *next == '\n');
            if matches!(c, '\n' | '\t') || !is_unsafe(c) {
                text.push(c);
                continue;
            }
            if !(c == '\r' && before_newline) {
                spell(&mut text, c);
            }
            behind.push((at + c.len_utf8(), text.len()));
        }
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

/// A message, which may have several lines.
pub(super) fn text(original: &str) -> String {
    Escaped::new(original).text
}

/// A path or a label: one line.
pub(super) fn line(original: &str) -> String {
    text(original).replace(['\n', '\t'], " ")
}

fn spell(out: &mut String, c: char) {
    write!(out, "\\u{{{:x}}}", u32::from(c)).expect("writing to a string does not fail");
}

/// Control characters, and the format characters that reorder, join or hide text.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xad | 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff
            | 0xfff9..=0xfffb | 0xe0000..=0xe007f)
}
