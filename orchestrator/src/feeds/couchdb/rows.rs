//! Takes an answer of `_changes` apart as it comes, byte by byte: one JSON value after the other (continuous), or
//! one value with all changes in it (longpoll). A change is parsed when it is whole, and never more than one at a
//! time is in memory as text. The document of one that is too long is passed over without being kept.

use crate::packages::couchdb::Document;
use serde::Deserialize;
use serde_json::Value;
use std::collections::VecDeque;
use std::mem;

/// The most bytes of one change with its document.
pub(super) const ROW_MAX: usize = 4 << 20;
/// The most bytes of an answer beside its changes.
const REST_MAX: usize = 64 << 10;
/// So many bytes of what is no change are told.
const WORDS_BYTES: usize = 120;

/// A change of one document.
#[derive(Debug)]
pub(super) struct Row {
    /// The position after it, as the server gives it.
    pub(super) seq: Value,
    pub(super) id: String,
    pub(super) rev: String,
    pub(super) what: What,
    /// Bytes that it came in.
    pub(super) size: usize,
}

/// What became of a document.
#[derive(Debug)]
pub(super) enum What {
    /// It is there, and this is it.
    Document(Document),
    /// It is there, and the server did not give it along.
    Absent,
    /// It is there, and has more than [`ROW_MAX`] bytes.
    TooLong,
    Deleted,
}

/// How an answer has ended.
#[derive(Debug, Default, Deserialize)]
pub(super) struct End {
    /// The position after all of it.
    pub(super) last_seq: Value,
    /// How many changes come after that, if the server says so.
    pub(super) pending: Option<u64>,
}

/// Takes one answer apart.
pub(super) struct Rows {
    continuous: bool,
    /// Within the list of changes, where an answer has one.
    listed: bool,
    /// How deep this is: in the change that is coming, or in the answer.
    depth: u32,
    /// How deep the answer was when the change began; absent outside of a change.
    within: Option<u32>,
    text: Option<Text>,
    /// What is in memory of the change that is coming.
    row: Vec<u8>,
    /// Where in `row` the last text began, and where it ended.
    last: (usize, usize),
    document: Part,
    /// The answer without its changes.
    rest: Vec<u8>,
    end: Option<End>,
}

/// Within a text in quotes.
#[derive(Clone, Copy, PartialEq)]
enum Text {
    Plain,
    /// After a backslash.
    Escaped,
}

/// Where the document of a change is.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// It has not begun, or there is none.
    Before,
    /// Its name has been; what comes next is it.
    Named,
    /// It began here in `row`, and is being kept.
    Kept(usize),
    /// It was too long and is passed over.
    Dropped,
    /// It has ended; true if it was passed over.
    Over(bool),
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    seq: Value,
    id: Option<String>,
    #[serde(default)]
    changes: Vec<Change>,
    #[serde(default)]
    deleted: bool,
    doc: Option<Document>,
    last_seq: Option<Value>,
    pending: Option<u64>,
}

#[derive(Deserialize)]
struct Change {
    rev: String,
}

impl Rows {
    pub(super) fn new(continuous: bool) -> Rows {
        Rows {
            continuous,
            listed: false,
            depth: 0,
            within: None,
            text: None,
            row: Vec::new(),
            last: (0, 0),
            document: Part::Before,
            rest: Vec::new(),
            end: None,
        }
    }

    /// How the answer has ended, if it has.
    pub(super) fn end(&mut self) -> Option<End> {
        self.end.take()
    }

    /// Takes what has come; changes that are whole now go to `out`.
    ///
    /// # Errors
    /// It is no answer of `_changes`; in words, with its beginning.
    pub(super) fn push(&mut self, chunk: &[u8], out: &mut VecDeque<Row>) -> Result<(), String> {
        // Bytes from here on are not in `row` yet; absent outside of a change and where nothing is kept.
        let mut from = (self.within.is_some() && self.document != Part::Dropped).then_some(0);
        for (at, &byte) in chunk.iter().enumerate() {
            if let Some(text) = self.text {
                self.text = match (text, byte) {
                    (Text::Plain, b'\\') => Some(Text::Escaped),
                    (Text::Plain, b'"') => None,
                    (Text::Plain | Text::Escaped, _) => Some(Text::Plain),
                };
                match (self.within, from) {
                    (None, _) => self.keep(byte)?,
                    (Some(_), Some(from)) if self.text.is_none() && self.depth == 1 => {
                        self.last.1 = self.row.len() + at - from;
                    }
                    (Some(_), _) => {}
                }
                continue;
            }
            let Some(outer) = self.within else {
                self.outside(byte, &chunk[at..])?;
                from = self.within.map(|_| at);
                continue;
            };
            match byte {
                b'"' => {
                    self.text = Some(Text::Plain);
                    if let (1, Some(from)) = (self.depth, from) {
                        self.last.0 = self.row.len() + at - from + 1;
                    }
                }
                b':' if self.depth == 1 && self.document == Part::Before => {
                    if let Some(start) = from.replace(at) {
                        self.row.extend_from_slice(&chunk[start..at]);
                    }
                    if self.row.get(self.last.0..self.last.1) == Some(b"doc") {
                        self.document = Part::Named;
                    }
                }
                // The document is `null`.
                b',' if self.depth == 1 && self.document == Part::Named => self.document = Part::Over(false),
                b'{' | b'[' => {
                    self.depth += 1;
                    if self.document == Part::Named {
                        let begun = from.map_or(0, |from| at - from);
                        self.document = Part::Kept(self.row.len() + begun);
                    }
                }
                b'}' | b']' => {
                    self.depth -= 1;
                    match (self.depth, self.document) {
                        (1, Part::Kept(_)) => self.document = Part::Over(false),
                        (1, Part::Dropped) => {
                            self.document = Part::Over(true);
                            self.row.extend_from_slice(b"null");
                            from = Some(at + 1);
                        }
                        (0, _) => {
                            if let Some(from) = from.take() {
                                self.row.extend_from_slice(&chunk[from..=at]);
                            }
                            (self.within, self.depth) = (None, outer);
                            self.whole(out)?;
                        }
                        (_, Part::Before | Part::Named | Part::Kept(_) | Part::Dropped | Part::Over(_)) => {}
                    }
                }
                _ => {}
            }
        }
        if let Some(from) = from {
            self.row.extend_from_slice(&chunk[from..]);
            self.bound()?;
        }
        Ok(())
    }

