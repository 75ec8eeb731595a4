//! From the path that the user gave to the root, the configuration and the source files of a project.

use super::config::{self, Config};
use super::{LoadError, unreadable};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where a project is.
pub(super) struct Place {
    /// The folder that everything else is relative to.
    pub(super) root: PathBuf,
    /// What `flow.toml` says.
    pub(super) config: Config,
    /// The source files, in order.
    pub(super) files: Vec<PathBuf>,
}

impl Place {
    pub(super) fn find(path: &Path) -> Result<Place, LoadError> {
        let kind = std::fs::metadata(path).map_err(unreadable(path))?;
        if kind.is_dir() {
            return Place::folder(path.to_path_buf());
        }
        let root = match path.parent() {
            Some(parent) if parent != Path::new("") => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        if path.file_name().is_some_and(|name| name == "flow.toml") {
            return Place::folder(root);
        }
        if path.extension().is_none_or(|extension| extension != "flow") {
            return Err(LoadError::NotSource {
                path: path.to_path_buf(),
            });
        }
        Place::file(root, path.to_path_buf())
    }

    fn folder(root: PathBuf) -> Result<Place, LoadError> {
        let config = config::read(&root)?.unwrap_or_default();
        let mut files = BTreeSet::new();
        for pattern in &config.sources {
            files.extend(expand(&root, pattern)?);
        }
        if files.is_empty() {
            return Err(LoadError::NoSource { path: root });
        }
        Ok(Place {
            root,
            config,
            files: files.into_iter().collect(),
        })
    }

    /// A file that the `flow.toml` beside it names stands for its whole project; any other is one of its own.
    fn file(root: PathBuf, file: PathBuf) -> Result<Place, LoadError> {
        if root.join("flow.toml").exists() {
            let project = Place::folder(root.clone())?;
            let same =
                |other: &PathBuf| other.file_name() == file.file_name() && other.parent() == Some(&root);
            if project.files.iter().any(same) {
                return Ok(project);
            }
        }
        Ok(Place {
            root,
            config: Config::default(),
            files: vec![file],
        })
    }
}

/// The files that a pattern of `sources` names; `*` stands for any part of one name.
fn expand(root: &Path, pattern: &str) -> Result<Vec<PathBuf>, LoadError> {
    let mut found = vec![root.to_path_buf()];
    for part in pattern.split('/') {
        let mut next = Vec::new();
        for folder in found {
            if !part.contains('*') {
                next.push(folder.join(part));
                continue;
            }
            for entry in std::fs::read_dir(&folder).map_err(unreadable(&folder))? {
                let name = entry.map_err(unreadable(&folder))?.file_name();
                if let Some(name) = name.to_str()
                    && !name.starts_with('.')
                    && matches(part, name)
                {
                    next.push(folder.join(name));
                }
            }
        }
        found = next;
    }
    Ok(found)
}

/// Whether `name` is `pattern` with each `*` replaced by something.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, rest)) => name.strip_prefix(before).is_some_and(|tail| {
            (0..=tail.len())
                .filter(|at| tail.is_char_boundary(*at))
                .any(|at| matches(rest, &tail[at..]))
        }),
    }
}
