//! Directories: what is in them, and how a finished one appears in its place all at once.

use super::{ArtifactError, Stored, paths};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The most files in one directory tree.
pub const ENTRIES_MAX: usize = 10_000;

/// The plain files below a directory, by path with `/`, and their sizes in bytes. Empty folders do not count.
///
/// # Errors
/// If there is anything but folders and plain files, a path that [`paths::check`] refuses, two paths that
/// differ in case only, or too many files.
pub fn scan(root: &Path) -> Result<BTreeMap<String, u64>, ArtifactError> {
    let mut files = BTreeMap::new();
    let mut folded = BTreeSet::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let at = root.join(&folder);
        let entries = fs::read_dir(&at).map_err(|source| ArtifactError::io(&at, source))?;
        for entry in entries {
            let entry = entry.map_err(|source| ArtifactError::io(&at, source))?;
            let path = entry.path();
            let name = entry.file_name().into_string();
            let name = name.map_err(|_| ArtifactError::refused(path.display(), "its name is not UTF-8"))?;
            let relative = format!("{folder}{name}");
            paths::check(&relative)?;
            let about = entry
                .metadata()
                .map_err(|source| ArtifactError::io(&path, source))?;
            if !folded.insert(relative.to_lowercase()) {
                return Err(ArtifactError::refused(
                    relative,
                    "another path differs in case only",
                ));
            }
            if folded.len() > ENTRIES_MAX {
                return Err(ArtifactError::refused(root.display(), "it has too many files"));
            }
            if about.is_dir() {
                folders.push(relative + "/");
            } else if about.is_file() {
                files.insert(relative, about.len());
            } else {
                return Err(ArtifactError::refused(relative, "it is no plain file"));
            }
        }
    }
    Ok(files)
}

/// Reads a file to its end.
///
/// # Errors
/// If it cannot be read.
pub fn hash(file: &mut File) -> io::Result<Stored> {
    file.rewind()?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(&mut *file)?;
    Ok(Stored {
        digest: hasher.finalize().to_hex().to_string(),
        size: hasher.count(),
    })
}

/// Takes the write permission from a file. The permission to execute stays.
///
/// # Errors
/// If the file system refuses.
pub fn seal(file: &Path) -> Result<(), ArtifactError> {
    let failed = |source| ArtifactError::io(file, source);
    let mode = fs::metadata(file).map_err(failed)?.permissions().mode();
    let sealed = mode & 0o555;
    if mode & 0o777 == sealed {
        return Ok(());
    }
    fs::set_permissions(file, fs::Permissions::from_mode(sealed)).map_err(failed)
}

/// Makes the directory `place` out of nothing: `fill` writes it beside its place, then it is flushed and
/// renamed. If somebody else was faster, theirs stays. Never a half-filled directory stands in `place`.
///
/// # Errors
/// What `fill` says, or the file system.
pub fn publish<E: From<ArtifactError>>(
    place: &Path,
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    if place.is_dir() {
        return Ok(());
    }
    let parent = place.parent().expect("a place is below a root");
    let failed = |source| ArtifactError::io(place, source);
    fs::create_dir_all(parent).map_err(failed)?;
    let draft = tempfile::Builder::new()
        .prefix(".draft-")
        .tempdir_in(parent)
        .map_err(failed)?;
    let inner = draft.path().join("d");
    fs::create_dir(&inner).map_err(failed)?;
    fill(&inner)?;
    flush(&inner)?;
    match fs::rename(&inner, place) {
        Ok(()) => flush_one(parent)?,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists
            ) => {}
        Err(error) => return Err(failed(error).into()),
    }
    Ok(())
}

/// Flushes every file and folder below `root` to disk.
fn flush(root: &Path) -> Result<(), ArtifactError> {
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|source| ArtifactError::io(&folder, source))? {
            let path = entry.map_err(|source| ArtifactError::io(&folder, source))?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                flush_one(&path)?;
            }
        }
        flush_one(&folder)?;
    }
    Ok(())
}

fn flush_one(path: &Path) -> Result<(), ArtifactError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|source| ArtifactError::io(path, source))
}

/// Copies an open file to `to` and seals it; returns nothing about its content.
///
/// # Errors
/// If either cannot be used.
pub fn copy(from: &mut impl Read, to: &Path) -> Result<(), ArtifactError> {
    let failed = |source| ArtifactError::io(to, source);
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut out = File::create_new(to).map_err(failed)?;
    io::copy(from, &mut out).map_err(failed)?;
    seal(to)
}
