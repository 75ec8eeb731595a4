//! What a project offers to those that import from it: its own declarations, and what it imports itself.

use crate::project::{Module, NoModule};
use flow_lang::ast::Decl;
use flow_lang::report::Finding;

/// What a name stands for in a project.
pub(super) enum Found<'p> {
    /// A declaration, in the project that has it.
    Decl(&'p Module, &'p Decl),
    /// A declaration that cannot be read, which is told of the project.
    Unread,
    /// Nothing.
    Nothing,
}

/// What `name` stands for in a project. A ring of imports was refused before.
pub(super) fn find<'p>(module: &'p Module, name: &str) -> Found<'p> {
    let decls = module.files.iter().flat_map(|file| &file.decls);
    if let Some(decl) = decls.into_iter().find(|decl| decl.name.name == name) {
        return Found::Decl(module, decl);
    }
    let unread = module.files.iter().flat_map(|file| &file.unread);
    if unread.into_iter().any(|unread| unread.name == name) {
        return Found::Unread;
    }
    for each in module.files.iter().flat_map(|file| &file.uses) {
        let Some(item) = each.items.iter().find(|item| item.local().name == name) else {
            continue;
        };
        if let Some(Ok(next)) = module.modules.get(&each.path.name) {
            return find(next, &item.name.name);
        }
    }
    Found::Nothing
}

/// All names that can be asked for.
pub(super) fn names(module: &Module) -> impl Iterator<Item = &str> {
    let own = module.files.iter().flat_map(|file| &file.decls);
    let items = module.files.iter().flat_map(|file| &file.uses);
    own.map(|decl| decl.name.name.as_str()).chain(
        items
            .flat_map(|each| &each.items)
            .map(|item| item.local().name.as_str()),
    )
}

/// Why a project cannot be imported from, though it was found.
pub(super) enum Trouble<'p> {
    /// What is wrong with its texts.
    Broken(&'p Finding),
    /// Something that it imports from, by the path as written there.
    Needs(&'p str, &'p NoModule),
}

/// The first thing that is wrong with a project, or with one that it imports from.
pub(super) fn trouble(module: &Module) -> Option<Trouble<'_>> {
    if let Some(first) = &module.broken {
        return Some(Trouble::Broken(first));
    }
    module.modules.iter().find_map(|(path, next)| match next {
        Ok(next) => trouble(next),
        Err(why) => Some(Trouble::Needs(path, why)),
    })
}
