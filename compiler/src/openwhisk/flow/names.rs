//! Names of one scope for things that had a scope for each kind.

use super::text::{can_name, is_word};
use flow_lang::catalog;
use flow_lang::plan::NAME_MAX;
use std::collections::BTreeSet;

/// The names that are taken.
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// `fixed` are taken by what must have exactly these names.
    pub(super) fn new(fixed: impl IntoIterator<Item = String>) -> Names {
        let built_in = catalog::feeds().keys().map(|name| (*name).to_owned());
        let taken = fixed
            .into_iter()
            .chain(built_in)
            .chain(["flow".to_owned()])
            .collect();
        Names { taken }
    }

    /// Whether something has this name.
    pub(super) fn is_taken(&self, name: &str) -> bool {
        self.taken.contains(name)
    }

    /// A name for a `what` that was called `text`.
    pub(super) fn give(&mut self, text: &str, what: &str) -> String {
        let word = word(text);
        let tries = [word.clone(), format!("{word}_{what}")];
        let numbered = (2..).map(|n| format!("{word}_{what}_{n}"));
        let free = |name: &String| can_name(name) && !self.taken.contains(name);
        let name = tries
            .into_iter()
            .chain(numbered)
            .find(free)
            .expect("there are more numbers than names");
        self.taken.insert(name.clone());
        name
    }
}

/// A word of the language that looks like the text.
pub(super) fn word(text: &str) -> String {
    let sign = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    // Room for what `give` may add.
    let word: String = text.chars().take(NAME_MAX - 24).map(sign).collect();
    match word.trim_matches('_') {
        "" => "unnamed".to_owned(),
        _ if is_word(&word) => word,
        _ => format!("n{word}"),
    }
}
