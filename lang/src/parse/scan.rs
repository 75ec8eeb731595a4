//! The first pass: cuts a file into tokens, skips comments, and refuses characters that must not stand in a source.
//!
//! Tokens are coarse: they carry just enough for matching brackets, cutting declarations apart and saying what was
//! found where something else was expected. What they mean is the grammar's business.

use super::foreign;
use crate::report::{Code, Finding};
use crate::span::{SourceId, Span};

/// A piece of text between blanks and comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Byte offsets into the file.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a token looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word,
    Number,
    Text,
    /// `(`, `[` or `{`.
    Open(char),
    /// `)`, `]` or `}`, told by the bracket that opens it.
    Close(char),
    /// Operators and everything else.
    Sign,
}

/// What the pass found.
pub(super) struct Scan {
    pub(super) tokens: Vec<Token>,
    /// Mistakes that leave the tokens around them intact, such as a control character in a comment.
    pub(super) harmless: Vec<Finding>,
    /// Mistakes after which the grammar would only repeat the complaint.
    pub(super) blocking: Vec<Finding>,
}

/// Cuts `text` into tokens.
pub(super) fn scan(source: SourceId, text: &str) -> Scan {
    let mut scanner = Scanner {
        source,
        text,
        at: if text.starts_with('\u{FEFF}') { 3 } else { 0 },
        no_comment_ends: false,
        out: Scan {
            tokens: Vec::new(),
            harmless: Vec::new(),
            blocking: Vec::new(),
        },
    };
    while scanner.at < text.len() {
        scanner.token();
    }
    scanner.out
}

/// Signs of more than one character, longest first where one begins another.
const SIGNS: [&str; 12] = [
    "->", "=>", "|>", "??", "==", "!=", "<=", ">=", "..", "&&", "||", "*/",
];

/// Where a character stands.
#[derive(Clone, Copy, Debug)]
enum Inside {
    Text,
    Comment,
    Nothing,
}

struct Scanner<'t> {
    source: SourceId,
    text: &'t str,
    at: usize,
    /// No `*/` follows: it is not looked for again.
    no_comment_ends: bool,
    out: Scan,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// How many bytes of the rest belong to the characters that `belongs` accepts.
    fn run(&self, belongs: impl Fn(char) -> bool) -> usize {
        let rest = self.rest();
        rest.find(|c| !belongs(c)).unwrap_or(rest.len())
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        let start = self.at;
        self.at += length;
        self.out.tokens.push(Token {
            kind,
            start,
            end: self.at,
        });
    }

    fn token(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return };
        match first {
            ' ' | '\t' | '\n' => self.at += 1,
            '\r' if rest.starts_with("\r\n") => self.at += 2,
            '/' if rest.starts_with("//") => {
                let length = self.run(|c| c != '\n');
                self.check_inside(length, Inside::Comment);
                self.at += length;
            }
            '/' if rest.starts_with("/*") => self.foreign_comment("/*"),
            '#' => self.foreign_comment("#"),
            '"' => self.string(),
            '\'' => self.single_quotes(),
            '(' | '[' | '{' => self.push(TokenKind::Open(first), 1),
            ')' => self.push(TokenKind::Close('('), 1),
            ']' => self.push(TokenKind::Close('['), 1),
            '}' => self.push(TokenKind::Close('{'), 1),
            '0'..='9' => {
                let length = number_length(rest);
                self.push(TokenKind::Number, length);
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                let length = self.run(is_word_char);
                self.push(TokenKind::Word, length);
            }
            c if c.is_ascii_graphic() => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                self.push(TokenKind::Sign, sign.map_or(1, |sign| sign.len()));
            }
            c => self.foreign_character(c),
        }
    }

    /// A text ends on its line; if it does not, the rest of the line is taken for it.
    fn string(&mut self) {
        let (start, rest) = (self.at, self.rest());
        let mut escaped = false;
        let mut length = None;
        for (offset, c) in rest.char_indices().skip(1) {
            match c {
                '\n' => break,
                '"' if !escaped => {
                    length = Some(offset + 1);
                    break;
                }
                c => escaped = c == '\\' && !escaped,
            }
        }
        // Looked for only if it is needed: a line may be as long as the file.
        let line = || {
            let line = rest.find('\n').unwrap_or(rest.len());
            rest[..line].trim_end_matches('\r').len()
        };
        let (length, closed) = match length {
            Some(length) => (length, true),
            None => (line(), false),
        };
        if !closed {
            let span = Span::new(self.source, start, start + 1);
            let end = Span::new(self.source, start + length, start + length);
            self.out.blocking.push(
                Finding::new(Code::SyntaxUnclosed, span, "this text is never closed")
                    .label("opened here")
                    .also(end, "the line ends here")
                    .help("close it with `\"` on the same line; a line break inside a text is written `\\n`"),
            );
        }
        self.check_inside(length, Inside::Text);
        self.push(TokenKind::Text, length);
    }

    fn single_quotes(&mut self) {
        let rest = self.rest();
        let end = rest[1..].find(['\'', '\n']).map(|end| end + 1);
        let (length, help) = match end.filter(|end| rest[*end..].starts_with('\'')) {
            Some(end) => (end + 1, format!("write `\"{}\"`", &rest[1..end])),
            None => (1, "a text stands in double quotes: `\"text\"`".to_owned()),
        };
        self.foreign_quotes(length, "a text in single quotes", help);
    }

    /// A text between quotes of another kind, each one character at an end of the next `length` bytes.
    fn foreign_quotes(&mut self, length: usize, message: impl Into<String>, help: String) {
        let quoted = &self.rest()[..length];
        let ends: Vec<usize> = quoted.chars().map(char::len_utf8).collect();
        let span = |start, end| Span::new(self.source, self.at + start, self.at + end);
        let mut finding = Finding::new(Code::SyntaxUnexpected, span(0, length), message).help(help);
        // With a `"` or a `\\` inside, nobody knows where the text was meant to end.
        if let [first, .., last] = ends[..]
            && !quoted.contains(['"', '\\'])
        {
            finding = finding
                .edit(span(0, first), "\"")
                .edit(span(length - last, length), "\"");
        }
        self.out.blocking.push(finding);
        self.check_inside(length, Inside::Text);
        self.push(TokenKind::Text, length);
    }

    /// `/* … */` and `# …` are comments elsewhere. They are skipped, so that their content is not complained about.
    fn foreign_comment(&mut self, start: &'static str) {
        let rest = &self.text[self.at..];
        let line = rest.find('\n').unwrap_or(rest.len());
        let length = if start == "/*" && !self.no_comment_ends {
            let end = rest.find("*/");
            self.no_comment_ends = end.is_none();
            end.map_or(line, |end| end + 2)
        } else {
            line
        };
        let span = Span::new(self.source, self.at, self.at + start.len());
        let mut finding = Finding::new(
            Code::SyntaxUnexpected,
            span,
            format!("`{start}` starts no comment here"),
        )
        .help("comments start with `//` and end with the line");
        for (place, text) in foreign::comment(rest, length, start) {
            finding = finding.edit(
                Span::new(self.source, self.at + place.start, self.at + place.end),
                text,
            );
        }
        self.out.blocking.push(finding);
        self.at += length;
    }

    /// A character that may stand in texts and comments at best.
    fn foreign_character(&mut self, c: char) {
        let end = self.at + c.len_utf8();
        let span = Span::new(self.source, self.at, end);
        let rest = self.rest();
        if let Some((inner, length)) = foreign::quoted(rest) {
            let help = format!("write `\"{inner}\"`");
            return self.foreign_quotes(length, format!("`{c}` starts no text here"), help);
        }
        let finding = match (forbidden(c), foreign::sign(c)) {
            (Some(what), _) => encoding(span, c, what, Inside::Nothing),
            (None, _) if c.is_whitespace() => {
                let message = format!("a blank that is not a space (U+{:04X})", u32::from(c));
                Finding::new(Code::SyntaxUnexpected, span, message)
                    .help("replace this blank by an ordinary space")
                    .edit(span, " ")
            }
            (None, sign) => {
                let message = format!("`{c}` cannot stand outside texts and comments");
                let finding = Finding::new(Code::SyntaxUnexpected, span, message);
                match sign {
                    Some(sign) => finding.write(sign),
                    None => finding.help(foreign::help(c)),
                }
            }
        };
        self.out.blocking.push(finding);
        self.at = end;
    }

    /// Refuses forbidden characters in the next `length` bytes, which are a comment or a text.
    fn check_inside(&mut self, length: usize, inside: Inside) {
        let rest = &self.text[self.at..self.at + length];
        for (offset, c) in rest.char_indices() {
            // A carriage return at the end of the line is half of its line break.
            let ends_line = c == '\r' && self.text[self.at + offset..].starts_with("\r\n");
            if let Some(what) = forbidden(c).filter(|_| !ends_line) {
                let start = self.at + offset;
                let span = Span::new(self.source, start, start + c.len_utf8());
                self.out.harmless.push(encoding(span, c, what, inside));
            }
        }
    }
}

