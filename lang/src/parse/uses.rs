//! Imports of declarations.

use super::builder::{Builder, Pair, children};
use super::decl::required;
use crate::ast::{Use, UseItem};
use flow_grammar::Rule;

impl Builder<'_> {
    pub(super) fn use_decl(&mut self, pair: Pair<'_>) -> Use {
        let mut parts = children(pair);
        let path = self.text_ident(&required(parts.next()));
        let items = parts.filter(|part| part.as_rule() == Rule::use_item);
        let items = items.map(|item| self.use_item(item)).collect();
        Use { path, items }
    }

    fn use_item(&mut self, pair: Pair<'_>) -> UseItem {
        let mut names = children(pair);
        let name = self.ident(&required(names.next()));
        let alias = names.next().map(|alias| self.named(&alias));
        UseItem { name, alias }
    }
}
