//! Whether a project has changed: its files are looked at, their times, sizes and numbers.
//!
//! The system's notices would need a watch for every folder, are lost on network and container folders, and come before
//! an editor has written the whole file. A look costs one question to the file system for each file, and whoever looks
//! rests a hundred times as long as a look took.

use super::{Compiled, UpError, with_imports};
use crate::clock::Clock;
use flowc::load::{LoadError, code_files, load};
use flowc::project::{Modules, NoModule, Project};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between two looks, at least.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How many times as long as a look took: what looking may cost is a hundredth of a core.
const REST: u32 = 100;
/// Between a look that found a change and the next: what is the same then is written for now.
const SETTLES_IN: Duration = Duration::from_millis(100);
/// How often a project may be found still changing before it is taken as it is.
const UNSETTLED_MAX: u32 = 20;
/// Files that a change names.
const NAMED_MAX: usize = 3;

/// A file or folder as it was when it was looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Written {
    /// Seconds and nanoseconds of its time: set by hand, so not enough alone.
    at: (i64, i64),
    /// The same of its inode; nothing for a folder.
    inode_at: Option<(i64, i64)>,
    /// Another one stands there after a rename.
    inode: u64,
    /// Bytes; nothing for a folder.
    size: Option<u64>,
}

/// Each file and folder; nothing for one that is not there.
type Stamp = BTreeMap<PathBuf, Option<Written>>;

/// A project, as it was when it was compiled last.
pub(super) struct Watch {
    project: PathBuf,
    env: String,
    stamp: Stamp,
    /// How it was at the last look, if it was changing then.
    changing: Option<Stamp>,
    unsettled: u32,
}

/// A project that has changed.
pub(super) struct Changed {
    /// Files that were there before, by name; empty when others have come.
    pub(super) files: String,
    /// Its plans, or why there are none.
    pub(super) compiled: Result<Vec<Compiled>, UpError>,
    /// What the compiler found.
    pub(super) findings: String,
}

/// What a look found.
enum Look {
    /// All is as it was.
    Same,
    /// Something is being written.
    Changing,
    /// It has changed.
    Changed(Box<Changed>),
}

impl Watch {
    /// Looks at a project for the first time.
    pub(super) fn new(project: &Path, env: &str) -> Watch {
        // What cannot be read is told by who compiles it.
        let files = made_of(project).unwrap_or_default();
        Watch {
            project: project.to_owned(),
            env: env.to_owned(),
            stamp: stamp(files.into_iter()),
            changing: None,
            unsettled: 0,
        }
    }

    /// Waits until the project has changed, and compiles it.
    ///
    /// # Panics
    /// If looking at files does.
    pub(super) async fn change(mut self, clock: &dyn Clock) -> (Watch, Changed) {
        let mut pause = LOOK_EVERY;
        loop {
            clock.sleep(pause).await;
            let began = clock.now();
            let looked = tokio::task::spawn_blocking(move || (self.look(), self)).await;
            let (look, back) = looked.expect("looking at files does not panic and is not aborted");
            self = back;
            let took = Duration::from_millis(clock.now().saturating_sub(began));
            pause = match look {
                Look::Same => LOOK_EVERY.max(took * REST),
                Look::Changing => SETTLES_IN,
                Look::Changed(change) => return (self, *change),
            };
        }
    }

    /// Looks again. Reads files, so it belongs beside whoever else has the thread.
    fn look(&mut self) -> Look {
        // Before compiling: what is written meanwhile is another change.
        let now = stamp(self.stamp.keys().cloned());
        if now == self.stamp {
            (self.changing, self.unsettled) = (None, 0);
            return Look::Same;
        }
        if self.changing.as_ref() != Some(&now) && self.unsettled < UNSETTLED_MAX {
            self.changing = Some(now);
            self.unsettled += 1;
            return Look::Changing;
        }
        (self.changing, self.unsettled) = (None, 0);
        let files = changed(&self.stamp, &now);
        self.stamp = match made_of(&self.project) {
            Ok(made_of) => made_of
                .into_iter()
                .map(|file| {
                    let written = now.get(&file).copied().unwrap_or_else(|| written(&file));
                    (file, written)
                })
                .collect(),
            // A project that cannot be read is made of what it was.
            Err(_) => now,
        };
        let mut findings = Vec::new();
        let compiled = with_imports(&self.project, &self.env, &mut findings);
        Look::Changed(Box::new(Changed {
            files,
            compiled,
            findings: String::from_utf8_lossy(&findings).into_owned(),
        }))
    }
}

