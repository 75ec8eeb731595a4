//! Names as a plan holds them. They become parts of files' names, so their letters and their length are bounded.

/// The most bytes of the name of a declaration or a field.
pub const NAME_MAX: usize = 128;
/// The most bytes of the name of a step: with a try and an ending it still names a file.
pub const STEP_NAME_MAX: usize = 240;

/// Whether a text is a word of the language: letters, digits and `_`, no digit first.
pub(super) fn is_word(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.len() <= NAME_MAX
        && text.starts_with(letter)
        && text.chars().all(|c| letter(c) || c.is_ascii_digit())
}

/// Whether a text can name a step: words with a `.` between them, one for each `prepare` that it came from.
pub(super) fn is_step_name(text: &str) -> bool {
    text.len() <= STEP_NAME_MAX && text.split('.').all(is_word)
}
