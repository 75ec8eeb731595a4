//! What other languages and word processors write where this language writes something else.

use std::ops::Range;

/// How many characters a quoted text may have: each quote that opens is looked after, so the work has to be bounded.
const QUOTED_MAX: usize = 1_000;

/// Pairs of quotes.
const QUOTES: [(char, char); 7] = [
    ('“', '”'),
    ('„', '“'),
    ('„', '”'),
    ('”', '”'),
    ('«', '»'),
    ('‘', '’'),
    ('`', '`'),
];

/// The text in quotes that `text` begins with, and the bytes of both together, if it is closed soon and on its line.
pub(super) fn quoted(text: &str) -> Option<(&str, usize)> {
    let opener = text.chars().next()?;
    let closers = QUOTES.iter().filter(|(open, _)| *open == opener);
    closers.clone().next()?;
    let rest = &text[opener.len_utf8()..];
    let near = rest.char_indices().take(QUOTED_MAX);
    let line = near.take_while(|(_, c)| *c != '\n').last();
    let rest = &rest[..line.map_or(0, |(at, c)| at + c.len_utf8())];
    // Inside a word it is an apostrophe.
    let ends_word = |at: usize, close: char| {
        let next = rest[at + close.len_utf8()..].chars().next();
        !next.is_some_and(char::is_alphanumeric)
    };
    let ends = closers.filter_map(|(_, close)| {
        let mut places = rest.match_indices(*close).map(|(at, _)| at);
        Some((places.find(|at| ends_word(*at, *close))?, close.len_utf8()))
    });
    let (end, closer) = ends.min()?;
    Some((&rest[..end], opener.len_utf8() + end + closer))
}

/// How a sign that is nicer elsewhere is written here.
pub(super) fn sign(c: char) -> Option<&'static str> {
    Some(match c {
        '→' => "->",
        '⇒' => "=>",
        '≤' => "<=",
        '≥' => ">=",
        '≠' => "!=",
        '×' | '·' => "*",
        '–' | '—' | '−' => "-",
        '…' => "..",
        _ => return None,
    })
}

/// What to do about a character without a sign of its own here.
pub(super) fn help(c: char) -> &'static str {
    match c {
        '“' | '”' | '„' | '«' | '»' | '‘' | '’' | '`' => {
            "a text stands in straight double quotes: `\"text\"`"
        }
        c if c.is_alphabetic() => "names are written with the letters `a` to `z`, digits and `_`",
        _ => "remove it, or put it into a text",
    }
}

/// How the comment in the first `length` bytes of `text` is written with `//`: places, and what comes there. Nothing
/// if it has no end, or something follows on the line of its end, which would become a part of it.
pub(super) fn comment(text: &str, length: usize, start: &str) -> Vec<(Range<usize>, String)> {
    if start == "#" {
        return vec![(0..1, "//".to_owned())];
    }
    let (comment, rest) = text.split_at(length);
    let follows = rest.trim_start_matches([' ', '\t', '\r']);
    let last = follows.is_empty() || follows.starts_with('\n');
    let inner = comment
        .strip_suffix("*/")
        .filter(|inner| inner.len() >= start.len() && last);
    let Some(inner) = inner else { return Vec::new() };
    let stars = inner.bytes().skip(1).take_while(|byte| *byte == b'*').count();
    // `/** … */` documents, elsewhere and here.
    let slashes = if stars == 2 { "///" } else { "//" };
    let mut edits = vec![(0..1 + stars, slashes.to_owned())];
    let mut from = 1 + stars;
    let mut line_start = 0;
    for line in inner.split_inclusive('\n') {
        let at = line_start + line.len() - line.trim_start().len();
        let content = line.trim_start();
        if line_start > 0 && !content.is_empty() {
            let star = usize::from(content.starts_with('*'));
            let slashes = if star == 1 {
                slashes.to_owned()
            } else {
                format!("{slashes} ")
            };
            edits.push((at..at + star, slashes));
            from = at + star;
        }
        line_start += line.len();
    }
    let end = inner.trim_end_matches([' ', '\t']).len();
    let alone = inner[..end].ends_with('\n');
    match alone {
        // The end on a line of its own is the end of nothing any more.
        true => edits.push((inner.len()..length, slashes.to_owned())),
        false => edits.push((end.max(from)..length, String::new())),
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, length: usize, expected: &str) {
        let mut out = String::new();
        let mut kept = 0;
        for (place, new) in comment(text, length, "/*") {
            out += &text[kept..place.start];
            out += &new;
            kept = place.end;
        }
        assert_eq!(out + &text[kept..], expected);
    }

    #[test]
    fn a_comment_of_another_language_keeps_its_words() {
        check("/* one */\nrule", 9, "// one\nrule");
        check("/**/", 4, "//");
        check("/***/", 5, "///");
        check("/** doc */  \r\nrule", 10, "/// doc  \r\nrule");
        check(
            "/* one\n   two\n\n * three */\n",
            26,
            "// one\n   // two\n\n // three\n",
        );
        check("/**\n * one\n */\nrule", 14, "///\n /// one\n ///\nrule");
    }

    #[test]
    fn code_is_not_drawn_into_a_comment() {
        check("/* one */ rule", 9, "/* one */ rule");
        check("/* one\n", 6, "/* one\n");
        check("/*/", 3, "/*/");
    }

    #[test]
    fn quotes_are_found_in_pairs() {
        for (line, inner) in [
            ("“a” “b”", Some("a")),
            ("„a“ ”", Some("a")),
            ("‘it’s’", Some("it’s")),
            ("`a`", Some("a")),
            ("“a", None),
            ("»a«", None),
            ("a“b”", None),
        ] {
            assert_eq!(quoted(line).map(|(inner, _)| inner), inner, "{line}");
        }
    }
}