fn stamp(files: impl Iterator<Item = PathBuf>) -> Stamp {
    let look = |file: PathBuf| {
        let written = written(&file);
        (file, written)
    };
    files.map(look).collect()
}

fn written(file: &Path) -> Option<Written> {
    let file = std::fs::metadata(file).ok()?;
    let is_file = file.is_file();
    Some(Written {
        at: (file.mtime(), file.mtime_nsec()),
        inode_at: is_file.then(|| (file.ctime(), file.ctime_nsec())),
        inode: file.ino(),
        size: is_file.then_some(file.len()),
    })
}

/// The files that a project and those it imports from are made of, and the folders in which there may be more.
fn made_of(project: &Path) -> Result<BTreeSet<PathBuf>, LoadError> {
    let mut files = BTreeSet::new();
    add(project, &mut files, &mut BTreeSet::new())?;
    Ok(files)
}

fn add(project: &Path, files: &mut BTreeSet<PathBuf>, seen: &mut BTreeSet<PathBuf>) -> Result<(), LoadError> {
    let loaded = load(project)?;
    if !seen.insert(loaded.root.canonicalize().unwrap_or_else(|_| loaded.root.clone())) {
        return Ok(());
    }
    add_one(&loaded, files)?;
    add_missing(&loaded.root, &loaded.modules, files);
    for path in loaded.imports.keys() {
        let path = loaded.root.join(path);
        files.insert(path.clone());
        // What cannot be read is a finding of the project that names it.
        drop(add(&path, files, seen));
    }
    Ok(())
}

fn add_one(project: &Project, files: &mut BTreeSet<PathBuf>) -> Result<(), LoadError> {
    files.insert(project.root.join("flow.toml"));
    files.insert(project.root.clone());
    for (_, source) in project.sources.iter() {
        if let Some(folder) = source.path.parent() {
            files.insert(folder.join("flow.toml"));
            files.insert(match folder.as_os_str().is_empty() {
                true => PathBuf::from("."),
                false => folder.to_owned(),
            });
        }
        files.insert(source.path.clone());
    }
    for place in project.code.keys() {
        let folder = project.root.join(place);
        let Some((above, name)) = folder.parent().zip(folder.file_name()) else {
            continue;
        };
        let listed = code_files(above, &name.to_string_lossy())?;
        for file in listed.into_iter().flat_map(BTreeMap::into_values) {
            files.extend(file.parent().map(Path::to_owned));
            files.insert(file);
        }
        files.insert(folder.clone());
        for folder in [folder.as_path(), above, project.root.as_path()] {
            for installed in ["requirements.txt", "package.json", "package-lock.json"] {
                files.insert(folder.join(installed));
            }
        }
    }
    Ok(())
}

/// Adds what could not be imported from: it may come.
fn add_missing(root: &Path, modules: &Modules, files: &mut BTreeSet<PathBuf>) {
    for (path, module) in modules {
        match module {
            Ok(module) => {
                if let Some(root) = module.identity.parent() {
                    add_missing(root, &module.modules, files);
                }
            }
            Err(NoModule::Unreadable(_)) => {
                files.insert(root.join(path));
            }
            Err(NoModule::Own | NoModule::Cycle(_)) => {}
        }
    }
}

/// The files that two stamps of the same disagree on; empty if they are folders only.
fn changed(before: &Stamp, now: &Stamp) -> String {
    let is_folder = |written: &Option<Written>| written.is_some_and(|written| written.size.is_none());
    let other = before
        .iter()
        .filter(|(file, written)| now.get(*file) != Some(*written) && !is_folder(written));
    let names: Vec<_> = other
        .map(|(file, _)| {
            let name = file.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        })
        .collect();
    match names.len() {
        count if count > NAMED_MAX => {
            let more = count - NAMED_MAX;
            format!("{} and {more} more", names[..NAMED_MAX].join(", "))
        }
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests;
