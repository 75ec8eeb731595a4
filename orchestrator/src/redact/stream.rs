//! Redacting what comes in pieces: a secret that is cut by the end of a piece is found all the same.

use super::Redaction;

/// Where the bytes that were given end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// After the end of a line, which is part of them. Whole lines come out.
    Line,
    /// Anywhere.
    Anywhere,
}

/// Bytes on their way. What may be the beginning of a secret is held back until more has come.
pub struct Stream {
    redaction: Redaction,
    /// Not handed out yet. INVARIANT: a secret that is not wholly in here begins in here, or has not begun.
    held: Vec<u8>,
    /// So many bytes at the beginning of `held` belong to a secret whose mark was handed out.
    marked: usize,
}

impl Stream {
    /// Nothing has come yet.
    pub fn new(redaction: Redaction) -> Stream {
        Stream {
            redaction,
            held: Vec::new(),
            marked: 0,
        }
    }

    /// Whether everything passes at once and as it is.
    pub fn is_idle(&self) -> bool {
        self.redaction.is_idle()
    }

    /// Takes bytes, and gives out what can be.
    pub fn push(&mut self, bytes: &[u8], cut: Cut) -> Vec<u8> {
        let Some(search) = self.redaction.0.clone() else {
            return bytes.to_vec();
        };
        self.held.extend_from_slice(bytes);
        let end = match cut {
            Cut::Anywhere => self.held.len() - search.begun(&self.held),
            Cut::Line => {
                let begun = search.begun_lines(&self.held);
                let end = self.held.len() - begun;
                let line = |held: &[u8]| {
                    held.iter()
                        .rposition(|byte| *byte == b'\n')
                        .map_or(0, |at| at + 1)
                };
                // A line of which the end is held back is held back whole.
                if begun == 0 { end } else { line(&self.held[..end]) }
            }
        };
        self.give(end)
    }

    /// Gives out the rest.
    pub fn finish(&mut self) -> Vec<u8> {
        self.give(self.held.len())
    }

    fn give(&mut self, end: usize) -> Vec<u8> {
        let Some(search) = self.redaction.0.clone() else {
            return Vec::new();
        };
        let mut out = Vec::with_capacity(end);
        let (mut at, mut marked) = (self.marked.min(end), self.marked.saturating_sub(end));
        for hit in search.hits(&self.held) {
            let place = &hit.place;
            if place.start >= end {
                break;
            }
            // What goes on from a secret that has its mark needs none of its own.
            if place.start >= self.marked {
                out.extend_from_slice(&self.held[at..place.start]);
                out.extend_from_slice(search.mark(&hit).as_bytes());
            }
            at = at.max(place.end.min(end));
            marked = marked.max(place.end.saturating_sub(end));
        }
        out.extend_from_slice(&self.held[at..end]);
        self.held.drain(..end);
        self.marked = marked;
        out
    }
}
