//! From the text of a script to commands and their words.

use super::Variables;
use crate::openwhisk::deployment::Bound;
use flow_lang::report::{Code, Finding};
use flow_lang::span::{SourceId, Span};

/// A word of a command.
#[derive(Clone, Debug, Default)]
pub(super) struct Word {
    /// What it says, as far as that is known.
    pub(super) text: String,
    /// As it is written.
    pub(super) raw: String,
    /// Some of it is in quotes.
    pub(super) quoted: bool,
    /// Some of it is known only when the script runs.
    unknown: bool,
    /// All of it is this variable of the environment.
    variable: Option<String>,
}

/// A command.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) words: Vec<Word>,
}

impl Word {
    /// What it says, if that is known.
    pub(super) fn known(&self) -> Option<&str> {
        (!self.unknown).then_some(self.text.as_str())
    }

    /// A part of it: as well known as the whole.
    pub(super) fn part(&self, text: &str) -> Word {
        Word {
            text: text.to_owned(),
            raw: text.to_owned(),
            ..self.clone()
        }
    }

    /// What it says as the value of a parameter: JSON if it is that, else a text.
    pub(super) fn bound(&self) -> Bound {
        match (&self.variable, self.known()) {
            (Some(name), _) => Bound::Variable(name.clone()),
            (None, Some(text)) => Bound::Value(serde_json::from_str(text).unwrap_or_else(|_| text.into())),
            (None, None) => Bound::Unknown(self.raw.clone()),
        }
    }

    /// `NAME=value`: the value is nothing where it is not known.
    pub(super) fn assignment(&self) -> Option<(String, Option<String>)> {
        let (name, _) = self.raw.split_once('=')?;
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(word) {
            return None;
        }
        let value = self
            .known()
            .and_then(|text| text.split_once('='))
            .map(|(_, value)| value.to_owned());
        Some((name.to_owned(), value))
    }
}

