//! Characters that act on a terminal, or hide from its reader, are spelled out: `\u{1b}`.

use std::fmt::Write;

/// Escapes a text: newlines and tabs stay, a return before a newline goes. `replaced` hears of each character that
/// is not kept, as the offset behind it in the original and in the new text.
pub(super) fn escape(original: &str, mut replaced: impl FnMut(usize, usize)) -> String {
    let mut text = String::with_capacity(original.len());
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
        replaced(at + c.len_utf8(), text.len());
    }
    text
}

/// A message, which may have several lines, with everything spelled out that acts on a terminal or hides from its
/// reader.
pub fn text(original: &str) -> String {
    escape(original, |_, _| {})
}

/// Writes a character as source texts do.
pub(super) fn spell(out: &mut String, c: char) {
    write!(out, "\\u{{{:x}}}", u32::from(c)).expect("writing to a string does not fail");
}

/// Control characters, and the format characters that reorder, join or hide text.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xad | 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff
            | 0xfff9..=0xfffb | 0xe0000..=0xe007f)
}
