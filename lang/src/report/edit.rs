//! Repairs as changes of the text: what a finding tells people to write, for programs that write it.

use super::Finding;
use crate::span::{SourceId, Span};
use std::collections::BTreeMap;

/// One change: what stands in `span` becomes `text`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What goes; empty where something is only added.
    pub span: Span,
    /// What comes.
    pub text: String,
}

/// The edits of `findings` that go together, by file and in the order of the text. A finding is repaired whole or not
/// at all: of two whose edits touch the same place the first wins.
pub fn together<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> BTreeMap<SourceId, Vec<&'a Edit>> {
    let mut chosen = BTreeMap::<SourceId, Vec<&Edit>>::new();
    for finding in findings {
        let edits = &finding.edits;
        let taken = |edit: &Edit| {
            let others = chosen.get(&edit.span.source).into_iter().flatten();
            others.into_iter().any(|other| touch(edit.span, other.span))
        };
        if edits.iter().any(taken) {
            continue;
        }
        for edit in edits {
            chosen.entry(edit.span.source).or_default().push(edit);
        }
    }
    for edits in chosen.values_mut() {
        edits.sort_by_key(|edit| edit.span);
    }
    chosen
}

/// Whether two places share a byte, or are the same point: then it would matter which edit comes first.
fn touch(a: Span, b: Span) -> bool {
    let is_point = |span: Span| span.start == span.end;
    match is_point(a) || is_point(b) {
        true => a.start <= b.end && b.start <= a.end,
        false => a.start < b.end && b.start < a.end,
    }
}

/// `text` with `edits`, which stand in its order and do not overlap. Everything outside of them stays byte for byte.
pub fn edited(text: &str, edits: &[&Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut kept = 0;
    for edit in edits {
        out.push_str(&text[kept..edit.span.start as usize]);
        out.push_str(&edit.text);
        kept = edit.span.end as usize;
    }
    out.push_str(&text[kept..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Code;

    const FILE: SourceId = SourceId(0);

    fn finding(edits: &[(usize, usize, &str)]) -> Finding {
        let finding = Finding::new(Code::NamesUnknown, Span::new(FILE, 0, 0), "a fact");
        let add = |finding: Finding, (start, end, text): &(usize, usize, &str)| {
            finding.edit(Span::new(FILE, *start, *end), *text)
        };
        edits.iter().fold(finding, add)
    }

    fn check(text: &str, findings: &[Finding], expected: &str) {
        let chosen = together(findings);
        let none = Vec::new();
        assert_eq!(edited(text, chosen.get(&FILE).unwrap_or(&none)), expected);
    }

    #[test]
    fn what_stands_outside_the_edits_stays() {
        let text = "ä\r\n\tfird  // ü\u{feff}\n\0";
        check(text, &[], text);
        check(
            text,
            &[finding(&[(5, 9, "fired")])],
            "ä\r\n\tfired  // ü\u{feff}\n\0",
        );
        check("abc", &[finding(&[(3, 3, "d"), (0, 1, "")])], "bcd");
    }

    #[test]
    fn a_finding_is_repaired_whole_or_not_at_all() {
        let first = finding(&[(2, 4, "X")]);
        let overlaps = finding(&[(0, 1, "Y"), (3, 5, "Y")]);
        let beside = finding(&[(4, 5, "Z")]);
        check("abcdef", &[first, overlaps, beside], "abXZf");
    }

    #[test]
    fn two_additions_at_one_place_are_two_repairs() {
        let one = finding(&[(1, 1, "X")]);
        let two = finding(&[(1, 1, "Y")]);
        let behind = finding(&[(1, 2, "Z")]);
        check("abc", &[one.clone(), two, behind], "aXbc");
        check("abc", &[finding(&[(0, 1, "A")]), one], "Abc");
    }
}
