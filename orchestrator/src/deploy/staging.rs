//! Code on its way into the data directory: copied once, under the digest that the plan names.
//!
//! Functions and jobs run from this copy, so that editing the project changes nothing that is running, and
//! the code of a run is the code that was checked.

use crate::artifacts::{ArtifactError, paths, tree};
use crate::config::DataDir;
use flow_lang::plan::Code;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The most files of one folder.
const FILES_MAX: usize = 10_000;

/// The most bytes of one folder.
const BYTES_MAX: u64 = 512 << 20;

/// Why code could not be staged.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// There is no such folder in the project.
    #[error("code folder `{folder}` is not in the project")]
    Missing {
        /// The folder.
        folder: String,
    },
    /// The folder holds something else than what was compiled.
    #[error("code folder `{folder}` changed since it was compiled: compile and deploy again")]
    Changed {
        /// The folder.
        folder: String,
    },
    /// The folder is larger than its bound.
    #[error("code folder `{folder}` has more than {bound}")]
    TooLarge {
        /// The folder.
        folder: String,
        /// `10000 files`.
        bound: String,
    },
    /// A path is refused, or the file system failed.
    #[error(transparent)]
    File(#[from] ArtifactError),
}

impl StageError {
    /// Whether the same may succeed later.
    pub fn retry(&self) -> bool {
        match self {
            StageError::File(error) => error.retry(),
            StageError::Missing { .. } | StageError::Changed { .. } | StageError::TooLarge { .. } => false,
        }
    }
}

/// Copies a code folder of a project to its place in the data directory, unless it is there, and answers
/// with that place. Hidden files, caches and links that leave the project stay behind, as they do when the
/// compiler reads the folder.
///
/// # Errors
/// If the folder is not what was compiled, or cannot be copied.
pub fn stage(data: &DataDir, project_root: &Path, code: &Code) -> Result<PathBuf, StageError> {
    place(data, code, || read(project_root, code))
}

/// The files of a code folder below `project_root` by their paths, sorted.
///
/// # Errors
/// If the folder cannot be read, or is larger than code may be.
pub fn read(project_root: &Path, code: &Code) -> Result<Vec<(String, Vec<u8>)>, StageError> {
    let mut files = Vec::new();
    let mut bytes = 0;
    for (relative, path) in list(project_root, &code.folder)? {
        let failed = |source| ArtifactError::io(&path, source);
        bytes += fs::metadata(&path).map_err(failed)?.len();
        if bytes > BYTES_MAX {
            return Err(too_large(&code.folder, format!("{} MiB", BYTES_MAX >> 20)));
        }
        files.push((relative, fs::read(&path).map_err(failed)?));
    }
    Ok(files)
}

/// Writes code that came with a deployment to its place in the data directory, unless it is there, and
/// answers with that place.
///
/// # Errors
/// If a path is refused, the files are not what was compiled, or cannot be written.
pub fn stage_files(
    data: &DataDir,
    code: &Code,
    files: BTreeMap<String, Vec<u8>>,
) -> Result<PathBuf, StageError> {
    place(data, code, || Ok(files.into_iter().collect()))
}

/// `files` answers with paths and contents, sorted by path.
fn place(
    data: &DataDir,
    code: &Code,
    files: impl FnOnce() -> Result<Vec<(String, Vec<u8>)>, StageError>,
) -> Result<PathBuf, StageError> {
    // A plan may come over the network, and its digest becomes a path.
    if !paths::is_digest(&code.digest) {
        return Err(ArtifactError::NotADigest {
            text: code.digest.clone(),
        }
        .into());
    }
    let place = data.code(&code.digest);
    tree::publish(&place, |draft| {
        let files = files()?;
        let mut hasher = blake3::Hasher::new();
        for (relative, content) in &files {
            paths::check(relative)?;
            hasher.update(relative.as_bytes());
            hasher.update(&[0]);
            hasher.update(&(content.len() as u64).to_le_bytes());
            hasher.update(content);
            tree::copy(&mut content.as_slice(), &draft.join(relative))?;
        }
        if hasher.finalize().to_hex().as_str() == code.digest {
            Ok(())
        } else {
            Err(StageError::Changed {
                folder: code.folder.clone(),
            })
        }
    })?;
    Ok(place)
}

/// The files of a folder by path with `/`.
fn list(root: &Path, folder: &str) -> Result<BTreeMap<String, PathBuf>, StageError> {
    let missing = || StageError::Missing {
        folder: folder.to_owned(),
    };
    let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    let border = root.canonicalize().map_err(|_| missing())?;
    let top = root.join(folder);
    let is_inside = |path: &Path| path.canonicalize().is_ok_and(|path| path.starts_with(&border));
    if !Path::new(folder).components().all(inside) || !top.is_dir() || !is_inside(&top) {
        return Err(missing());
    }
    let mut files = BTreeMap::new();
    let mut open = vec![(String::new(), top)];
    while let Some((prefix, at)) = open.pop() {
        let failed = |source| ArtifactError::io(&at, source);
        for entry in fs::read_dir(&at).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            let is_link = entry.file_type().map_err(failed)?.is_symlink();
            if name.starts_with('.') || name == "__pycache__" || is_link && !is_inside(&path) {
                continue;
            }
            let relative = format!("{prefix}{name}");
            // Also ends a walk through links that lead back up: the path grows until it is too deep.
            paths::check(&relative)?;
            if path.is_dir() {
                open.push((relative + "/", path));
            } else if path.is_file() {
                files.insert(relative, path);
            }
            if files.len() > FILES_MAX {
                return Err(too_large(folder, format!("{FILES_MAX} files")));
            }
        }
    }
    Ok(files)
}

fn too_large(folder: &str, bound: String) -> StageError {
    StageError::TooLarge {
        folder: folder.to_owned(),
        bound,
    }
}

#[cfg(test)]
mod tests;
