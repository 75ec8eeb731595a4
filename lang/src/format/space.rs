//! Whether a blank stands between two tokens of one line.

use super::items::{Item, Kind};
use crate::parse::layout::Role;

/// Words before a bracket that are no callee.
const NO_CALLEE: [&str; 18] = [
    "when", "else", "and", "or", "not", "return", "append", "deploy", "to", "catch", "if", "on", "in",
    "with", "let", "for", "from", "most",
];

/// Whether there is a blank between two neighbours. `before` is what stands before `left`.
pub(super) fn between(before: Option<&Item<'_>>, left: &Item<'_>, right: &Item<'_>) -> bool {
    let (Kind::Token { role: l, .. }, Kind::Token { role: r, .. }) = (left.kind, right.kind) else {
        return true;
    };
    match (l, r) {
        // `{}` is empty, `{ a }` is not.
        (Role::Open('{'), Role::Close('{')) => false,
        (Role::Open('{'), _) | (_, Role::Close('{')) => true,
        (Role::Open(_) | Role::OpenAngle | Role::Negate, _) => false,
        (_, Role::Close(_) | Role::OpenAngle | Role::CloseAngle) => false,
        (_, Role::Open('(')) => !calls(before, left, l),
        (Role::Sign, _) if left.text == ";" => true,
        (Role::Sign, _) if matches!(left.text, "." | ".." | "/" | "$") => false,
        (_, Role::Sign) if matches!(right.text, "." | ".." | "/" | "," | ":" | ";" | "?") => false,
        _ => true,
    }
}

/// Whether what stands before a `(` takes it: a name does, a word of the language does not unless it is a field.
fn calls(before: Option<&Item<'_>>, left: &Item<'_>, role: Role) -> bool {
    let is_field = before.is_some_and(|before| before.text == ".");
    match role {
        Role::Atom => is_field || !NO_CALLEE.contains(&left.text),
        Role::Close(_) | Role::CloseAngle => true,
        Role::Open(_) | Role::OpenAngle | Role::Negate | Role::Sign => false,
    }
}
