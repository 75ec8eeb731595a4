//! Brackets matched and the file cut into declarations, so that a mistake in one leaves the others readable.

use super::scan::{Scan, Token, TokenKind};
use crate::ast::Ident;
use crate::report::{Code, Finding};
use crate::span::{SourceId, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How deep brackets may be nested. Everything after this pass recurses at most so deep, times a constant.
pub(super) const NESTING_MAX: usize = 64;

/// The words that start a declaration, now or in a later version of the language. Each is a keyword only there.
pub(super) const DECLARATIONS: [&str; 20] = [
    "flow",
    "type",
    "secret",
    "package",
    "trigger",
    "action",
    "pure",
    "idempotent",
    "prepare",
    "job",
    "train",
    "dataset",
    "model",
    "infer",
    "feedback",
    "rule",
    "import",
    "test",
    "mask",
    "once",
];

/// The words before `action` that say what it promises.
pub(super) const EFFECTS: [&str; 4] = ["pure", "idempotent", "mask", "once"];

/// The words after which a declaration goes on, whatever stands next.
const CONNECTING: [&str; 13] = [
    "on", "or", "and", "not", "if", "with", "for", "from", "to", "at", "most", "catch", "in",
];

/// One declaration, by its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Into the tokens of the file; never empty.
    pub(super) tokens: Range<usize>,
    /// Something in it was already complained about, and the grammar would only repeat it.
    pub(super) blocked: bool,
}

/// The keyword and the name of a declaration that could not be read, if it says them.
pub(super) fn declared<'t>(source: SourceId, text: &'t str, tokens: &[Token]) -> Option<(&'t str, Ident)> {
    let word = |token: &Token| &text[token.start..token.end];
    let keyword = tokens.iter().position(|token| !EFFECTS.contains(&word(token)))?;
    let skipped = match word(&tokens[keyword]) {
        "import" => 2,
        _ => 1,
    };
    let name = tokens
        .get(keyword + skipped)
        .filter(|name| name.kind == TokenKind::Word)?;
    let ident = Ident {
        name: word(name).to_owned(),
        span: Span::new(source, name.start, name.end),
    };
    let keyword = word(&tokens[keyword]);
    DECLARATIONS.contains(&keyword).then_some((keyword, ident))
}

/// Cuts the file; mistakes with brackets are added to the scan's findings.
pub(super) fn pieces(source: SourceId, text: &str, scan: &mut Scan) -> Vec<Piece> {
    let mut cutter = Cutter {
        source,
        text,
        tokens: &scan.tokens,
        open: Vec::new(),
        counts: BTreeMap::new(),
        starts: Vec::new(),
        nested: false,
        findings: Vec::new(),
    };
    for at in 0..scan.tokens.len() {
        cutter.token(at);
    }
    cutter.close_all(None);
    let Cutter {
        starts,
        findings: brackets,
        ..
    } = cutter;
    let ends = starts.iter().skip(1).copied().chain([scan.tokens.len()]);
    let mut pieces: Vec<Piece> = starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| Piece {
            tokens: start..end,
            blocked: false,
        })
        .collect();

    let piece_of = |finding: &Finding| {
        let offset = finding.span.start as usize;
        starts
            .partition_point(|start| scan.tokens[*start].start <= offset)
            .saturating_sub(1)
    };
    // A text that is never closed has swallowed the brackets after it: complaining about them would be noise.
    let swallowed: BTreeSet<usize> = scan
        .blocking
        .iter()
        .filter(|finding| finding.code == Code::SyntaxUnclosed)
        .map(piece_of)
        .collect();
    let brackets = brackets
        .into_iter()
        .filter(|finding| !swallowed.contains(&piece_of(finding)));
    let blocking: Vec<Finding> = scan.blocking.drain(..).chain(brackets).collect();
    for finding in &blocking {
        // A file without tokens has findings but no pieces.
        if let Some(piece) = pieces.get_mut(piece_of(finding)) {
            piece.blocked = true;
        }
    }
    scan.blocking = blocking;
    pieces
}

