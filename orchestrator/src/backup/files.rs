//! The files of a data directory, one by one: each is whole in the copy or not there.

use super::BackupError;
use crate::artifacts::paths;
use crate::config::DataDir;
use crate::shim::JobDir;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use tempfile::NamedTempFile;

/// Bytes that are copied at a time.
const CHUNK: usize = 1 << 20;

/// What was copied so far.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) kept: u64,
}

impl Tally {
    pub(super) fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

/// What becomes of files with a place in the copy.
#[derive(Clone, Copy)]
enum Kind {
    /// The content is the name: one that is there stays, and one that is not what its name says is left out.
    Artifact,
    /// It never changes: one that is there stays.
    Final,
    /// It may have grown.
    Growing,
}

/// Copies everything but the database, and what is made anew at a start.
pub(super) fn copy(from: &DataDir, to: &DataDir) -> Result<Tally, BackupError> {
    let mut tally = Tally::default();
    for name in ["install", "seal.key"] {
        let (from, to) = (from.root().join(name), to.root().join(name));
        file(&from, &to, Kind::Final, &mut tally)?;
    }
    for (name, kind) in [
        ("artifacts", Kind::Artifact),
        ("code", Kind::Final),
        ("logs", Kind::Growing),
    ] {
        tree(&from.root().join(name), &to.root().join(name), kind, &mut tally)?;
    }
    for name in names(&from.root().join("jobs"))? {
        let place = |data: &DataDir| JobDir::new(data.job(&name));
        job(&place(from), &place(to), &mut tally)?;
    }
    flush(to.root())?;
    Ok(tally)
}

/// A job that has ended, with what it left; of one under way only that it was launched, since what it has written so far
/// is not finished and may hold secrets. What runs is lost to the copy.
fn job(from: &JobDir, to: &JobDir, tally: &mut Tally) -> Result<(), BackupError> {
    // What says that it has ended is read first: everything else was written before it.
    let ended = from.status().exists();
    // The lock comes along free: whoever finds it knows that the job is gone.
    for path in [from.lock(), from.spec(), from.started(), from.status()] {
        beside(from, to, &path, tally)?;
    }
    if !ended {
        return Ok(());
    }
    for path in [
        from.launched(),
        from.log(),
        from.shim_log(),
        from.args(),
        from.progress(),
        from.report(),
    ] {
        beside(from, to, &path, tally)?;
    }
    for path in [from.out(), from.model()] {
        let below = path
            .strip_prefix(from.root())
            .expect("it is in the job's directory");
        tree(&path, &to.root().join(below), Kind::Final, tally)?;
    }
    flush(to.root())
}

fn beside(from: &JobDir, to: &JobDir, path: &Path, tally: &mut Tally) -> Result<(), BackupError> {
    let below = path
        .strip_prefix(from.root())
        .expect("it is in the job's directory");
    folder(to.root())?;
    file(path, &to.root().join(below), Kind::Growing, tally)
}

/// Copies the plain files below a folder, which may not be there. Links and what is being written stay behind.
fn tree(from: &Path, to: &Path, kind: Kind, tally: &mut Tally) -> Result<(), BackupError> {
    for name in names(from)? {
        let (from, to) = (from.join(&name), to.join(&name));
        let Ok(about) = fs::symlink_metadata(&from) else {
            // It went away in the meantime.
            continue;
        };
        if about.is_dir() {
            tree(&from, &to, kind, tally)?;
        } else if about.is_file() {
            if let (Kind::Artifact, false) = (kind, paths::is_digest(&name)) {
                continue;
            }
            file(&from, &to, kind, tally)?;
        }
    }
    if to.is_dir() { flush(to) } else { Ok(()) }
}

/// The names in a folder, sorted; none when it is not there. What begins with a dot is a draft.
fn names(folder: &Path) -> Result<Vec<String>, BackupError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(BackupError::io(folder)(error)),
    };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().into_string()));
    let names: Result<Vec<_>, _> = names.collect();
    let names = names.map_err(BackupError::io(folder))?.into_iter().flatten();
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    Ok(names)
}

/// Copies a file unless it is gone, or the copy has it already.
fn file(from: &Path, to: &Path, kind: Kind, tally: &mut Tally) -> Result<(), BackupError> {
    let mut source = match File::open(from) {
        Ok(source) => source,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(BackupError::io(from)(error)),
    };
    let about = source.metadata().map_err(BackupError::io(from))?;
    let there = fs::metadata(to).is_ok_and(|there| there.is_file() && there.len() == about.len());
    match kind {
        Kind::Artifact | Kind::Final if there => {
            tally.kept += 1;
            return Ok(());
        }
        Kind::Artifact | Kind::Final | Kind::Growing => {}
    }
    let parent = to.parent().expect("a file is in a folder");
    folder(parent)?;
    let mut draft = NamedTempFile::new_in(parent).map_err(BackupError::io(parent))?;
    let (bytes, digest) = pour(&mut source, &mut draft).map_err(BackupError::io(from))?;
    if let Kind::Artifact = kind
        && to.file_name().is_none_or(|name| name != digest.as_str())
    {
        return Ok(());
    }
    let file = draft.as_file();
    file.set_permissions(about.permissions())
        .and_then(|()| file.sync_all())
        .map_err(BackupError::io(to))?;
    draft
        .persist(to)
        .map_err(|error| BackupError::io(to)(error.error))?;
    tally.add(bytes);
    Ok(())
}

/// How many bytes there were, and their digest.
fn pour(from: &mut File, to: &mut impl Write) -> io::Result<(u64, String)> {
    let mut hasher = blake3::Hasher::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match from.read(&mut chunk)? {
            0 => return Ok((hasher.count(), hasher.finalize().to_hex().to_string())),
            count => {
                hasher.update(&chunk[..count]);
                to.write_all(&chunk[..count])?;
            }
        }
    }
}

/// Makes a folder for its owner alone.
pub(super) fn folder(path: &Path) -> Result<(), BackupError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(BackupError::io(path))
}

/// Puts a file that is on the disk in the place of another.
pub(super) fn replace(from: &Path, to: &Path) -> Result<(), BackupError> {
    fs::rename(from, to).map_err(BackupError::io(to))?;
    flush(to.parent().expect("a file is in a folder"))
}

fn flush(folder: &Path) -> Result<(), BackupError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(BackupError::io(folder))
}
