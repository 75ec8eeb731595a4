//! Lines: what stands on each, how deep, and with which blanks.

use super::items::{Item, Kind};
use super::space::between;
use crate::parse::layout::Role;

/// Columns of one step of indentation.
const STEP: usize = 2;
/// The furthest column that neighbours are aligned to: one long name would push all of them away.
pub(super) const COLUMN_MAX: usize = 80;
/// Signs and words with which a line goes on what the one above began.
const GOES_ON: [&str; 21] = [
    "|>", "+", "-", "*", "??", "==", "!=", "<", "<=", ">", ">=", "and", "or", "catch", "after", "->", "=",
    "=>", "|", "with", "if",
];

/// Words that name something which many short lines name one after the other.
const NAMES: [&str; 7] = ["let", "type", "secret", "package", "trigger", "dataset", "rule"];

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// An empty line stands above it.
    pub(super) after_gap: bool,
    pub(super) indent: usize,
    /// What it says, without indentation and comment.
    pub(super) code: String,
    /// What stands in a column if the neighbours have it too.
    pub(super) column: Option<Column>,
    pub(super) comment: Option<String>,
}

/// A part of a line that can stand below the same part of the line above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// Lines of the same kind are aligned: the word that they begin with, or nothing for a property.
    pub(super) kind: String,
    /// Bytes of the code before it.
    pub(super) at: usize,
}

/// The lines of a file.
pub(super) fn lines(items: &[Item<'_>]) -> Vec<Line> {
    let mut layout = Layout::default();
    for at in 0..items.len() {
        layout.item(items, at);
    }
    layout.lines
}

#[derive(Default)]
struct Layout {
    lines: Vec<Line>,
    /// For each open bracket, the line on which it was opened and the depth of its content.
    open: Vec<(usize, usize)>,
    /// The depth that brackets opened from here on are counted from.
    base: usize,
    /// Brackets that were open where the line began.
    above: usize,
    /// Properties on the line.
    properties: usize,
}

impl Layout {
    fn item(&mut self, items: &[Item<'_>], at: usize) {
        let item = &items[at];
        let before = at.checked_sub(1).map(|at| &items[at]);
        if self.begins(item, before) {
            self.begin(item, before);
        }
        let line = self.lines.last_mut().expect("the first item begins a line");
        match item.kind {
            Kind::Comment => line.comment = Some(item.text.to_owned()),
            Kind::Token { role, .. } => {
                if let Some(before) = before.filter(|_| !line.code.is_empty()) {
                    let further = at.checked_sub(2).map(|at| &items[at]);
                    if between(further, before, item) {
                        line.code.push(' ');
                    }
                    if line.column.is_none()
                        && self.properties < 2
                        && line.code.len() <= COLUMN_MAX
                        && (role != Role::Sign || item.text == "=")
                    {
                        line.column = column(&line.code);
                    } else if item.text == ":" && self.open.len() == self.above {
                        self.properties += 1;
                        if self.properties > 1 {
                            // None of them has a column.
                            line.column = line.column.take().filter(|column| !column.kind.is_empty());
                        }
                    }
                }
                line.code.push_str(item.text);
            }
        }
        self.track(item);
    }

    /// Whether an item stands on a line of its own.
    fn begins(&self, item: &Item<'_>, before: Option<&Item<'_>>) -> bool {
        let declares = matches!(item.kind, Kind::Token { declares: true, .. });
        before.is_none_or(|before| item.breaks > 0 || declares || before.kind == Kind::Comment)
    }

    fn begin(&mut self, item: &Item<'_>, before: Option<&Item<'_>>) {
        let opens = |item: &Item<'_>| {
            matches!(
                item.kind,
                Kind::Token {
                    role: Role::Open(_),
                    ..
                }
            )
        };
        let closes = matches!(
            item.kind,
            Kind::Token {
                role: Role::Close(_),
                ..
            }
        );
        let gap = item.breaks > 1 && !closes && before.is_some_and(|before| !opens(before));
        let depth = match (closes, self.open.last()) {
            (true, Some((_, inside))) => inside - 1,
            (false, Some((_, inside))) => *inside,
            (_, None) => 0,
        };
        let goes_on = !closes && before.is_some_and(|before| continues(before, item));
        self.base = depth + usize::from(goes_on);
        (self.above, self.properties) = (self.open.len(), 0);
        self.lines.push(Line {
            after_gap: gap,
            indent: self.base * STEP,
            ..Line::default()
        });
    }

    fn track(&mut self, item: &Item<'_>) {
        let Kind::Token { role, .. } = item.kind else {
            return;
        };
        match role {
            Role::Open(_) => {
                let line = self.lines.len() - 1;
                let depth = match self.open.last() {
                    // Brackets that are opened on one line are one step.
                    Some((opened, inside)) if *opened == line => *inside,
                    _ => self.base + 1,
                };
                self.open.push((line, depth));
            }
            Role::Close(_) => {
                if let Some((opened, inside)) = self.open.pop()
                    && opened + 1 < self.lines.len()
                {
                    // The line has left what went on above it.
                    self.base = inside - 1;
                }
            }
            Role::Atom | Role::OpenAngle | Role::CloseAngle | Role::Negate | Role::Sign => {}
        }
    }
}

/// Whether a line that begins with `item` goes on what ended with `before`.
fn continues(before: &Item<'_>, item: &Item<'_>) -> bool {
    let joins = |item: &Item<'_>| {
        matches!(
            item.kind,
            Kind::Token {
                declares: false,
                role: Role::Atom | Role::Sign
            }
        ) && GOES_ON.contains(&item.text)
    };
    joins(item) || joins(before)
}

/// The column that begins after `code`: after a property's colon, or after what a short declaration or a `let` names.
fn column(code: &str) -> Option<Column> {
    let is_word = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let words: Vec<&str> = code.split_ascii_whitespace().collect();
    let kind = match words.as_slice() {
        [property] if property.strip_suffix(':').is_some_and(is_word) => "",
        [first, name] if NAMES.contains(first) && is_word(name.strip_suffix(':').unwrap_or(name)) => first,
        _ => return None,
    };
    Some(Column {
        kind: kind.to_owned(),
        at: code.len(),
    })
}