struct Cutter<'t> {
    source: SourceId,
    text: &'t str,
    tokens: &'t [Token],
    /// The brackets that are open, with the place of their token.
    open: Vec<(char, usize)>,
    /// How many of each are open.
    counts: BTreeMap<char, usize>,
    /// The first token of each piece.
    starts: Vec<usize>,
    /// Nesting was already complained about in this piece.
    nested: bool,
    findings: Vec<Finding>,
}

impl Cutter<'_> {
    fn token(&mut self, at: usize) {
        if at == 0 {
            self.starts.push(at);
        }
        match self.tokens[at].kind {
            TokenKind::Word if at > 0 && self.starts_declaration(at) => {
                self.close_all(Some(at));
                self.starts.push(at);
                self.nested = false;
            }
            TokenKind::Open(bracket) => {
                self.open.push((bracket, at));
                *self.counts.entry(bracket).or_default() += 1;
                if self.open.len() == NESTING_MAX + 1 && !self.nested {
                    self.nested = true;
                    let message = format!("brackets are nested more than {NESTING_MAX} deep");
                    self.findings.push(
                        Finding::new(Code::SyntaxNesting, self.span(at), message)
                            .help("give inner parts names with `let` or `type`"),
                    );
                }
            }
            TokenKind::Close(bracket) => self.close(bracket, at),
            TokenKind::Word | TokenKind::Number | TokenKind::Text | TokenKind::Sign => {}
        }
    }

    fn close(&mut self, bracket: char, at: usize) {
        // What is not open at all is not searched for among a million others.
        let any = self.counts.get(&bracket).is_some_and(|count| *count > 0);
        let place = || self.open.iter().rposition(|(open, _)| *open == bracket);
        let Some(depth) = any.then(place).flatten() else {
            if !self.nested {
                let message = format!("`{}` closes nothing", self.word(at));
                self.findings.push(
                    Finding::new(Code::SyntaxUnexpected, self.span(at), message)
                        .help("remove it, or add the bracket that it closes"),
                );
            }
            return;
        };
        for (nth, (bracket, opener)) in self.open.split_off(depth).into_iter().enumerate() {
            *self.counts.entry(bracket).or_default() -= 1;
            if nth > 0 {
                self.unclosed(opener, Some(at));
            }
        }
    }

    /// At the end of a declaration nothing may be open.
    fn close_all(&mut self, noticed: Option<usize>) {
        self.counts.clear();
        for (_, opener) in std::mem::take(&mut self.open) {
            self.unclosed(opener, noticed);
        }
    }

    fn unclosed(&mut self, opener: usize, noticed: Option<usize>) {
        if self.nested {
            return;
        }
        let bracket = self.word(opener);
        let closer = match bracket {
            "(" => ")",
            "[" => "]",
            _ => "}",
        };
        let (place, label) = match noticed {
            Some(at) => (self.span(at), format!("`{closer}` is missing before this")),
            None => (
                Span::new(self.source, self.text.len(), self.text.len()),
                "the file ends here".to_owned(),
            ),
        };
        self.findings.push(
            Finding::new(
                Code::SyntaxUnclosed,
                self.span(opener),
                format!("`{bracket}` is never closed"),
            )
            .label("opened here")
            .also(place, label)
            .help(format!("add `{closer}` where it ends")),
        );
    }

    /// Whether the word starts a declaration. Keywords are contextual, so its neighbours decide: outside brackets, a
    /// name follows and nothing before asks for a name; inside, only a declaration at the very left is proof that a
    /// bracket was forgotten.
    fn starts_declaration(&self, at: usize) -> bool {
        let word = self.word(at);
        let leftmost = self.text[..self.tokens[at].start].ends_with('\n');
        let named = self.is(at + 1, TokenKind::Word)
            || (matches!(word, "test" | "import") && self.is(at + 1, TokenKind::Text));
        if self.goes_on(at) {
            return false;
        }
        if !self.open.is_empty() {
            return leftmost
                && named
                && DECLARATIONS.contains(&word)
                && !CONNECTING.contains(&self.word(at + 1));
        }
        if DECLARATIONS.contains(&word) {
            return named || leftmost;
        }
        // A misspelt keyword after a declaration that is closed.
        leftmost && named && self.word(at - 1) == "}" && !CONNECTING.contains(&word)
    }

    /// Whether the token before asks for this one: `pure` before `action`, `type` before its name, `on`, `->`, `:`.
    fn goes_on(&self, at: usize) -> bool {
        let before = self.word(at - 1);
        match self.tokens[at - 1].kind {
            TokenKind::Word => {
                let start = self.starts.last().copied().unwrap_or_default();
                let promised = at - 1 - start <= EFFECTS.len()
                    && (start..at - 1).all(|word| EFFECTS.contains(&self.word(word)));
                let opens = start == at - 1 || before == "action" || EFFECTS.contains(&before);
                (promised && opens) || CONNECTING.contains(&before)
            }
            TokenKind::Sign => !matches!(before, ">" | "?"),
            TokenKind::Number | TokenKind::Text | TokenKind::Open(_) | TokenKind::Close(_) => false,
        }
    }

    fn is(&self, at: usize, kind: TokenKind) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == kind)
    }

    fn word(&self, at: usize) -> &str {
        let token = self.tokens[at];
        &self.text[token.start..token.end]
    }

    fn span(&self, at: usize) -> Span {
        Span::new(self.source, self.tokens[at].start, self.tokens[at].end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::repair::RESERVED;
    use crate::parse::scan::scan;

    const GRAMMAR: &str = include_str!("../../../grammar/flow.pest");

    /// The words in quotes of a rule.
    fn quoted(rule: &str) -> Vec<&'static str> {
        let from = GRAMMAR.find(&format!("\n{rule} ")).expect("the rule exists");
        let body = &GRAMMAR[from..];
        let body = &body[..body.find('}').expect("a rule ends")];
        body.split('"').skip(1).step_by(2).collect()
    }

    #[test]
    fn the_lists_of_words_are_those_of_the_grammar() {
        assert_eq!(quoted("reserved"), RESERVED);
        let declarations = GRAMMAR
            .lines()
            .filter_map(|line| line.split_once("_decl "))
            .map(|(_, body)| body);
        for body in declarations.filter(|body| body.contains("{ ") && !body.contains("| ")) {
            let first = body
                .split("kw_")
                .nth(1)
                .and_then(|rest| rest.split_whitespace().next());
            let word = quoted(&format!(
                "kw_{}",
                first.expect("a declaration starts with a keyword")
            ));
            assert!(DECLARATIONS.contains(&word[0]), "{word:?}");
        }
        for effect in ["pure", "idempotent", "once", "mask"] {
            assert!(DECLARATIONS.contains(&effect) && EFFECTS.contains(&effect));
        }
    }

    fn check(text: &str, expected: &[&str]) {
        let source = SourceId(0);
        let mut scan = scan(source, text);
        let pieces = pieces(source, text, &mut scan);
        let words: Vec<String> = pieces
            .iter()
            .map(|piece| {
                let words = scan.tokens[piece.tokens.clone()].iter();
                words
                    .map(|token| &text[token.start..token.end])
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect();
        assert_eq!(words, expected);
    }

    #[test]
    fn keywords_start_a_declaration_only_where_one_can_start() {
        check(
            "flow type type A = model type B = C",
            &["flow type", "type A = model", "type B = C"],
        );
        check(
            "rule r: on model or action if type and job > 1 with { rule: 1 } { model dataset }",
            &["rule r : on model or action if type and job > 1 with { rule : 1 } { model dataset }"],
        );
        check(
            "pure action model({}) idempotent action job({}) { flow: x }",
            &[
                "pure action model ( { } )",
                "idempotent action job ( { } ) { flow : x }",
            ],
        );
        check(
            "pure mask action model({}) mask action mask({}) type mask { pure: mask }",
            &[
                "pure mask action model ( { } )",
                "mask action mask ( { } )",
                "type mask { pure : mask }",
            ],
        );
        check(
            "trigger t from cron { a: 1 }\nat most 1/s\nrule r",
            &["trigger t from cron { a : 1 } at most 1 / s", "rule r"],
        );
        check("type A {\ntype B { a: int }", &["type A {", "type B { a : int }"]);
        check("type A { }\ntpye B { }", &["type A { }", "tpye B { }"]);
        check("type A { a: \"\n}\ntype B", &["type A { a : \" }", "type B"]);
    }
}