    /// A byte that belongs to no change; `rest` begins with it.
    fn outside(&mut self, byte: u8, rest: &[u8]) -> Result<(), String> {
        let between = self.listed && self.depth == 2 || self.continuous && self.end.is_none();
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => return Ok(()),
            b'{' if between => {
                (self.within, self.depth) = (Some(self.depth), 1);
                self.row.clear();
                self.last = (0, 0);
                self.document = Part::Before;
                return Ok(());
            }
            // What is left of the list is an empty one.
            b',' if between && self.listed => return Ok(()),
            // An answer begins with a brace, and is over with it.
            _ if self.depth == 0 && (self.continuous || byte != b'{' || !self.rest.is_empty()) => {
                return Err(strange(rest));
            }
            b'"' => self.text = Some(Text::Plain),
            b'{' => self.depth += 1,
            b'[' => {
                self.depth += 1;
                self.listed |= self.depth == 2 && self.rest.ends_with(b"\"results\":");
            }
            b'}' | b']' => {
                self.listed &= self.depth != 2;
                self.depth -= 1;
            }
            _ => {}
        }
        self.keep(byte)?;
        if self.depth == 0 {
            self.end = Some(serde_json::from_slice(&self.rest).map_err(|_| strange(&self.rest))?);
        }
        Ok(())
    }

    fn keep(&mut self, byte: u8) -> Result<(), String> {
        if self.rest.len() >= REST_MAX {
            return Err(strange(&self.rest));
        }
        self.rest.push(byte);
        Ok(())
    }

    /// Holds what is in memory against the bound: a document that is too long goes, and the rest of it with it.
    fn bound(&mut self) -> Result<(), String> {
        if self.row.len() <= ROW_MAX {
            return Ok(());
        }
        let Part::Kept(start) = self.document else {
            return Err(strange(&self.row));
        };
        self.row.truncate(start);
        self.document = Part::Dropped;
        Ok(())
    }

    /// A change, or the end of the answer, is whole.
    fn whole(&mut self, out: &mut VecDeque<Row>) -> Result<(), String> {
        let row = mem::take(&mut self.row);
        let line: Line = serde_json::from_slice(&row).map_err(|_| strange(&row))?;
        let (document, size) = (self.document, row.len());
        self.row = row;
        if let Some(last_seq) = line.last_seq {
            let pending = line.pending;
            self.end = Some(End { last_seq, pending });
            return Ok(());
        }
        let deleted = line.deleted
            || line
                .doc
                .as_ref()
                .is_some_and(|doc| doc.get("_deleted") == Some(&true.into()));
        let given = |doc: &Document| doc.get("_rev").and_then(Value::as_str).map(str::to_owned);
        // The document that comes along is what an event is made of, so it is its revision that counts.
        let rev = line.doc.as_ref().and_then(given);
        let rev = rev.or_else(|| line.changes.into_iter().next().map(|change| change.rev));
        // Without a position nothing can go on from it.
        let (Some(id), Some(rev), false) = (line.id, rev, line.seq.is_null()) else {
            return Err(strange(&self.row));
        };
        let what = match (deleted, document, line.doc) {
            (true, ..) => What::Deleted,
            (false, Part::Over(true), _) => What::TooLong,
            (false, _, Some(document)) => What::Document(document),
            (false, _, None) => What::Absent,
        };
        let seq = line.seq;
        out.push_back(Row {
            seq,
            id,
            rev,
            what,
            size,
        });
        Ok(())
    }
}

fn strange(bytes: &[u8]) -> String {
    let words = String::from_utf8_lossy(&bytes[..bytes.len().min(WORDS_BYTES)]);
    format!("it sent something that is no change: {words:?}")
}

#[cfg(test)]
mod tests;
