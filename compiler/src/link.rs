//! Imports of declarations: what a flow takes over from other projects, with all that it needs, under the names that it
//! has here. What comes out is a file as if it had been written here; only its code stays where it is.

mod module;
mod rename;

use crate::project::{Module, NoModule, Project};
use crate::resolve::{free_name, with_article};
use flow_lang::ast::{Decl, DeclKind, File, Ident, UseItem};
use flow_lang::report::{Code, Finding};
use flow_lang::suggest::nearest;
use module::{Found, Trouble};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

/// What is imported.
#[derive(Debug, Default)]
pub(crate) struct Linked {
    /// The declarations, with the names that they have here.
    pub(crate) file: File,
    /// Names of what nobody asked for, but what was asked for needs.
    pub(crate) hidden: BTreeSet<String>,
    /// The folder of the project that a name is from, seen from that of the flow; empty if it is the same.
    pub(crate) projects: BTreeMap<String, String>,
    /// What cannot be imported.
    pub(crate) findings: Vec<Finding>,
}

/// A declaration that is wanted under a name.
struct Wanted<'p> {
    module: &'p Module,
    decl: &'p Decl,
    name: String,
}

/// Who wanted something, for what cannot be imported.
#[derive(Clone)]
struct For {
    item: Ident,
    path: String,
}

struct Linker<'p> {
    linked: Linked,
    /// What each declaration is called here, by its project and its name there.
    names: BTreeMap<(&'p Path, &'p str), String>,
    /// Names that are given.
    taken: BTreeSet<String>,
    /// Names of `let` and its like in what was taken over.
    bound: BTreeSet<String>,
    wanted: VecDeque<(Wanted<'p>, For)>,
}

/// Links a project with what it imports.
pub(crate) fn link(project: &Project) -> Linked {
    let own = project.files.iter().flat_map(|file| &file.decls);
    let mut linker = Linker {
        linked: Linked::default(),
        names: BTreeMap::new(),
        taken: own.map(|decl| decl.name.name.clone()).collect(),
        bound: BTreeSet::new(),
        wanted: VecDeque::new(),
    };
    for each in project.files.iter().flat_map(|file| &file.uses) {
        match project.modules.get(&each.path.name) {
            Some(Ok(module)) => linker.import(module, &each.path, &each.items),
            Some(Err(why)) => linker.no_module(&each.path, &each.items, why),
            None => linker.no_module(
                &each.path,
                &each.items,
                &NoModule::Unreadable("it was not looked for".to_owned()),
            ),
        }
    }
    // Names that were asked for are given first, so that none of them depends on what needs what.
    while let Some((wanted, of)) = linker.wanted.pop_front() {
        linker.take(&wanted, &of);
    }
    linker.linked
}

impl<'p> Linker<'p> {
    fn import(&mut self, module: &'p Module, path: &Ident, items: &[UseItem]) {
        match module::trouble(module) {
            Some(Trouble::Needs(_, why @ NoModule::Cycle(_))) => return self.no_module(path, items, why),
            Some(trouble) => return self.trouble(path, items, &trouble),
            None => {}
        }
        for item in items {
            match module::find(module, &item.name.name) {
                Found::Decl(home, decl) => {
                    let local = item.local();
                    let of = For {
                        item: item.name.clone(),
                        path: path.name.clone(),
                    };
                    if let DeclKind::Secret = &decl.kind {
                        self.unread(std::slice::from_ref(item));
                        self.stays(decl, &of);
                        continue;
                    }
                    self.taken.insert(local.name.clone());
                    let key = (home.identity.as_path(), decl.name.name.as_str());
                    self.names.entry(key).or_insert_with(|| local.name.clone());
                    let wanted = Wanted {
                        module: home,
                        decl,
                        name: local.name.clone(),
                    };
                    self.linked.file.uses.push(flow_lang::ast::Use {
                        path: path.clone(),
                        items: vec![item.clone()],
                    });
                    self.wanted.push_back((wanted, of));
                }
                Found::Unread => self.unread(std::slice::from_ref(item)),
                Found::Nothing => {
                    self.unread(std::slice::from_ref(item));
                    self.missing(module, path, &item.name);
                }
            }
        }
    }

