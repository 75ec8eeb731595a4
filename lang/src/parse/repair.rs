//! Known mistakes and what to write instead.

use super::expected::Expected;
use super::literal::is_unit;
use super::pieces::{DECLARATIONS, EFFECTS};
use super::scan::{Token, TokenKind};
use crate::report::Code;
use crate::suggest::nearest;
use std::ops::Range;

/// A token of a declaration, with its neighbours.
pub(super) struct Place<'t> {
    pub(super) text: &'t str,
    pub(super) tokens: &'t [Token],
    pub(super) at: usize,
}

impl<'t> Place<'t> {
    /// The token at `at`; nothing beyond the ends.
    pub(super) fn word(&self, at: usize) -> &'t str {
        self.tokens
            .get(at)
            .map_or("", |token| &self.text[token.start..token.end])
    }

    fn before(&self) -> &'t str {
        self.at.checked_sub(1).map_or("", |at| self.word(at))
    }

    /// From the end of the token before to the start of this one.
    fn gap(&self) -> Range<usize> {
        let end = self
            .tokens
            .get(self.at)
            .map_or(self.text.len(), |token| token.start);
        let start = self.at.checked_sub(1).map_or(end, |at| self.tokens[at].end);
        start..end
    }

    fn kind_before(&self) -> Option<TokenKind> {
        self.at
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at))
            .map(|token| token.kind)
    }
}

/// What to do about a mistake.
pub(super) struct Repair {
    pub(super) code: Code,
    /// Instead of "expected …, found …".
    pub(super) message: Option<String>,
    pub(super) help: String,
    /// The same as a change of the text, if one thing is to be done: a place in the file, and what comes there.
    pub(super) edit: Option<Change>,
}

/// A place in the file, and what comes there.
pub(super) type Change = (Range<usize>, String);

/// The words that cannot name a value or a declaration.
pub const RESERVED: [&str; 20] = [
    "let", "return", "when", "else", "each", "in", "append", "to", "deploy", "emit", "wait", "sleep",
    "catch", "after", "and", "or", "not", "on", "with", "if",
];

/// What to write instead, if the mistake is a known one.
pub(super) fn repair(place: &Place<'_>, expected: &Expected) -> Option<Repair> {
    let found = place.word(place.at);
    if place.at >= 1 && place.word(0) == "import" {
        return import(place);
    }
    if place.at >= 1 && place.word(0) == "test" {
        return Some(Repair {
            code: Code::SyntaxUnexpected,
            message: None,
            help: TEST_LINES.to_owned(),
            edit: None,
        });
    }
    if place.at == 0 {
        return start(place);
    }
    if RESERVED.contains(&found) && expected.only_name() {
        return Some(Repair {
            code: Code::NamesIllegal,
            message: Some(format!("`{found}` cannot name a value or a declaration")),
            help: format!("choose another name, such as `{found}_`; `{found}` is a word of the language"),
            edit: None,
        });
    }
    if place.kind_before() == Some(TokenKind::Number) && is_unit(found) {
        let number = place.before();
        return Some(Repair {
            code: Code::SyntaxLiteral,
            message: Some(format!("a blank between `{number}` and its unit `{found}`")),
            help: format!("write `{number}{found}`"),
            edit: Some((place.gap(), String::new())),
        });
    }
    let (help, edit) = match definite(place, expected, found) {
        Some((help, edit)) => (help, Some(edit)),
        None => (help(place, expected, found)?, None),
    };
    Some(Repair {
        code: Code::SyntaxUnexpected,
        message: None,
        help,
        edit,
    })
}

fn import(place: &Place<'_>) -> Option<Repair> {
    let help = match place.word(1) {
        "model" => "write `import model NAME from \"PATH\"`",
        _ => "write `import \"PATH\" { NAME, OTHER as NAME }`, or `import model NAME from \"PATH\"`",
    };
    Some(Repair {
        code: Code::SyntaxUnexpected,
        message: None,
        help: help.to_owned(),
        edit: None,
    })
}

/// What a line of a test can be.
const TEST_LINES: &str = "a line of a test is `given NAME has 7 rows`, `given NAME returns { … }`, \
                          `given NAME fails \"timeout\"`, `fire TRIGGER({ … })`, `expect NAME called 1 times`, \
                          `expect NAME has 3 rows`, `expect deploy to MODEL`, `expect no deploy`, \
                          `expect run succeeded` or `expect run failed`";

/// A declaration that starts with a word which starts none.
fn start(place: &Place<'_>) -> Option<Repair> {
    let word = place.word(0);
    let near = nearest(word, DECLARATIONS);
    Some(Repair {
        code: Code::SyntaxUnexpected,
        message: Some(format!("expected a declaration, found `{word}`")),
        help: match near {
            Some(keyword) => format!("did you mean `{keyword}`?"),
            None => {
                "a declaration starts with a word such as `action`, `trigger`, `rule` or `type`".to_owned()
            }
        },
        edit: near.map(|keyword| (place.tokens[0].start..place.tokens[0].end, keyword.to_owned())),
    })
}

/// The place to talk about: where a unit stands apart from its number, the mistake shows one token later.
pub(super) fn misplaced(text: &str, tokens: &[Token], at: usize) -> usize {
    let Some([number, unit]) = at.checked_sub(2).map(|from| &tokens[from..at]) else {
        return at;
    };
    let apart = number.kind == TokenKind::Number && is_unit(&text[unit.start..unit.end]);
    if apart { at - 1 } else { at }
}

