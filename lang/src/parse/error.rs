//! Words a syntax error: what was expected, what was found, and the repair where the mistake is a known one.

use super::pest_call;
use super::scan::Token;
use crate::report::{Code, Finding};
use crate::span::{SourceId, Span};
use pest::error::{ErrorVariant, InputLocation};

/// What is wrong with the declaration that `tokens` are.
pub(super) fn findings(source: SourceId, text: &str, tokens: &[Token]) -> Vec<Finding> {
    let (start, end) = (tokens[0].start, tokens[tokens.len() - 1].end);
    let Some(error) = pest_call::explain(&text[start..end]) else {
        return Vec::new();
    };
    if let ErrorVariant::CustomError { .. } = error.variant {
        let span = Span::new(source, start, tokens[0].end);
        let finding = Finding::new(
            Code::SyntaxNesting,
            span,
            "this declaration is too large or too deep to read",
        );
        return vec![finding.help("split it")];
    }
    let at = error.parse_attempts().map_or(0, |attempts| attempts.max_position);
    let at = match error.location {
        InputLocation::Pos(pos) | InputLocation::Span((pos, _)) => at.max(pos),
    } + start;
    let token = tokens
        .iter()
        .find(|token| token.end > at)
        .unwrap_or(&tokens[tokens.len() - 1]);
    let span = Span::new(source, token.start, token.end);
    vec![Finding::new(
        Code::SyntaxUnexpected,
        span,
        format!("unexpected `{}`", &text[token.start..token.end]),
    )]
}
