//! Names: one scope over all files of a flow, and who uses what.

mod flow_name;
mod unused;

pub(crate) use flow_name::flow_name;

use crate::link::Linked;
use flow_lang::ast::{Decl, DeclKind, File, Ident};
use flow_lang::report::{Code, Finding, Report};
use flow_lang::suggest::nearest;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// The most names that are looked for among others: each time all of them are looked at.
const SOUGHT_MAX: usize = 200;

/// All declarations of a flow.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    decls: BTreeMap<&'a str, &'a Decl>,
    used: BTreeSet<&'a str>,
    /// Names of declarations that could not be read: what uses one is no mistake of its own.
    unread: BTreeSet<&'a str>,
    /// How many names were looked for among others.
    sought: Cell<usize>,
    linked: &'a Linked,
}

impl<'a> Scope<'a> {
    /// Collects the declarations, and those that are imported; of two with one name the first counts.
    pub(crate) fn collect(files: &'a [File], linked: &'a Linked, report: &mut Report) -> Scope<'a> {
        let mut decls: BTreeMap<&str, &Decl> = BTreeMap::new();
        let own = files
            .iter()
            .flat_map(|file| &file.decls)
            .map(|decl| (decl, false));
        let imported = linked.file.decls.iter().map(|decl| (decl, true));
        for (decl, is_imported) in own.chain(imported) {
            let name = decl.name.name.as_str();
            match decls.get(name) {
                Some(first) => report.add(duplicate(&decl.name, first, is_imported)),
                None => {
                    decls.insert(name, decl);
                }
            }
        }
        Scope {
            decls,
            used: BTreeSet::new(),
            unread: files
                .iter()
                .chain([&linked.file])
                .flat_map(|file| &file.unread)
                .map(|name| name.name.as_str())
                .collect(),
            sought: Cell::new(0),
            linked,
        }
    }

    /// The folder of the project that a declaration is from, seen from that of the flow; empty for its own.
    pub(crate) fn project_of(&self, name: &str) -> &'a str {
        self.linked.projects.get(name).map_or("", String::as_str)
    }

    /// The name that was most likely meant, for as many mistakes as anybody reads.
    pub(crate) fn near<'b>(&self, name: &str, known: impl Iterator<Item = &'b str>) -> Option<&'b str> {
        self.sought.set(self.sought.get() + 1);
        (self.sought.get() <= SOUGHT_MAX)
            .then(|| nearest(name, known))
            .flatten()
    }

    /// The declarations that count, in the order of the text.
    pub(crate) fn decls(&self) -> Vec<&'a Decl> {
        let mut decls: Vec<_> = self.decls.values().copied().collect();
        decls.sort_by_key(|decl| decl.span);
        decls
    }

    /// The declaration of this name, without counting as a use.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Decl> {
        self.decls.get(name).copied()
    }

    /// The declaration of this name, which is used by being asked for.
    pub(crate) fn find(&mut self, name: &str) -> Option<&'a Decl> {
        let (name, decl) = self.decls.get_key_value(name)?;
        self.used.insert(name);
        Some(decl)
    }

    /// The finding about a name that nothing declares, unless its declaration could not be read. `local` are names
    /// that only hold there.
    pub(crate) fn unknown<'b>(
        &self,
        ident: &Ident,
        what: &str,
        local: impl Iterator<Item = &'b str>,
    ) -> Option<Finding>
    where
        'a: 'b,
    {
        if self.unread.contains(ident.name.as_str()) {
            return None;
        }
        let finding = Finding::new(
            Code::NamesUnknown,
            ident.span,
            format!("there is no {what} `{}`", ident.name),
        );
        // No type is meant where something that is there is named.
        let declared = self
            .decls
            .values()
            .filter(|decl| !matches!(decl.kind, DeclKind::Type(_)));
        let declared = declared.map(|decl| decl.name.name.as_str());
        Some(match self.near(&ident.name, declared.chain(local)) {
            Some(near) => finding.meant(near),
            None if what.contains("model") => finding.help(format!(
                "declare it, or import it if another flow does: `import model {} from \"…\"`",
                ident.name
            )),
            None if ["value", "step"].contains(&what) => {
                finding.help(format!("name it first: `let {} = …`", ident.name))
            }
            None => finding.help("declare it, or import it: only the files of one flow are one scope"),
        })
    }

    /// Finds a declaration of one kind, or says why there is none.
    pub(crate) fn expect<T>(
        &mut self,
        ident: &Ident,
        what: &str,
        pick: impl Fn(&'a DeclKind) -> Option<T>,
        report: &mut Report,
    ) -> Option<T> {
        let Some(decl) = self.find(&ident.name) else {
            let of_kind = self.decls.values().filter(|decl| pick(&decl.kind).is_some());
            let near = self.near(&ident.name, of_kind.map(|decl| decl.name.name.as_str()));
            let finding = self.unknown(ident, what, std::iter::empty())?;
            report.add(match near {
                Some(near) => finding.meant(near),
                None => finding,
            });
            return None;
        };
        let picked = pick(&decl.kind);
        if picked.is_none() {
            report.add(
                Finding::new(
                    Code::TypesMismatch,
                    ident.span,
                    format!(
                        "`{}` is {}, expected {}",
                        ident.name,
                        with_article(decl.kind.keyword()),
                        with_article(what)
                    ),
                )
                .also(decl.name.span, "declared here"),
            );
        }
        picked
    }
}

/// The first of `name`, `name_2`, `name_3`, … that is free.
pub(crate) fn free_name(name: &str, is_free: impl Fn(&String) -> bool) -> String {
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(is_free).expect("the numbers do not end")
}

/// A word with `a` or `an` before it.
pub(crate) fn with_article(word: &str) -> String {
    match word.starts_with(['a', 'e', 'i', 'o', 'u']) {
        true => format!("an {word}"),
        false => format!("a {word}"),
    }
}

fn duplicate(ident: &Ident, first: &Decl, is_imported: bool) -> Finding {
    let finding = Finding::new(
        Code::NamesDuplicate,
        ident.span,
        format!("`{}` is declared twice", ident.name),
    )
    .also(first.name.span, "declared first here");
    finding.help(match is_imported {
        true => format!("import it under another name: `NAME as {}_`", ident.name),
        false => "give one of them another name; all files of a flow are one scope".to_owned(),
    })
}