/// Mistakes with one way out: what to do in words, and as a change.
fn definite(place: &Place<'_>, expected: &Expected, found: &str) -> Option<(String, Change)> {
    let before = place.before();
    let token = place.tokens.get(place.at)?;
    let instead = |text: &str| (token.start..token.end, text.to_owned());
    let write = |text: &str| Some((format!("write `{text}`"), instead(text)));
    match found {
        ";" => Some(("remove it: no `;` stands between lines".to_owned(), instead(""))),
        "=" if expected.sign(":") => {
            let help = format!("write `{before}: …`");
            Some((help, (place.gap().start..token.end, ":".to_owned())))
        }
        "=" if expected.operator() && !expected.step() => {
            Some(("write `==` to compare".to_owned(), instead("==")))
        }
        ":" if settings_of_a_rule(place) => {
            let brace = place.tokens[place.at - 2].start;
            let help = format!("write `with {{ {before}: … }}`");
            Some((help, (brace..brace, "with ".to_owned())))
        }
        ":" if expected.sign("=") => Some((
            "write `=`".to_owned(),
            (place.gap().start..token.end, " =".to_owned()),
        )),
        "=>" if expected.sign("->") => write("->"),
        "->" | ":" | "=" if expected.sign("=>") => write("=>"),
        "&&" | "&" => write("and"),
        "||" => write("or"),
        "!" => {
            let apart = place.text[token.end..].starts_with(char::is_whitespace);
            Some((
                "write `not`".to_owned(),
                instead(if apart { "not" } else { "not " }),
            ))
        }
        "if" if before == "else" => Some(("write `else when`".to_owned(), instead("when"))),
        "elif" | "elsif" | "elseif" => write("else when"),
        "if" if expected.value() || expected.step() => {
            let help = "write `when`: `when score > 0.9 { … } else { … }`".to_owned();
            Some((help, instead("when")))
        }
        _ => missing(place, expected, token),
    }
}

/// Whether a brace with a setting stands where the body of a rule or a route is meant to.
fn settings_of_a_rule(place: &Place<'_>) -> bool {
    let body = place.at.checked_sub(2);
    ["rule", "infer"].contains(&place.word(0))
        && body.is_some_and(|at| place.word(at) == "{" && (0..at).all(|before| place.word(before) != "{"))
}

/// A sign or a word that is not there.
fn missing(place: &Place<'_>, expected: &Expected, token: &Token) -> Option<(String, Change)> {
    let (before, found) = (place.before(), place.word(place.at));
    let behind = |text: &str| (place.gap().start..place.gap().start, text.to_owned());
    let ahead = |text: &str| (token.start..token.start, text.to_owned());
    let starts_value = match token.kind {
        TokenKind::Word | TokenKind::Number | TokenKind::Text => true,
        TokenKind::Open(bracket) => bracket != '(',
        TokenKind::Close(_) | TokenKind::Sign => false,
    };
    let in_list = expected.sign(")") || expected.sign("]") || expected.sign(">");
    if starts_value && expected.sign(",") && in_list && !RESERVED.contains(&found) {
        return Some((format!("put a `,` between `{before}` and `{found}`"), behind(",")));
    }
    if starts_value && expected.only_sign(":") && place.word(place.at + 1) != ":" {
        return Some((format!("put a `:` behind `{before}`"), behind(":")));
    }
    if token.kind == TokenKind::Word && expected.sign("to") {
        return Some((give(place), ahead("to ")));
    }
    (before == "catch" && found == "{").then(|| ("write `catch err => …`".to_owned(), ahead("err => ")))
}

/// What stands around a `to`.
fn give(place: &Place<'_>) -> String {
    let words = place.tokens[..place.at].iter().rev();
    let keyword = words
        .map(|token| &place.text[token.start..token.end])
        .find(|word| matches!(*word, "append" | "deploy"));
    match keyword {
        Some("deploy") => "write `deploy MODEL to NAME`".to_owned(),
        _ => "write `append ROW to DATASET`".to_owned(),
    }
}

fn help(place: &Place<'_>, expected: &Expected, found: &str) -> Option<String> {
    let before = place.before();
    let help = match found {
        _ if before == "mask" && EFFECTS.contains(&found) => {
            format!("`mask` stands right before `action`: write `{found} mask action`")
        }
        "=" if place.at >= 3 && EFFECTS.contains(&place.word(0)) && place.word(place.at - 2) == "action" => {
            "a composition promises what its parts do: take the word before `action` away".to_owned()
        }
        "=" if expected.step() && place.kind_before() == Some(TokenKind::Word) => {
            format!("write `let {before} = …` to name a value, `{before} == …` to compare")
        }
        "=" if expected.operator() => "write `==` to compare".to_owned(),
        "/" | "%" => {
            "there is no division: multiply by the inverse (`x * 0.5`), or do it in an action".to_owned()
        }
        "(" | "[" | "{" | "-" | "." if expected.step() && (found == "{" || !expected.operator()) => {
            "no line starts with a bracket or a sign: name the value with `let v = …`, or give it back with `return`".to_owned()
        }
        _ if expected.sign("to") => give(place),
        _ if before == "catch" || expected.sign("=>") => "write `catch err => …`".to_owned(),
        _ if expected.sign("->") && !expected.operator() => "say what it returns: `-> Type`".to_owned(),
        _ if expected.operator() && expected.sign("{") => {
            "open the arm with `{`, or join the conditions with `and`".to_owned()
        }
        _ => return None,
    };
    Some(help)
}
