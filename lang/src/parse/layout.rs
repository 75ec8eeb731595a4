//! The tokens of a sound file with what each is there for: what a formatter needs, which keeps the text and moves
//! only the blanks around it.

use super::bare::bare;
use super::builder::Pair;
use super::scan::{Scan, TokenKind};
use super::{FILE_BYTES_MAX, pest_call, pieces, scan};
use crate::report::Finding;
use crate::span::SourceId;
use flow_grammar::Rule;
use std::collections::BTreeSet;

/// A token and its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) role: Role,
    /// A declaration begins here.
    pub(crate) declares: bool,
}

/// What a token is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A word, a number, a text.
    Atom,
    /// `(`, `[`, `{`.
    Open(char),
    /// `)`, `]`, `}`, told by the bracket that opens it.
    Close(char),
    /// The `<` of `int<0..9>`.
    OpenAngle,
    /// The `>` of `int<0..9>`.
    CloseAngle,
    /// The `-` of `-1`.
    Negate,
    /// Any other sign.
    Sign,
}

/// The tokens of a file; nothing if it has a mistake in its syntax, which [`super::parse`] tells.
pub(crate) fn layout(text: &str) -> Option<Vec<Mark>> {
    let source = SourceId(0);
    if text.len() > FILE_BYTES_MAX {
        return None;
    }
    let mut scan = scan::scan(source, text);
    let pieces = pieces::pieces(source, text, &mut scan);
    let Scan {
        tokens,
        harmless,
        blocking,
    } = scan;
    if !harmless.is_empty() || !blocking.is_empty() {
        return None;
    }
    let mut signs = Signs::default();
    let mut starts = BTreeSet::new();
    for piece in &pieces {
        let own = &tokens[piece.tokens.clone()];
        signs.find(pest_call::declaration(&bare(text, own)).ok()?, own[0].start);
        starts.insert(own[0].start);
    }
    let mark = |token: scan::Token| Mark {
        start: token.start,
        end: token.end,
        role: match token.kind {
            TokenKind::Word | TokenKind::Number | TokenKind::Text => Role::Atom,
            TokenKind::Open(bracket) => Role::Open(bracket),
            TokenKind::Close(bracket) => Role::Close(bracket),
            TokenKind::Sign if signs.open.contains(&token.start) => Role::OpenAngle,
            TokenKind::Sign if signs.close.contains(&token.start) => Role::CloseAngle,
            TokenKind::Sign if signs.negate.contains(&token.start) => Role::Negate,
            TokenKind::Sign => Role::Sign,
        },
        declares: starts.contains(&token.start),
    };
    Some(tokens.into_iter().map(mark).collect())
}

/// The findings of a text that is laid out by nobody.
pub(crate) fn mistakes(source: SourceId, text: &str) -> Vec<Finding> {
    super::parse(source, text).1
}

/// Signs that only the grammar can tell apart, by their places.
#[derive(Default)]
struct Signs {
    open: BTreeSet<usize>,
    close: BTreeSet<usize>,
    negate: BTreeSet<usize>,
}

impl Signs {
    fn find(&mut self, pair: Pair<'_>, offset: usize) {
        let span = pair.as_span();
        let text = span.as_str();
        match pair.as_rule() {
            Rule::type_args => {
                self.open.insert(offset + span.start());
                self.close
                    .insert(offset + span.start() + text.trim_end().len() - 1);
            }
            // `NAME = KIND<T>`: its item is the one part that has no pair of brackets of its own.
            Rule::package_decl => {
                if let Some(item) = pair
                    .clone()
                    .into_inner()
                    .find(|part| part.as_rule() == Rule::type_expr)
                {
                    let (before, after) = (item.as_span().start(), item.as_span().end());
                    let whole = span.get_input();
                    self.open.extend(whole[..before].rfind('<').map(|at| offset + at));
                    self.close
                        .extend(whole[after..].find('>').map(|at| offset + after + at));
                }
            }
            Rule::negate => drop(self.negate.insert(offset + span.start())),
            Rule::bound if text.starts_with('-') => drop(self.negate.insert(offset + span.start())),
            _ => {}
        }
        for part in pair.into_inner() {
            self.find(part, offset);
        }
    }
}
