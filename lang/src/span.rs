//! Where a piece of text stands: a file of the project and a byte range in it.

use std::path::{Path, PathBuf};

/// A file of the project, by its place in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A half-open byte range of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `source`.
    pub fn new(source: SourceId, start: usize, end: usize) -> Span {
        Span {
            source,
            start: bytes(start),
            end: bytes(end),
        }
    }

    /// The point behind it.
    #[must_use]
    pub fn behind(self) -> Span {
        Span {
            start: self.end,
            ..self
        }
    }

    /// The point before it.
    #[must_use]
    pub fn before(self) -> Span {
        Span {
            end: self.start,
            ..self
        }
    }

    /// The smallest range that holds both; both must stand in one file.
    pub fn to(self, other: Span) -> Span {
        Span {
            source: self.source,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

fn bytes(offset: usize) -> u32 {
    u32::try_from(offset).expect("a source file is at most 1 MB, which the loader checks")
}

/// One source file: its path as the user would write it, and its text.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path, relative to where the command was started if it lies below.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
}

/// All files of one compilation.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
    /// For each file, where its lines after the first begin: a place is asked for many times a file.
    lines: Vec<Vec<u32>>,
}

/// A place as people count: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl Sources {
    /// Adds a file and returns its id.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<String>) -> SourceId {
        let id = SourceId(bytes(self.files.len()));
        let text = text.into();
        self.lines.push(
            text.match_indices('\n')
                .map(|(newline, _)| bytes(newline + 1))
                .collect(),
        );
        self.files.push(Source {
            path: path.into(),
            text,
        });
        id
    }

    /// The file behind an id.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.files[id.0 as usize]
    }

    /// All files with their ids, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.files.iter().zip(0..).map(|(file, id)| (SourceId(id), file))
    }

    /// The path of the file that `span` stands in.
    pub fn path(&self, span: Span) -> &Path {
        &self.get(span.source).path
    }

    /// The text of `span`.
    pub fn text(&self, span: Span) -> &str {
        &self.get(span.source).text[span.start as usize..span.end as usize]
    }

    /// Line and column of the start of `span`.
    pub fn start(&self, span: Span) -> Place {
        self.place(span.source, span.start)
    }

    /// Line and column of the end of `span` (one past its last character).
    pub fn end(&self, span: Span) -> Place {
        self.place(span.source, span.end)
    }

    /// The line of the start of `span`, from 1: without counting the characters before it.
    pub fn line(&self, span: Span) -> u32 {
        self.line_of(span.source, span.start).0
    }

    /// The line of a byte, and the first byte of that line.
    fn line_of(&self, source: SourceId, offset: u32) -> (u32, u32) {
        let starts = &self.lines[source.0 as usize];
        let above = starts.partition_point(|start| *start <= offset);
        let start = above.checked_sub(1).map_or(0, |at| starts[at]);
        (bytes(above) + 1, start)
    }

    fn place(&self, source: SourceId, offset: u32) -> Place {
        let (line, start) = self.line_of(source, offset);
        let before = &self.get(source).text[start as usize..offset as usize];
        Place {
            line,
            column: bytes(before.chars().count()) + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let mut sources = Sources::default();
        let id = sources.add("a.flow", "flow ä\nrule b");
        let b = Span::new(id, 13, 14);
        assert_eq!(sources.text(b), "b");
        assert_eq!(sources.start(b), Place { line: 2, column: 6 });
        assert_eq!(sources.end(Span::new(id, 5, 7)), Place { line: 1, column: 7 });
        assert_eq!(sources.line(b), 2);
        assert_eq!(sources.start(Span::new(id, 7, 8)), Place { line: 1, column: 7 });
        assert_eq!(sources.start(Span::new(id, 8, 8)), Place { line: 2, column: 1 });
    }
}
