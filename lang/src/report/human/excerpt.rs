//! A text out of which excerpts are cut, without reading it from its start for each of them.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

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
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        // One line more on each side: what is cut below then ends as it would in the whole text.
        let first = self.line(span.offset()).saturating_sub(lines_before + 1);
        let last = self.line(span.offset() + span.len()) + lines_after + 2;
        let from = self.lines[first];
        let to = self.lines.get(last).copied().unwrap_or(self.text.len());
        let inside = SourceSpan::new((span.offset() - from).into(), span.len());
        let cut = self.text[from..to].read_span(&inside, lines_before, lines_after)?;
        let place = SourceSpan::new((cut.span().offset() + from).into(), cut.span().len());
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            cut.data(),
            place,
            cut.line() + first,
            cut.column(),
            cut.line_count(),
        )))
    }
}
