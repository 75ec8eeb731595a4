//! What every part of the tree builder needs: spans, names, and a place for findings.

use super::scan::Token;
use crate::ast::Ident;
use crate::report::{Code, Finding};
use crate::span::{SourceId, Span};
use flow_grammar::Rule;

/// How deep a syntax tree may be, counting brackets and the links of chains such as `a + b + c`. It bounds the stack
/// of everything that walks a tree or drops it.
pub(super) const DEPTH_MAX: usize = 256;

pub(super) type Pair<'t> = pest::iterators::Pair<'t, Rule>;

/// Builds the tree of one declaration out of pest's pairs.
///
/// A mistake is added to `findings` and something harmless stands in its place; a declaration with findings is never
/// handed on.
pub(super) struct Builder<'t> {
    pub(super) source: SourceId,
    /// The whole file.
    pub(super) text: &'t str,
    tokens: &'t [Token],
    /// Where the declaration starts in the file: pest counts from there.
    pub(super) offset: usize,
    pub(super) findings: Vec<Finding>,
    depth: usize,
    /// Where the token before the declaration ends.
    before: usize,
}

impl<'t> Builder<'t> {
    /// For the declaration that `tokens` are; the token before them ends at `before`.
    pub(super) fn new(source: SourceId, text: &'t str, tokens: &'t [Token], before: usize) -> Builder<'t> {
        Builder {
            source,
            text,
            tokens,
            offset: tokens[0].start,
            findings: Vec::new(),
            depth: 0,
            before,
        }
    }

    /// Without the blanks and comments that pest adds to a rule which ends with something optional.
    pub(super) fn span(&self, pair: &Pair<'_>) -> Span {
        let (start, end) = (
            pair.as_span().start() + self.offset,
            pair.as_span().end() + self.offset,
        );
        let after = self.tokens.partition_point(|token| token.start < end);
        let last = after.checked_sub(1).map_or(end, |last| self.tokens[last].end);
        Span::new(self.source, start, end.min(last))
    }

    pub(super) fn ident(&self, pair: &Pair<'_>) -> Ident {
        Ident {
            name: pair.as_str().to_owned(),
            span: self.span(pair),
        }
    }

    /// The only child that is no keyword.
    pub(super) fn only<'p>(&self, pair: Pair<'p>) -> Pair<'p> {
        children(pair)
            .next()
            .expect("the grammar gives this rule one child")
    }

    pub(super) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(super) fn unexpected(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.add(Finding::new(Code::SyntaxUnexpected, span, message).help(help));
    }

    /// Goes `links` steps down and says whether there is room.
    pub(super) fn enter(&mut self, links: usize, span: Span) -> bool {
        let room = self.depth + links <= DEPTH_MAX;
        if !room
            && self
                .findings
                .iter()
                .all(|finding| finding.code != Code::SyntaxNesting)
        {
            let message =
                format!("this is put together from more than {DEPTH_MAX} parts, one inside the other");
            self.add(
                Finding::new(Code::SyntaxNesting, span, message)
                    .help("give inner parts names with `let` or `type`"),
            );
        }
        if room {
            self.depth += links;
        }
        room
    }

    pub(super) fn leave(&mut self, links: usize) {
        self.depth -= links;
    }

    /// The `///` lines right above the place, joined.
    pub(super) fn doc(&self, start: usize) -> Option<String> {
        // Only what lies between two tokens is looked at: a line may be as long as the file.
        let after = self.tokens.partition_point(|token| token.end <= start);
        let from = after
            .checked_sub(1)
            .map_or(self.before, |last| self.tokens[last].end);
        let gap = &self.text[from..start];
        let last = gap.rfind('\n')?;
        // The line of the token before is its own.
        let first = if from == 0 { 0 } else { gap.find('\n')? };
        let mut lines: Vec<&str> = gap[first..last]
            .lines()
            .rev()
            .map_while(|line| line.trim().strip_prefix("///"))
            .take_while(|line| !line.starts_with('/'))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        lines.reverse();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

/// The children of a pair without keywords, which only the grammar and its errors need.
pub(super) fn children<'t>(pair: Pair<'t>) -> impl Iterator<Item = Pair<'t>> {
    pair.into_inner().filter(|child| !is_keyword(child.as_rule()))
}

fn is_keyword(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::kw_flow
            | Rule::kw_type
            | Rule::kw_secret
            | Rule::kw_import
            | Rule::kw_package
            | Rule::kw_trigger
            | Rule::kw_action
            | Rule::kw_prepare
            | Rule::kw_job
            | Rule::kw_train
            | Rule::kw_dataset
            | Rule::kw_model
            | Rule::kw_infer
            | Rule::kw_feedback
            | Rule::kw_rule
            | Rule::kw_from
            | Rule::kw_at
            | Rule::kw_most
            | Rule::kw_for
            | Rule::kw_then
            | Rule::kw_reports
            | Rule::kw_on
            | Rule::kw_if
            | Rule::kw_with
            | Rule::kw_let
            | Rule::kw_return
            | Rule::kw_when
            | Rule::kw_else
            | Rule::kw_each
            | Rule::kw_in
            | Rule::kw_parallel
            | Rule::kw_append
            | Rule::kw_deploy
            | Rule::kw_to
            | Rule::kw_emit
            | Rule::kw_sleep
            | Rule::kw_wait
            | Rule::kw_failure
            | Rule::kw_catch
            | Rule::kw_after
            | Rule::kw_test
            | Rule::kw_as
            | Rule::kw_given
            | Rule::kw_has
            | Rule::kw_rows
            | Rule::kw_returns
            | Rule::kw_fails
            | Rule::kw_fire
            | Rule::kw_expect
            | Rule::kw_no
            | Rule::kw_called
            | Rule::kw_times
            | Rule::kw_run
    )
}
