//! Which files are the code: what the compiler reads, and what a deployment takes along.

use super::{LoadError, unreadable};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// The most files of one code folder.
const FILES_MAX: usize = 10_000;
/// The most bytes of one code folder; far above what any function platform takes, so that its own limit speaks.
const BYTES_MAX: u64 = 512 << 20;
/// The deepest file below a code folder, counted in folders; also ends a walk through links that lead back up.
const DEPTH_MAX: usize = 19;

/// The files of the code folder `name` of the project at `root`, by path below the folder with `/`. Hidden
/// ones, caches, what npm has installed and links that leave the project are no code. `None` if there is no such folder below `root`.
///
/// # Errors
/// When the folder cannot be read, or has more files, bytes or levels than code may have.
pub fn code_files(root: &Path, name: &str) -> Result<Option<BTreeMap<String, PathBuf>>, LoadError> {
    let plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    let top = root.join(name);
    if name.is_empty() || !Path::new(name).components().all(plain) || !top.is_dir() {
        return Ok(None);
    }
    let border = root.canonicalize().map_err(unreadable(root))?;
    if !top.canonicalize().map_err(unreadable(&top))?.starts_with(&border) {
        return Ok(None);
    }
    let files = list(&top, &border)?;
    let mut bytes = 0;
    for file in files.values() {
        bytes += std::fs::metadata(file).map_err(unreadable(file))?.len();
    }
    if bytes > BYTES_MAX {
        return Err(too_much(&top, format!("{} MiB of files", BYTES_MAX >> 20)));
    }
    Ok(Some(files))
}

fn list(top: &Path, border: &Path) -> Result<BTreeMap<String, PathBuf>, LoadError> {
    let mut files = BTreeMap::new();
    let mut open = vec![(String::new(), top.to_path_buf(), 0)];
    while let Some((prefix, folder, depth)) = open.pop() {
        if depth > DEPTH_MAX {
            return Err(too_much(top, format!("{DEPTH_MAX} levels of folders")));
        }
        for entry in std::fs::read_dir(&folder).map_err(unreadable(&folder))? {
            let entry = entry.map_err(unreadable(&folder))?;
            let (name, path) = (entry.file_name(), entry.path());
            let name = name.to_string_lossy();
            if name.starts_with('.') || ["__pycache__", "node_modules"].contains(&&*name) {
                continue;
            }
            let link = entry.file_type().map_err(unreadable(&path))?.is_symlink();
            if link && !path.canonicalize().is_ok_and(|target| target.starts_with(border)) {
                continue;
            }
            if path.is_dir() {
                open.push((format!("{prefix}{name}/"), path, depth + 1));
            } else if path.is_file() {
                files.insert(format!("{prefix}{name}"), path);
            }
            if files.len() > FILES_MAX {
                return Err(too_much(top, format!("{FILES_MAX} files")));
            }
        }
    }
    Ok(files)
}

fn too_much(folder: &Path, bound: String) -> LoadError {
    LoadError::CodeFolder {
        folder: folder.to_path_buf(),
        bound,
    }
}