/// Reads one command after the other.
pub(super) struct Lines<'t> {
    source: SourceId,
    text: &'t str,
    at: usize,
    /// Ends of texts that begin on the next line (`<<EOF`).
    pending: Vec<String>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(source: SourceId, text: &'t str) -> Lines<'t> {
        Lines {
            source,
            text,
            at: 0,
            pending: Vec::new(),
        }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// The next command that has a word, with the variables put in.
    pub(super) fn next(&mut self, variables: &Variables) -> Option<Result<Command, Finding>> {
        let mut words: Vec<Word> = Vec::new();
        loop {
            let rest = self.rest();
            match self.peek() {
                None => return (!words.is_empty()).then_some(Ok(Command { words })),
                Some('\n' | ';' | '&' | '|') => {
                    if self.bump() == Some('\n') {
                        self.skip_documents();
                    }
                    if !words.is_empty() {
                        return Some(Ok(Command { words }));
                    }
                }
                Some('#') => self.at += rest.find('\n').unwrap_or(rest.len()),
                Some('\\') if rest.starts_with("\\\n") || rest.starts_with("\\\r\n") => {
                    self.at += rest.find('\n').map_or(rest.len(), |end| end + 1);
                }
                Some('>' | '<') => self.redirection(variables),
                Some(c) if c.is_whitespace() => self.at += c.len_utf8(),
                Some(_) => match self.word(variables) {
                    // `2>file`: the number belongs to what follows.
                    Ok(word)
                        if self.rest().starts_with(['>', '<'])
                            && word.raw.bytes().all(|b| b.is_ascii_digit()) => {}
                    Ok(word) => words.extend(split(word)),
                    Err(finding) => return Some(Err(finding)),
                },
            }
        }
    }

    /// `> file`, `2>&1`, `<<EOF`: where something goes, and texts that follow.
    fn redirection(&mut self, variables: &Variables) {
        let signs = self
            .rest()
            .find(|c| !matches!(c, '>' | '<' | '&' | '-'))
            .unwrap_or(self.rest().len());
        let document = self.rest().starts_with("<<") && !self.rest().starts_with("<<<");
        self.at += signs;
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\t')) {
            self.at += 1;
        }
        if self.peek().is_none_or(|c| matches!(c, '\n' | ';' | '|' | '&')) {
            return;
        }
        if let Ok(word) = self.word(variables)
            && document
        {
            self.pending.push(word.text);
        }
    }

    /// Passes over the texts that were announced on the line before.
    fn skip_documents(&mut self) {
        for end in std::mem::take(&mut self.pending) {
            while self.at < self.text.len() {
                let rest = self.rest();
                let line = rest.find('\n').map_or(rest.len(), |at| at + 1);
                self.at += line;
                if rest[..line].trim() == end {
                    break;
                }
            }
        }
    }

    fn word(&mut self, variables: &Variables) -> Result<Word, Finding> {
        let start = self.at;
        let mut word = Word::default();
        while let Some(c) = self.peek() {
            match c {
                c if c.is_whitespace() || matches!(c, ';' | '|' | '&' | '>' | '<') => break,
                '\'' => {
                    let open = self.at;
                    let inner = &self.rest()[1..];
                    let Some(end) = inner.find('\'') else {
                        return Err(self.unclosed(open));
                    };
                    word.text.push_str(&inner[..end]);
                    word.quoted = true;
                    self.at += end + 2;
                }
                '"' => self.double(&mut word, variables)?,
                '\\' => {
                    self.bump();
                    if self.rest().starts_with("\r\n") {
                        self.bump();
                    }
                    match self.bump() {
                        None | Some('\n') => {}
                        Some(c) => word.text.push(c),
                    }
                }
                '$' | '`' => self.expansion(&mut word, variables)?,
                c => {
                    word.text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        // A bracket that nothing belongs to must not stop the reading.
        if self.at == start {
            self.bump();
        }
        self.text[start..self.at].clone_into(&mut word.raw);
        let whole = |name: &&String| {
            let raw = word.raw.trim_matches('"');
            raw == format!("${name}") || raw == format!("${{{name}}}")
        };
        word.variable = word.variable.as_ref().filter(whole).cloned();
        Ok(word)
    }

    fn double(&mut self, word: &mut Word, variables: &Variables) -> Result<(), Finding> {
        let open = self.at;
        word.quoted = true;
        self.bump();
        loop {
            match self.peek() {
                None => return Err(self.unclosed(open)),
                Some('"') => {
                    self.bump();
                    return Ok(());
                }
                Some('\\') => {
                    self.bump();
                    match self.bump() {
                        None | Some('\n') => {}
                        Some(c @ ('"' | '\\' | '$' | '`')) => word.text.push(c),
                        Some(c) => word.text.extend(['\\', c]),
                    }
                }
                Some('$' | '`') => self.expansion(word, variables)?,
                Some(c) => {
                    word.text.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    /// `$NAME`, `${NAME}`, `$(command)`.
    fn expansion(&mut self, word: &mut Word, variables: &Variables) -> Result<(), Finding> {
        let open = self.at;
        let sign = self.bump();
        let rest = self.rest();
        let name_end = |text: &str| {
            text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(text.len())
        };
        if sign == Some('`') {
            let Some(end) = rest.find('`') else {
                return Err(self.unclosed(open));
            };
            self.at += end + 1;
            word.unknown = true;
        } else if rest.starts_with('(') {
            let Some(end) = matching(rest) else {
                return Err(self.unclosed(open));
            };
            self.at += end;
            word.unknown = true;
        } else if let Some(inner) = rest.strip_prefix('{') {
            let Some(end) = inner.find('}') else {
                return Err(self.unclosed(open));
            };
            self.at += end + 2;
            match name_end(&inner[..end]) == end && end > 0 {
                true => put(word, &inner[..end], variables),
                false => word.unknown = true,
            }
        } else {
            match name_end(rest) {
                0 if rest.starts_with(['?', '!', '#', '@', '*', '$']) => {
                    self.bump();
                    word.unknown = true;
                }
                0 => word.text.push('$'),
                end => {
                    self.at += end;
                    put(word, &rest[..end], variables);
                }
            }
        }
        Ok(())
    }

    fn unclosed(&mut self, open: usize) -> Finding {
        self.at = self.text.len();
        let span = Span::new(self.source, open, open + 1);
        Finding::new(Code::SyntaxUnclosed, span, "this is never closed")
            .help("close it, as the shell wants it")
    }
}

/// Puts the value of a variable into a word.
fn put(word: &mut Word, name: &str, variables: &Variables) {
    match variables.get(name) {
        Some(Some(value)) => word.text.push_str(value),
        Some(None) => word.unknown = true,
        None => {
            word.unknown = true;
            // What begins with a digit is an argument of the script.
            if !name.starts_with(|c: char| c.is_ascii_digit()) {
                word.variable = Some(name.to_owned());
            }
        }
    }
}

/// Without quotes, the value of a variable is as many words as it has.
fn split(word: Word) -> Vec<Word> {
    if word.quoted || word.unknown || !word.raw.starts_with('$') {
        return vec![word];
    }
    let parts = word.text.split_whitespace();
    parts
        .map(|part| Word {
            text: part.to_owned(),
            ..word.clone()
        })
        .collect()
}

/// The bytes up to the bracket that closes the first one.
fn matching(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}