pub(super) fn is_word_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Digits, a fraction, an exponent and a unit: `12`, `0.5`, `1e-3`, `256MiB`, `10%`.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut end = 0;
    let mut hex = false;
    while let Some(byte) = bytes.get(end) {
        let exponent_sign = matches!(byte, b'+' | b'-')
            && matches!(bytes[end - 1], b'e' | b'E')
            && !hex
            && digit(end + 1)
            && bytes[..end - 1].iter().all(|b| b.is_ascii_digit() || *b == b'.');
        match byte {
            b'.' if digit(end + 1) && !text[..end].contains('.') => end += 1,
            b if b.is_ascii_alphanumeric() || *b == b'_' => {
                hex |= *b == b'x';
                end += 1;
            }
            _ if exponent_sign => end += 1,
            b'%' => return end + 1,
            _ => break,
        }
    }
    end
}

/// Why a character must not stand anywhere, not even in a comment.
fn forbidden(c: char) -> Option<&'static str> {
    match c {
        '\t' | '\n' => None,
        '\0' => Some("a NUL character"),
        '\r' => Some("a carriage return without a line feed"),
        '\u{FEFF}' => Some("a byte order mark in the middle of the file"),
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}' => {
            Some("an invisible character that changes the direction of the text")
        }
        '\u{200B}'..='\u{200D}' | '\u{2060}' => Some("an invisible character"),
        '\u{2028}' | '\u{2029}' => Some("a line break that editors and compilers count differently"),
        c if c.is_control() => Some("a control character"),
        _ => None,
    }
}

fn encoding(span: Span, c: char, what: &str, inside: Inside) -> Finding {
    let message = format!("{what} (U+{:04X})", u32::from(c));
    let finding = Finding::new(Code::SyntaxEncoding, span, message);
    if c == '\r' {
        return finding.help("save the file with line breaks of one kind");
    }
    finding.help("remove it; in a text, write it as `\\u{…}`").edit(
        span,
        match inside {
            Inside::Text => format!("\\u{{{:X}}}", u32::from(c)),
            Inside::Comment | Inside::Nothing => String::new(),
        },
    )
}
