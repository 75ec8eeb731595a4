//! Reads on after a syntax error, so that two mistakes in one declaration are both told.
//!
//! The line or property with the mistake is replaced by blanks, and what is left is parsed again. This needs braces:
//! outside of them nothing says where the next thing begins.

use super::bare::bare;
use super::builder::Builder;
use super::error::Failure;
use super::pest_call;
use super::scan::{Token, TokenKind};
use crate::report::{Code, Edit, Finding};
use crate::span::{SourceId, Span};
use std::collections::BTreeSet;
use std::ops::Range;

/// How many mistakes are looked for in one declaration.
const MISTAKES_MAX: usize = 10;

/// What is wrong with a declaration that the grammar refuses.
pub(super) fn findings(source: SourceId, text: &str, tokens: &[Token]) -> Vec<Finding> {
    let (start, end) = (tokens[0].start, tokens[tokens.len() - 1].end);
    let mut slice = bare(text, tokens);
    let mut tokens = tokens.to_vec();
    let mut findings = Vec::new();
    let mut illegal = BTreeSet::new();
    let mut reached = start;
    for _ in 0..MISTAKES_MAX {
        if let Ok(pair) = pest_call::declaration(&slice) {
            // Nobody will read what is documented here.
            let mut builder = Builder::new(source, text, &tokens, start);
            builder.decl(pair);
            findings.append(&mut builder.findings);
            break;
        }
        let Some(failure) = Failure::locate(&slice, &tokens) else {
            let span = Span::new(source, start, tokens[0].end);
            let finding = Finding::new(
                Code::SyntaxNesting,
                span,
                "this declaration is too large or too deep to read",
            );
            findings.push(finding.help("give inner parts names with `let` or `type`, or split it"));
            break;
        };
        let at = tokens.get(failure.token).map_or(end, |token| token.start);
        if at < reached {
            break;
        }
        reached = at + 1;
        let word = tokens
            .get(failure.token)
            .map(|token| &text[token.start..token.end]);
        // A word that cannot be a name is told where it is given, and not again wherever it is used.
        if word.is_none_or(|word| !illegal.contains(word)) {
            let finding = failure.finding(source, text, &tokens);
            if finding.code == Code::NamesIllegal {
                illegal.extend(word);
            }
            let whole = repaired(&slice, start, &finding.edits);
            findings.push(finding);
            // A repair that makes the rest right was the one mistake.
            if whole.is_some_and(|whole| pest_call::declaration(&whole).is_ok()) {
                break;
            }
        }
        let Some(range) = segment(text, &tokens, failure.token) else {
            break;
        };
        let bytes = tokens[range.start].start - start..tokens[range.end - 1].end - start;
        slice.replace_range(bytes.clone(), &" ".repeat(bytes.len()));
        tokens.drain(range);
    }
    findings
}

/// The text of a declaration that begins at `start`, with its edits made; nothing if there are none.
fn repaired(slice: &str, start: usize, edits: &[Edit]) -> Option<String> {
    let mut text = (!edits.is_empty()).then(|| slice.to_owned())?;
    for edit in edits.iter().rev() {
        let range =
            (edit.span.start as usize).checked_sub(start)?..(edit.span.end as usize).checked_sub(start)?;
        text.get(range.clone())?;
        text.replace_range(range, &edit.text.replace('\n', " "));
    }
    Some(text)
}

/// The tokens of the lines or properties that the mistake at `failed` spoils: those of its own line, and the line
/// before if the mistake is that something is missing at its end.
fn segment(text: &str, tokens: &[Token], failed: usize) -> Option<Range<usize>> {
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate().take(failed) {
        match token.kind {
            TokenKind::Open(bracket) => open.push((bracket, at)),
            TokenKind::Close(_) => drop(open.pop()),
            TokenKind::Word | TokenKind::Number | TokenKind::Text | TokenKind::Sign => {}
        }
    }
    let brace = open.iter().rev().find(|(bracket, _)| *bracket == '{')?.1;
    let (starts, end) = segments(text, tokens, brace);
    let at = starts.partition_point(|start| *start <= failed).checked_sub(1)?;
    let next = starts.get(at + 1).copied().unwrap_or(end);
    let first = if starts[at] == failed {
        at.saturating_sub(1)
    } else {
        at
    };
    Some(starts[first]..next)
}

/// Where the lines and properties directly inside the brace begin, and the place of its closing brace.
fn segments(text: &str, tokens: &[Token], brace: usize) -> (Vec<usize>, usize) {
    let mut starts = Vec::new();
    let mut depth = 0_usize;
    for at in brace + 1..tokens.len() {
        let gap = &text[tokens[at - 1].end..tokens[at].start];
        let separated =
            at == brace + 1 || gap.contains('\n') || &text[tokens[at - 1].start..tokens[at - 1].end] == ",";
        match tokens[at].kind {
            TokenKind::Close(_) if depth == 0 => return (starts, at),
            TokenKind::Close(_) => depth -= 1,
            kind => {
                if depth == 0 && separated {
                    starts.push(at);
                }
                depth += usize::from(matches!(kind, TokenKind::Open(_)));
            }
        }
    }
    (starts, tokens.len())
}
