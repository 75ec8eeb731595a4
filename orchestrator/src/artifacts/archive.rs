//! Archives: a folder that came as one file. Whoever made it chose its paths and its sizes, so each is looked at before
//! anything is written, and nothing is written outside of one folder.

use super::tree::ENTRIES_MAX;
use super::{ArtifactError, paths};
use flate2::read::MultiGzDecoder;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;
use tar::EntryType;

/// How a folder is packed into one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// A zip archive.
    Zip,
    /// A tar archive.
    Tar,
    /// A tar archive, compressed with gzip.
    TarGzip,
    /// Not at all: the file is the only one of the folder.
    Plain,
}

/// The file of a folder that came as a plain file.
pub const PLAIN_NAME: &str = "model";

impl Packing {
    /// What the media type of a file says.
    pub fn of(mime: &str) -> Packing {
        match mime {
            "application/zip" | "application/x-zip-compressed" => Packing::Zip,
            "application/x-tar" => Packing::Tar,
            "application/gzip" | "application/x-gzip" => Packing::TarGzip,
            _ => Packing::Plain,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Packing::Zip => "a zip archive",
            Packing::Tar => "a tar archive",
            Packing::TarGzip => "a tar archive in gzip",
            Packing::Plain => "a file",
        }
    }
}

/// Unpacks a file into an empty folder: plain files and folders, at most `max` bytes of them together. Times, owners and
/// permissions are left behind.
///
/// # Errors
/// If it is no such archive, is empty, or has a path outside of the folder, a link, a path twice, or too much of
/// anything.
pub fn unpack(file: File, packing: Packing, into: &Path, max: u64) -> Result<(), ArtifactError> {
    let mut folder = Folder {
        into,
        packing,
        entries: 0,
        files: 0,
        size: 0,
        max,
    };
    match packing {
        Packing::Zip => zip(file, &mut folder)?,
        Packing::Tar => tar(BufReader::new(file), &mut folder)?,
        Packing::TarGzip => tar(MultiGzDecoder::new(BufReader::new(file)), &mut folder)?,
        Packing::Plain => folder.add(PLAIN_NAME, &mut BufReader::new(file))?,
    }
    match folder.files {
        0 => Err(ArtifactError::archive("no file is in it")),
        _ => Ok(()),
    }
}

/// What is unpacked so far.
struct Folder<'a> {
    into: &'a Path,
    packing: Packing,
    entries: usize,
    files: usize,
    size: u64,
    max: u64,
}

impl Folder<'_> {
    fn count(&mut self) -> Result<(), ArtifactError> {
        self.entries += 1;
        match self.entries > ENTRIES_MAX {
            true => Err(ArtifactError::archive("it has too many files")),
            false => Ok(()),
        }
    }

    /// Adds one file. What its archive says about its size is not believed.
    fn add(&mut self, path: &str, content: &mut dyn Read) -> Result<(), ArtifactError> {
        paths::check(path)?;
        let place = self.into.join(path);
        let failed = |source| ArtifactError::io(&place, source);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).map_err(|source| self.unplaced(path, &place, source))?;
        }
        let mut out = File::create_new(&place).map_err(|source| self.unplaced(path, &place, source))?;
        let left = self.max - self.size;
        let mut written = 0;
        let mut chunk = vec![0; 64 << 10];
        loop {
            let read = content.read(&mut chunk).map_err(|source| match source.kind() {
                io::ErrorKind::InvalidData
                | io::ErrorKind::InvalidInput
                | io::ErrorKind::UnexpectedEof
                | io::ErrorKind::Other => self.broken(&source),
                _ => failed(source),
            })?;
            written += read as u64;
            if written > left {
                return Err(ArtifactError::TooLarge {
                    what: "what is in the archive".to_owned(),
                    size: self.size + written,
                    max: self.max,
                });
            }
            match read {
                0 => break,
                read => io::Write::write_all(&mut out, &chunk[..read]).map_err(failed)?,
            }
        }
        self.size += written;
        self.files += 1;
        Ok(())
    }

    /// A file where a folder should be, or the same path once more.
    fn unplaced(&self, path: &str, place: &Path, source: io::Error) -> ArtifactError {
        match source.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                ArtifactError::refused(path, "it is in the archive twice")
            }
            _ => ArtifactError::io(place, source),
        }
    }

    fn broken(&self, why: &dyn std::fmt::Display) -> ArtifactError {
        ArtifactError::archive(format!("it is not {}: {why}", self.packing.words()))
    }
}

fn zip(file: File, folder: &mut Folder<'_>) -> Result<(), ArtifactError> {
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| folder.broken(&error))?;
    for at in 0..archive.len() {
        folder.count()?;
        let mut entry = archive.by_index(at).map_err(|error| folder.broken(&error))?;
        let path = entry.name().map_err(|error| folder.broken(&error))?.into_owned();
        if entry.is_dir() {
            paths::check(path.trim_end_matches('/'))?;
        } else if entry.is_file() {
            folder.add(&path, &mut entry)?;
        } else {
            return Err(ArtifactError::refused(
                path.escape_default(),
                "it is no plain file",
            ));
        }
    }
    Ok(())
}

fn tar(content: impl Read, folder: &mut Folder<'_>) -> Result<(), ArtifactError> {
    let mut archive = tar::Archive::new(content);
    let entries = archive.entries().map_err(|error| folder.broken(&error))?;
    for entry in entries {
        folder.count()?;
        let mut entry = entry.map_err(|error| folder.broken(&error))?;
        let path = String::from_utf8(entry.path_bytes().into_owned());
        let path = path.map_err(|_| ArtifactError::archive("a path in it is not UTF-8"))?;
        // `tar c .` writes `./predict.py`.
        let path = path.strip_prefix("./").unwrap_or(&path);
        match entry.header().entry_type() {
            EntryType::Directory if path.is_empty() => {}
            EntryType::Directory => paths::check(path.trim_end_matches('/'))?,
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                folder.add(path, &mut entry)?
            }
            EntryType::XGlobalHeader => {}
            _ => {
                return Err(ArtifactError::refused(
                    path.escape_default(),
                    "it is no plain file",
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