    /// Clones a declaration under its name here, and asks for what it needs.
    fn take(&mut self, wanted: &Wanted<'p>, of: &For) {
        let stays = match &wanted.decl.kind {
            DeclKind::Type(_)
            | DeclKind::Secret
            | DeclKind::Action(_)
            | DeclKind::Composition(_)
            | DeclKind::Prepare(_) => false,
            DeclKind::Job(job) => job
                .properties
                .iter()
                .any(|property| property.name.name == "writes"),
            DeclKind::Package(_)
            | DeclKind::Trigger(_)
            | DeclKind::Dataset(_)
            | DeclKind::Model(_)
            | DeclKind::Infer(_)
            | DeclKind::Feedback(_)
            | DeclKind::Rule(_)
            | DeclKind::Import(_) => true,
        };
        if stays {
            self.linked.file.unread.push(Ident {
                name: wanted.name.clone(),
                span: of.item.span,
            });
            return self.stays(wanted.decl, of);
        }
        let mut decl = wanted.decl.clone();
        decl.name = Ident {
            name: wanted.name.clone(),
            span: self.place(&wanted.name, of),
        };
        let module = wanted.module;
        let mut names = Names {
            linker: self,
            module,
            by: &wanted.name,
            of,
        };
        rename::references(&mut decl, module, &mut names);
        self.linked
            .projects
            .insert(wanted.name.clone(), module.project.clone());
        self.linked.file.decls.push(decl);
    }

    /// The name here of what a declaration of `module` calls `name`.
    fn reference(&mut self, module: &'p Module, name: &str, is_secret: bool, by: &str, of: &For) -> String {
        let Found::Decl(home, decl) = module::find(module, name) else {
            return self.nowhere(name, of);
        };
        let key = (home.identity.as_path(), decl.name.name.as_str());
        if let Some(known) = self.names.get(&key) {
            return known.clone();
        }
        // A secret reaches code under its name: it is one with the secret of this name here.
        let local = match (is_secret, &decl.kind) {
            (true, _) => decl.name.name.clone(),
            // No type has a name in the plan, and nobody can write this one.
            (_, DeclKind::Type(_)) => format!("{}:{}", of.path, decl.name.name),
            _ => self.free(&format!("{by}_{}", decl.name.name)),
        };
        self.names.insert(key, local.clone());
        if self.taken.insert(local.clone()) {
            self.linked.hidden.insert(local.clone());
            let wanted = Wanted {
                module: home,
                decl,
                name: local.clone(),
            };
            self.wanted.push_back((wanted, of.clone()));
        }
        local
    }

    /// A name that nothing declares there. What has it here is not meant.
    fn nowhere(&mut self, name: &str, of: &For) -> String {
        let local = format!("{}:{name}", of.path);
        if !self.linked.file.unread.iter().any(|unread| unread.name == local) {
            let message = format!(
                "`{}` of `{}` needs `{name}`, which is not declared there",
                of.item.name, of.path
            );
            let finding = Finding::new(Code::NamesImportMissing, of.item.span, message);
            let help = "declare it there: `flowc check` on its path shows what is wrong";
            self.linked.findings.push(finding.help(help));
            self.linked.file.unread.push(Ident {
                name: local.clone(),
                span: of.item.span,
            });
        }
        local
    }

    fn free(&self, wanted: &str) -> String {
        free_name(wanted, |name| {
            !self.taken.contains(name) && !self.bound.contains(name)
        })
    }

    /// Where a name was asked for, or what needs it was.
    fn place(&self, name: &str, of: &For) -> flow_lang::span::Span {
        let items = self.linked.file.uses.iter().flat_map(|each| &each.items);
        let mut asked = items.filter(|item| item.local().name == name && item.name.span == of.item.span);
        asked.next().map_or(of.item.span, |item| item.local().span)
    }

