//! A text out of which excerpts are cut, without reading it from its start for each of them. Of a line that nobody would
//! read to its end only what is around the place is cut.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// The bytes of the longest line that is shown whole.
const LINE_MAX: usize = 400;

/// How many bytes of a longer one are shown before the place and behind it.
const AROUND: usize = 60;

/// The bytes of the longest place that is marked in a longer line, and the lines of the longest one anywhere.
const PLACE_MAX: usize = 120;
const PLACE_LINES_MAX: usize = 40;

/// A text with its name.
pub(super) struct Excerpt {
    name: String,
    text: String,
    /// Where its lines begin.
    lines: Vec<usize>,
}

impl Excerpt {
    pub(super) fn new(name: String, text: String) -> Excerpt {
        let after = text.match_indices('\n').map(|(newline, _)| newline + 1);
        let lines = std::iter::once(0).chain(after).collect();
        Excerpt { name, text, lines }
    }

    /// The line of a byte, from 0.
    fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset) - 1
    }

    /// Where a line ends, its line feed included.
    fn end(&self, line: usize) -> usize {
        self.lines.get(line + 1).copied().unwrap_or(self.text.len())
    }

    fn is_long(&self, line: usize) -> bool {
        line < self.lines.len() && self.end(line) - self.lines[line] > LINE_MAX
    }

    /// The characters of the line of a byte, if they are too many to be shown.
    pub(super) fn too_long(&self, offset: usize) -> Option<usize> {
        let line = self.line(offset);
        let text = &self.text[self.lines[line]..self.end(line)];
        self.is_long(line)
            .then(|| text.trim_end_matches(['\r', '\n']).chars().count())
    }

    /// The end of what is marked of a place: all of it, or what is on its first line, or the first bytes of that.
    pub(super) fn marked_end(&self, start: usize, end: usize) -> usize {
        let (first, last) = (self.line(start), self.line(end));
        let long = (first..=last).any(|line| self.is_long(line));
        if !long && last - first < PLACE_LINES_MAX {
            return end;
        }
        let most = match self.is_long(first) {
            true => start + PLACE_MAX,
            false => end,
        };
        let line = self.text[..self.end(first)].trim_end_matches(['\r', '\n']).len();
        self.text.floor_char_boundary(end.min(most).min(line.max(start)))
    }

    /// What is around a place in lines of which one is long.
    fn around(&self, start: usize, end: usize) -> (usize, usize) {
        let (first, last) = (self.line(start), self.line(end));
        let from = match start - self.lines[first] > AROUND {
            true => self.text.ceil_char_boundary(start - AROUND),
            false if first > 0 && !self.is_long(first - 1) => self.lines[first - 1],
            false => self.lines[first],
        };
        let rest = self.end(last) - end;
        let to = match rest > AROUND {
            true => self.text.floor_char_boundary(end + AROUND),
            false if self.is_long(last + 1) => self.end(last),
            false => self.end((last + 1).min(self.lines.len() - 1)),
        };
        (from, to)
    }
}

/// A text that knows where the places of a finding are in the original, in lines and characters.
pub(super) struct Located<'a> {
    excerpt: &'a Excerpt,
    /// Where a place begins here, and its line and column there.
    places: Vec<(usize, usize, usize)>,
}

impl<'a> Located<'a> {
    pub(super) fn new(excerpt: &'a Excerpt, places: Vec<(usize, usize, usize)>) -> Located<'a> {
        Located { excerpt, places }
    }
}

impl SourceCode for Located<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let here = self.places.iter().find(|(start, ..)| *start == span.offset());
        match here {
            // Nothing around it is asked for: it is about where it begins.
            Some((_, line, column)) if lines_before + lines_after == 0 => Ok(Box::new(
                MietteSpanContents::new_named(self.excerpt.name.clone(), &[], *span, line - 1, column - 1, 1),
            )),
            Some(_) | None => self.excerpt.read_span(span, lines_before, lines_after),
        }
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        let (first, last) = (self.line(start), self.line(end));
        let shown = first.saturating_sub(lines_before)..=last + lines_after;
        if lines_before > 0 && shown.clone().any(|line| self.is_long(line)) {
            // Places that lie apart in long lines are shown one by one.
            if end - start > 2 * PLACE_MAX + AROUND {
                return Err(MietteError::OutOfBounds);
            }
            let (from, to) = self.around(start, end);
            let line = self.line(from);
            return Ok(Box::new(MietteSpanContents::new_named(
                self.name.clone(),
                &self.text.as_bytes()[from..to],
                SourceSpan::new(from.into(), to - from),
                line,
                0,
                self.line(to) - line + 1,
            )));
        }
        // One line more on each side: what is cut below then ends as it would in the whole text.
        let from = self.lines[first.saturating_sub(lines_before + 1)];
        let to = self
            .lines
            .get(last + lines_after + 2)
            .copied()
            .unwrap_or(self.text.len());
        let inside = SourceSpan::new((start - from).into(), span.len());
        let cut = self.text[from..to].read_span(&inside, lines_before, lines_after)?;
        let place = SourceSpan::new((cut.span().offset() + from).into(), cut.span().len());
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            cut.data(),
            place,
            cut.line() + first.saturating_sub(lines_before + 1),
            cut.column(),
            cut.line_count(),
        )))
    }
}
