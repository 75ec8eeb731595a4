//! Finds the token at which a declaration goes wrong, and says what was expected and what was found.

use super::expected::Expected;
use super::pest_call;
use super::repair::{self, Place, RESERVED};
use super::scan::{Token, TokenKind};
use crate::report::{Code, Finding};
use crate::span::{SourceId, Span};
use pest::error::ErrorVariant;

/// How often the place is narrowed down. Twice is usual: once for the place, once for what was expected there.
const PROBES_MAX: usize = 4;

/// Where a declaration goes wrong.
pub(super) struct Failure {
    /// The token, or the number of tokens if the declaration ends too early.
    pub(super) token: usize,
    expected: Expected,
}

impl Failure {
    /// The failure of `slice`, a broken declaration which starts at the first token; nothing if it is too much for
    /// the parser.
    ///
    /// pest remembers the farthest byte that it reached, which may lie inside a word (`to` of `total`), and mixes
    /// what could have continued a word into what could have followed it. So the text before the token is parsed
    /// again, with a character behind it that nothing accepts.
    pub(super) fn locate(slice: &str, tokens: &[Token]) -> Option<Failure> {
        let start = tokens[0].start;
        let mut probe = slice.to_owned();
        let mut cut = slice.len();
        for probes in 1.. {
            let error = pest_call::explain(&probe)?;
            if matches!(error.variant, ErrorVariant::CustomError { .. }) {
                return None;
            }
            let reached = error.parse_attempts()?.max_position;
            let expected = Expected::of(&error);
            if reached > cut || probes == PROBES_MAX {
                let token = tokens.partition_point(|token| token.end <= start + cut);
                return Some(Failure { token, expected });
            }
            let token = tokens.iter().find(|token| {
                // A reserved word is refused after it was read, and leaves only the letters that would have made it
                // another word.
                let refused = token.end == start + reached
                    && expected.only_word_characters()
                    && RESERVED.contains(&&slice[token.start - start..token.end - start]);
                token.end > start + reached || refused
            });
            cut = token.map_or(slice.len(), |token| token.start - start);
            probe = format!("{} \u{1}", &slice[..cut]);
        }
        None
    }

    /// The failure in words.
    pub(super) fn finding(&self, source: SourceId, text: &str, tokens: &[Token]) -> Finding {
        let place = Place {
            text,
            tokens,
            at: repair::misplaced(text, tokens, self.token),
        };
        let span = match tokens.get(place.at) {
            Some(token) => Span::new(source, token.start, token.end),
            // After the last token, so that the excerpt shows where to go on.
            None => {
                let end = tokens[tokens.len() - 1].end;
                Span::new(source, end, end)
            }
        };
        let repair = repair::repair(&place, &self.expected);
        let code = repair
            .as_ref()
            .map_or(Code::SyntaxUnexpected, |repair| repair.code);
        let message = match repair.as_ref().and_then(|repair| repair.message.clone()) {
            Some(message) => message,
            None => format!("expected {}, found {}", self.expected.words(), found(&place)),
        };
        let finding = Finding::new(code, span, message);
        match repair {
            Some(repair) => match repair.edit {
                Some((place, text)) => finding
                    .help(repair.help)
                    .edit(Span::new(source, place.start, place.end), text),
                None => finding.help(repair.help),
            },
            None => finding,
        }
    }
}

/// What stands at the place, in words.
fn found(place: &Place<'_>) -> String {
    match place.tokens.get(place.at) {
        None => "the end of the declaration".to_owned(),
        Some(token) if token.kind == TokenKind::Text => format!("the text {}", place.word(place.at)),
        Some(_) => format!("`{}`", place.word(place.at)),
    }
}
