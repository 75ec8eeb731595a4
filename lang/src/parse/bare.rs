//! A declaration as the grammar reads it: pest looks for blanks between any two signs, so there is one kind of them,
//! and no comments.

use super::scan::Token;

/// The text of the declaration that `tokens` are, with spaces for whatever stands between them: each token stays at
/// its place.
pub(super) fn bare(text: &str, tokens: &[Token]) -> String {
    let start = tokens[0].start;
    let mut bare = String::with_capacity(tokens[tokens.len() - 1].end - start);
    for token in tokens {
        bare.extend(std::iter::repeat_n(' ', token.start - start - bare.len()));
        bare.push_str(&text[token.start..token.end]);
    }
    bare
}
