//! Imports of declarations: what a file takes over from another project.

use super::Ident;

/// `import "lib/x.flow" { A, b as c }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The path, without quotes.
    pub path: Ident,
    /// What is imported.
    pub items: Vec<UseItem>,
}

/// One name of an import.
#[derive(Clone, Debug, PartialEq)]
pub struct UseItem {
    /// Its name there.
    pub name: Ident,
    /// Its name here, where it is another.
    pub alias: Option<Ident>,
}

impl UseItem {
    /// Its name here.
    pub fn local(&self) -> &Ident {
        self.alias.as_ref().unwrap_or(&self.name)
    }
}
