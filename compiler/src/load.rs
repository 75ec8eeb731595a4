//! Reads a project from disk: the only part of the compiler that touches files.
//!
//! A path is a folder, a `flow.toml` or a `.flow` file. What is wrong with the texts themselves becomes a
//! finding; only what cannot be read at all is an error.

mod code;
mod config;
mod declared;
mod listing;
mod modules;
mod packages;
mod place;
mod sources;

use crate::project::Project;
use flow_lang::ast::{DeclKind, File};
use flow_lang::parse::parse;
use flow_lang::report::Report;
use flow_lang::span::{SourceId, Sources};
pub use listing::code_files;
pub use packages::packages;
use place::Place;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The most bytes of a source file, of `flow.toml`, and of a file that packages are installed from.
pub const TEXT_MAX: u64 = 1_000_000;

/// Why a project cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file system says no.
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Nothing to compile.
    #[error("no `.flow` file in `{}`", path.display())]
    NoSource {
        /// The folder.
        path: PathBuf,
    },
    /// A file that is neither a `flow.toml` nor a `.flow` file.
    #[error("`{}` is no folder, `flow.toml` or `.flow` file", path.display())]
    NotSource {
        /// The file.
        path: PathBuf,
    },
    /// A text file beyond [`TEXT_MAX`].
    #[error("`{}` has {size} bytes; {TEXT_MAX} are allowed", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        size: u64,
    },
    /// A `flow.toml` that does not say what it must.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What is wrong, with the key.
        message: String,
    },
    /// A `flow.toml` that configures something that the flow does not declare.
    #[error("{}: `{key}` configures nothing: the flow declares no {what} of this name{help}", path.display())]
    Undeclared {
        /// The file.
        path: PathBuf,
        /// `env.dev.packages.inbox`.
        key: String,
        /// `package` or `secret`.
        what: &'static str,
        /// `; did you mean …`, or nothing.
        help: String,
    },
    /// A code folder that is too large or too deep to be one.
    #[error("the code folder `{}` has more than {bound}", folder.display())]
    CodeFolder {
        /// The folder.
        folder: PathBuf,
        /// What it has too much of.
        bound: String,
    },
}

/// Reads the project at `path`, and those that it imports from.
///
/// # Errors
/// When a file is missing, unreadable or too large, or `flow.toml` is not understood.
pub fn load(path: &Path) -> Result<Project, LoadError> {
    load_with(path, &Drafts::new())
}

/// Texts that stand for what is on the disk, by the path that [`Sources`] show.
pub type Drafts = BTreeMap<PathBuf, String>;

/// [`load`], as if `drafts` had been written.
///
/// # Errors
/// As of [`load`].
pub fn load_with(path: &Path, drafts: &Drafts) -> Result<Project, LoadError> {
    let mut project = alone(path, drafts)?;
    let decls = project.files.iter().flat_map(|file| &file.decls);
    let paths = decls.filter_map(|decl| match &decl.kind {
        DeclKind::Import(path) => Some(path.name.clone()),
        _ => None,
    });
    let read = |path: String| {
        let at = project.root.join(&path);
        let read = match at.exists() {
            true => alone(&at, &Drafts::new()).map_err(|error| error.to_string()),
            false => Err("nothing is there".to_owned()),
        };
        (path, read)
    };
    project.imports = paths.map(read).collect();
    Ok(project)
}

/// Reads one project, whatever it imports.
fn alone(path: &Path, drafts: &Drafts) -> Result<Project, LoadError> {
    let place = Place::find(path)?;
    let mut syntax = Report::default();
    let mut sources = Sources::default();
    let files = parsed(&place.files, drafts, &mut sources, &mut syntax)?;
    let mut code = code::read(&place.root, &files)?;
    let modules = modules::read(&place, &files, &mut sources, &mut code)?;
    if !syntax.has_errors() {
        declared::check(&place, &files, &modules)?;
    }
    Ok(Project {
        root: place.root,
        name: place.config.name,
        sources,
        files,
        syntax,
        envs: place.config.envs,
        imports: BTreeMap::new(),
        modules,
        code,
        installed: BTreeMap::new(),
    })
}

/// The trees of source files, in their order; what is wrong with the texts is added to `syntax`.
fn parsed(
    paths: &[PathBuf],
    drafts: &Drafts,
    sources: &mut Sources,
    syntax: &mut Report,
) -> Result<Vec<File>, LoadError> {
    let mut files = Vec::new();
    for id in sources::read(paths, drafts, sources, syntax)? {
        if syntax.findings.iter().any(|finding| finding.span.source == id) {
            files.push(File::default());
            continue;
        }
        let (file, findings) = parse(id, &sources.get(id).text);
        files.push(file);
        syntax.findings.extend(findings);
    }
    Ok(files)
}

/// The source files of the project at `path`, their texts in the same order, and what is wrong with their bytes.
///
/// # Errors
/// When a file is missing, unreadable or too large, or `flow.toml` is not understood.
pub fn sources(path: &Path) -> Result<(Vec<PathBuf>, Sources, Report), LoadError> {
    let place = Place::find(path)?;
    let mut report = Report::default();
    let mut sources = Sources::default();
    sources::read(&place.files, &Drafts::new(), &mut sources, &mut report)?;
    Ok((place.files, sources, report))
}

/// Writes a source file anew. Whoever reads it meanwhile sees the old text or the new one, whole.
///
/// # Errors
/// What the system says.
pub fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    // Where the file really is: a link stays a link.
    let file = std::fs::canonicalize(file)?;
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let draft = file.with_file_name(name);
    std::fs::write(&draft, text)?;
    std::fs::set_permissions(&draft, std::fs::metadata(&file)?.permissions())?;
    std::fs::rename(&draft, &file)
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> LoadError {
    move |source| LoadError::Unreadable {
        path: path.to_path_buf(),
        source,
    }
}

/// A file that stands alone, its text, and what is wrong with its bytes.
///
/// # Errors
/// When it is missing, unreadable or too large.
pub fn one_source(path: &Path) -> Result<(Sources, SourceId, Report), LoadError> {
    let mut report = Report::default();
    let mut sources = Sources::default();
    sources::read(&[path.to_path_buf()], &Drafts::new(), &mut sources, &mut report)?;
    Ok((sources, SourceId(0), report))
}

/// The text of a file; bytes that are not UTF-8 are replaced.
///
/// # Errors
/// When it is missing, unreadable or too large.
pub fn text(path: &Path) -> Result<String, LoadError> {
    Ok(String::from_utf8_lossy(&read_text(path)?).into_owned())
}

/// The bytes of a text file, bounded by [`TEXT_MAX`], also where nothing tells beforehand how many will come.
fn read_text(path: &Path) -> Result<Vec<u8>, LoadError> {
    let file = std::fs::File::open(path).map_err(unreadable(path))?;
    let told = file.metadata().map_err(unreadable(path))?.len();
    let mut bytes = Vec::new();
    if told <= TEXT_MAX {
        file.take(TEXT_MAX + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable(path))?;
    }
    let size = told.max(bytes.len() as u64);
    if size > TEXT_MAX {
        return Err(LoadError::TooLarge {
            path: path.to_path_buf(),
            size,
        });
    }
    Ok(bytes)
}