    fn stays(&mut self, decl: &Decl, of: &For) {
        let what = with_article(decl.kind.keyword());
        let name = &decl.name.name;
        let message = match (&decl.kind, *name == of.item.name) {
            (DeclKind::Job(_), _) => format!("`{name}` of `{}` writes to a package of its flow", of.path),
            (_, true) => format!("`{name}` of `{}` is {what}, which belongs to its flow", of.path),
            (_, false) => format!(
                "`{}` of `{}` needs `{name}`, {what}, which belongs to its flow",
                of.item.name, of.path
            ),
        };
        let finding = Finding::new(Code::NamesImportMissing, of.item.span, message);
        self.linked.findings.push(match &decl.kind {
            DeclKind::Model(_) => finding.help(format!(
                "ask the model of the other flow: `import model {name} from \"…\"`"
            )),
            _ => finding.help("types, actions, prepares, jobs and trains can be imported; declare it here"),
        });
    }

    fn missing(&mut self, module: &Module, path: &Ident, name: &Ident) {
        let near = nearest(&name.name, module::names(module));
        let message = format!("`{}` declares no `{}`", path.name, name.name);
        let finding = Finding::new(Code::NamesImportMissing, name.span, message);
        self.linked.findings.push(match near {
            Some(near) => {
                // Who misspells a name in the import alone uses the right one below.
                self.linked.file.unread.push(Ident {
                    name: near.to_owned(),
                    span: name.span,
                });
                finding.meant(near)
            }
            None => finding.help("import what is declared there, or declare it there"),
        });
    }

    /// What could not be imported: a use of it is no mistake of its own.
    fn unread(&mut self, items: &[UseItem]) {
        let names = items.iter().map(|item| item.local().clone());
        self.linked.file.unread.extend(names);
    }

    fn trouble(&mut self, path: &Ident, items: &[UseItem], trouble: &Trouble<'_>) {
        self.unread(items);
        let written = &path.name;
        self.linked.findings.push(match trouble {
            Trouble::Broken(first) => {
                let message = format!("`{written}` cannot be imported from: it has errors");
                Finding::new(Code::NamesImportMissing, path.span, message)
                    .also(first.span, first.message.clone())
                    .help("repair it there: `flowc check` on its path shows what is wrong")
            }
            Trouble::Needs(other, why) => {
                let why = match why {
                    NoModule::Unreadable(why) => why.as_str(),
                    NoModule::Own | NoModule::Cycle(_) => "it imports what imports it",
                };
                let message = format!("`{written}` cannot be imported from: it needs `{other}`, and {why}");
                Finding::new(Code::NamesImportMissing, path.span, message)
                    .help("repair it there: `flowc check` on its path shows what is wrong")
            }
        });
    }

    fn no_module(&mut self, path: &Ident, items: &[UseItem], why: &NoModule) {
        self.unread(items);
        let written = &path.name;
        self.linked.findings.push(match why {
            NoModule::Unreadable(why) => {
                let message = format!("`{written}` cannot be imported from: {why}");
                Finding::new(Code::NamesImportMissing, path.span, message)
                    .help("write the path of a `.flow` file or of a folder with one, seen from this project's folder")
            }
            NoModule::Own => {
                let message = format!("`{written}` is a part of this very flow");
                Finding::new(Code::NamesImportMissing, path.span, message)
                    .help("remove the import: all files of a project are one scope")
            }
            NoModule::Cycle(ring) => {
                let ring: Vec<_> = ring.iter().map(|name| format!("`{name}`")).collect();
                let message = format!("`{written}` imports in a ring: {}", ring.join(" → "));
                Finding::new(Code::NamesImportCycle, path.span, message)
                    .help("move what both need into a file of its own, and import that")
            }
        });
    }
}

/// The names that one declaration speaks of.
struct Names<'l, 'p> {
    linker: &'l mut Linker<'p>,
    module: &'p Module,
    /// Its own name here.
    by: &'l str,
    of: &'l For,
}

impl rename::Elsewhere for Names<'_, '_> {
    fn declares(&self, name: &str) -> bool {
        !matches!(module::find(self.module, name), Found::Nothing)
    }

    fn declared(&mut self, name: &str, secret: bool) -> String {
        self.linker.reference(self.module, name, secret, self.by, self.of)
    }

    fn bound(&mut self, name: &str) -> String {
        let free = free_name(name, |name| !self.linker.taken.contains(name));
        self.linker.bound.insert(free.clone());
        free
    }
}
