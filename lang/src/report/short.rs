//! Words of the user that nobody would read to their end are told without their middle.

use std::borrow::Cow;

/// The bytes of the longest word, or what is between two words, that is told whole.
const WHOLE_MAX: usize = 400;

/// The bytes that are told of the beginning and of the end of a longer one.
const BEGINNING: usize = 300;
const END: usize = 60;

/// A message in which each word between backticks can be read.
pub(super) fn short(message: String) -> String {
    if message.len() <= WHOLE_MAX {
        return message;
    }
    let parts: Vec<_> = message.split('`').map(shortened).collect();
    parts.join("`")
}

fn shortened(part: &str) -> Cow<'_, str> {
    if part.len() <= WHOLE_MAX {
        return Cow::Borrowed(part);
    }
    let beginning = &part[..part.floor_char_boundary(BEGINNING)];
    let end = &part[part.ceil_char_boundary(part.len() - END)..];
    Cow::Owned(format!("{beginning} … {end}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_too_long_loses_its_middle() {
        let word = "é".repeat(100_000);
        let message = short(format!("`a` is `{word}z`, expected `b`"));
        assert!(message.starts_with("`a` is `éé"), "{message}");
        assert!(message.contains(" … ") && message.len() < WHOLE_MAX, "{message}");
        assert!(message.ends_with("éz`, expected `b`"), "{message}");
        let many = "`word` ".repeat(1_000);
        assert_eq!(short(many.clone()), many);
    }
}
