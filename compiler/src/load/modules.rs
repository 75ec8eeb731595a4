//! The projects that declarations are imported from, and those that these import from.

use super::place::Place;
use super::{Drafts, LoadError, code, parsed, unreadable};
use crate::project::{CodeFolder, Module, Modules, NoModule};
use flow_lang::ast::File;
use flow_lang::report::Report;
use flow_lang::span::Sources;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// The most projects that one flow may import from, each counted as often as it is named.
const MODULES_MAX: usize = 200;

/// What is read on the way.
pub(super) struct Reader<'r> {
    /// The folder of the flow.
    top: &'r Path,
    sources: &'r mut Sources,
    code: &'r mut BTreeMap<String, CodeFolder>,
    /// The projects that are being read, each with its name as it was written.
    open: Vec<(PathBuf, String)>,
    count: usize,
}

/// Reads what the files of the project at `place` import.
pub(super) fn read(
    place: &Place,
    files: &[File],
    sources: &mut Sources,
    code: &mut BTreeMap<String, CodeFolder>,
) -> Result<Modules, LoadError> {
    let name = place.files[0].file_name().unwrap_or_default().to_string_lossy();
    let open = vec![(identity(place)?, name.into_owned())];
    let mut reader = Reader {
        top: &place.root,
        sources,
        code,
        open,
        count: 0,
    };
    Ok(reader.all(&place.root, files))
}

impl Reader<'_> {
    fn all(&mut self, root: &Path, files: &[File]) -> Modules {
        let mut modules = BTreeMap::new();
        for each in files.iter().flat_map(|file| &file.uses) {
            let path = &each.path.name;
            if !modules.contains_key(path) {
                let module = self.module(root, path);
                modules.insert(path.clone(), module);
            }
        }
        modules
    }

    fn module(&mut self, root: &Path, written: &str) -> Result<Module, NoModule> {
        let unreadable = |error: LoadError| NoModule::Unreadable(error.to_string());
        self.count += 1;
        if self.count > MODULES_MAX {
            let why = format!("more than {MODULES_MAX} projects are imported from");
            return Err(NoModule::Unreadable(why));
        }
        let place = Place::find(&root.join(written)).map_err(unreadable)?;
        let identity = identity(&place).map_err(unreadable)?;
        if let Some(from) = self.open.iter().position(|(open, _)| *open == identity) {
            if self.open.len() == 1 {
                return Err(NoModule::Own);
            }
            let ring = self.open[from..].iter().map(|(_, name)| name.clone());
            return Err(NoModule::Cycle(ring.chain([self.open[from].1.clone()]).collect()));
        }
        let mut syntax = Report::default();
        let files = parsed(&place.files, &Drafts::new(), self.sources, &mut syntax).map_err(unreadable)?;
        let project = below(self.top, &place.root);
        for (name, folder) in code::read(&place.root, &files).map_err(unreadable)? {
            let key = match project.as_str() {
                "" => name,
                project => format!("{project}/{name}"),
            };
            self.code.entry(key).or_insert(folder);
        }
        self.open.push((identity.clone(), written.to_owned()));
        let modules = self.all(&place.root, &files);
        self.open.pop();
        Ok(Module {
            identity,
            project,
            files,
            broken: syntax.findings.into_iter().next(),
            modules,
        })
    }
}

/// The same for the same project, whatever path leads to it.
fn identity(place: &Place) -> Result<PathBuf, LoadError> {
    let first = &place.files[0];
    first.canonicalize().map_err(unreadable(first))
}

/// A folder seen from another one, as far as the text of the paths tells.
fn below(top: &Path, folder: &Path) -> String {
    let below = folder.strip_prefix(top).unwrap_or(folder);
    let parts = below.components().filter(|part| *part != Component::CurDir);
    parts.collect::<PathBuf>().to_string_lossy().into_owned()
}
