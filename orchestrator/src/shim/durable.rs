//! Small files that are whole or not there, also after a power cut.

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes a file unless it exists; answers whether it was new. Of two that try, one is told `true`.
///
/// # Errors
/// If the directory cannot be written.
pub fn create(path: &Path, content: &[u8]) -> io::Result<bool> {
    match draft(path, content)?.persist_noclobber(path) {
        Ok(_) => flush_parent(path).map(|()| true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

/// Writes a file in the place of what was there.
///
/// # Errors
/// If the directory cannot be written.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    draft(path, content)?.persist(path).map_err(|error| error.error)?;
    flush_parent(path)
}

/// Makes a directory, and those above it, for its owner alone.
///
/// # Errors
/// If the one above cannot be written.
pub fn directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    flush_parent(path)
}

/// A file for its owner alone, beside its place.
fn draft(path: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(path.parent().ok_or(io::ErrorKind::InvalidInput)?)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn flush_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    File::open(parent)?.sync_all()
}
