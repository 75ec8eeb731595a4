//! Columns: what neighbouring properties and short declarations say, and the comments at the end of neighbouring
//! lines, stand below each other.

use super::lines::Line;

/// Blanks between a line and its comment.
const BEFORE_COMMENT: usize = 2;
/// The longest line whose comment is aligned with those of its neighbours: one would push all of them away.
const COMMENT_MAX: usize = 160;

/// The text of the lines.
pub(super) fn align(mut lines: Vec<Line>) -> String {
    for_each_run(
        &mut lines,
        |line| {
            let column = line.column.as_ref()?;
            Some(((line.indent, column.kind.clone()), column.at))
        },
        |line, column| {
            let at = line.column.as_ref().map_or(column, |own| own.at);
            line.code.insert_str(at, &" ".repeat(column - at));
        },
    );
    let mut comments = vec![0; lines.len()];
    let width = |line: &Line| {
        let ends = line.comment.is_some() && !line.code.is_empty();
        ends.then(|| line.indent + line.code.chars().count())
    };
    let aligned = |line: &Line| width(line).filter(|width| *width <= COMMENT_MAX);
    let mut start = 0;
    while start < lines.len() {
        let run = run(&lines[start..], |line| aligned(line).map(|width| ((), width)));
        if let Some((length, column)) = run {
            comments[start..start + length].fill(column + BEFORE_COMMENT);
            start += length;
        } else {
            start += 1;
        }
    }
    let mut text = String::new();
    for (line, comment_at) in lines.iter().zip(comments) {
        if line.after_gap {
            text.push('\n');
        }
        text.push_str(&" ".repeat(line.indent));
        text.push_str(&line.code);
        if let Some(comment) = &line.comment {
            let blanks = match (aligned(line), width(line)) {
                (Some(width), _) => comment_at - width,
                (None, Some(_)) => BEFORE_COMMENT,
                (None, None) => 0,
            };
            text.push_str(&" ".repeat(blanks));
            text.push_str(comment);
        }
        text.push('\n');
    }
    text
}

/// Calls `set` for every line of each run, with the run's column.
fn for_each_run<K: PartialEq>(
    lines: &mut [Line],
    key: impl Fn(&Line) -> Option<(K, usize)>,
    mut set: impl FnMut(&mut Line, usize),
) {
    let mut start = 0;
    while start < lines.len() {
        match run(&lines[start..], &key) {
            Some((length, column)) => {
                for line in &mut lines[start..start + length] {
                    set(line, column);
                }
                start += length;
            }
            None => start += 1,
        }
    }
}

/// How many lines from the first on belong together, and their furthest column: those with the same first part of
/// their key and no gap between them.
fn run<K: PartialEq>(lines: &[Line], key: impl Fn(&Line) -> Option<(K, usize)>) -> Option<(usize, usize)> {
    let (kind, mut column) = key(lines.first()?)?;
    let mut length = 1;
    for line in &lines[1..] {
        match key(line) {
            Some((other, at)) if other == kind && !line.after_gap => column = column.max(at),
            _ => break,
        }
        length += 1;
    }
    Some((length, column))
}
