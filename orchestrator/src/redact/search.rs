//! Finding the forms of all secrets in one pass.

use super::forms;
use aho_corasick::AhoCorasick;
use std::ops::Range;

/// What is looked for.
pub(super) struct Search {
    automaton: AhoCorasick,
    forms: Vec<Form>,
    /// `[secret NAME]`, by secret.
    marks: Vec<String>,
}

struct Form {
    bytes: Vec<u8>,
    /// Which secret.
    of: usize,
    /// The lengths of its beginnings that end with a line, the longest first.
    lines: Vec<usize>,
    /// For each beginning, the longest one that it ends with and is not itself.
    overlaps: Vec<usize>,
}

/// A place where secrets stand, perhaps several over each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) place: Range<usize>,
    of: usize,
}

impl Search {
    /// Nothing if there is nothing to look for.
    pub(super) fn new<'s>(secrets: impl Iterator<Item = (&'s String, &'s String)>) -> Option<Search> {
        let (mut found, mut marks) = (Vec::new(), Vec::new());
        for (of, (name, value)) in secrets.enumerate() {
            marks.push(format!("[secret {name}]"));
            found.extend(forms::of(value).into_iter().map(|form| Form::new(form, of)));
        }
        if found.is_empty() {
            return None;
        }
        let automaton = AhoCorasick::new(found.iter().map(|form| &form.bytes));
        Some(Search {
            automaton: automaton.expect("secrets are far shorter than 2 GiB"),
            forms: found,
            marks,
        })
    }

    /// What stands in the place of a hit.
    pub(super) fn mark(&self, hit: &Hit) -> &str {
        &self.marks[hit.of]
    }

    /// All places, in order and apart from each other.
    pub(super) fn hits(&self, bytes: &[u8]) -> Vec<Hit> {
        let mut all: Vec<Hit> = self
            .automaton
            .find_overlapping_iter(bytes)
            .map(|found| Hit {
                place: found.range(),
                of: self.forms[found.pattern().as_usize()].of,
            })
            .collect();
        // Of two that begin together, the longer says whose it is.
        all.sort_by_key(|hit| (hit.place.start, usize::MAX - hit.place.end));
        let mut apart: Vec<Hit> = Vec::new();
        for hit in all {
            match apart.last_mut() {
                Some(last) if hit.place.start < last.place.end => {
                    last.place.end = last.place.end.max(hit.place.end);
                }
                _ => apart.push(hit),
            }
        }
        apart
    }

    /// The length of the longest end of `bytes` that may be the beginning of a secret.
    pub(super) fn begun(&self, bytes: &[u8]) -> usize {
        self.forms.iter().map(|form| form.begun(bytes)).max().unwrap_or(0)
    }

    /// The same for bytes that end with a line, of which most secrets have none.
    pub(super) fn begun_lines(&self, bytes: &[u8]) -> usize {
        let begun = |form: &Form| {
            let ends = |length: &&usize| bytes.ends_with(&form.bytes[..**length]);
            form.lines.iter().find(ends).copied()
        };
        self.forms.iter().filter_map(begun).max().unwrap_or(0)
    }
}

impl Form {
    fn new(form: String, of: usize) -> Form {
        let bytes = form.into_bytes();
        let lines = (1..bytes.len()).rev().filter(|length| bytes[length - 1] == b'\n');
        let mut overlaps = vec![0; bytes.len()];
        for at in 1..bytes.len() {
            let mut length = overlaps[at - 1];
            while length > 0 && bytes[length] != bytes[at] {
                length = overlaps[length - 1];
            }
            overlaps[at] = length + usize::from(bytes[length] == bytes[at]);
        }
        Form {
            lines: lines.collect(),
            overlaps,
            of,
            bytes,
        }
    }

    /// Knuth, Morris and Pratt: one look at each of the last bytes.
    fn begun(&self, bytes: &[u8]) -> usize {
        let whole = self.bytes.len();
        let from = bytes.len().saturating_sub(whole - 1);
        let mut length = 0;
        for byte in &bytes[from..] {
            while length > 0 && self.bytes[length] != *byte {
                length = self.overlaps[length - 1];
            }
            length += usize::from(self.bytes[length] == *byte);
        }
        length
    }
}
