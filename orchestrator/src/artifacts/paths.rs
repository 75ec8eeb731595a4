//! Paths that user code or a client chose, and how they are opened without leaving their directory.
//!
//! Checking the text of a path is not enough, since a symbolic link can stand anywhere in it; so each
//! component is opened by itself, and none may be a link.

use super::ArtifactError;
use rustix::fs::{CWD, Mode, OFlags, openat};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;

/// The most bytes of one component.
const NAME_MAX: usize = 255;

/// The most components.
const DEPTH_MAX: usize = 20;

/// Checks a relative path with `/`: no empty, `.` or `..` component, no backslash or colon (they separate
/// elsewhere), no control character, and within the bounds.
///
/// # Errors
/// [`ArtifactError::Refused`] with what is wrong.
pub fn check(path: &str) -> Result<(), ArtifactError> {
    let refuse = |why: &str| Err(ArtifactError::refused(path.escape_default(), why));
    if path.chars().any(char::is_control) {
        return refuse("it has a control character");
    }
    if path.contains(['\\', ':']) {
        return refuse("it has a backslash or a colon");
    }
    for (depth, component) in path.split('/').enumerate() {
        if depth >= DEPTH_MAX {
            return refuse("it is too deep");
        }
        if component.len() > NAME_MAX {
            return refuse("a name in it is too long");
        }
        if matches!(component, "" | "." | "..") {
            return refuse("it has to be a plain path below its directory");
        }
    }
    Ok(())
}

/// Whether a text is a BLAKE3 hash in lower-case hexadecimal, and so also a safe name of a file.
pub fn is_digest(text: &str) -> bool {
    let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 2 * blake3::OUT_LEN && text.bytes().all(lower_hex)
}

/// Opens a plain file below `root` for reading; no component of `relative` may be a symbolic link.
///
/// # Errors
/// If the path is refused by [`check`], leads through a link, or is no plain file.
pub fn open_beneath(root: &Path, relative: &str) -> Result<File, ArtifactError> {
    check(relative)?;
    let directory = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let failed = |source: rustix::io::Errno| refuse_link(&root.join(relative), source);
    let mut at: OwnedFd = openat(CWD, root, directory, Mode::empty()).map_err(failed)?;
    let (folders, name) = relative.rsplit_once('/').unwrap_or(("", relative));
    for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
        at = openat(&at, folder, directory | OFlags::NOFOLLOW, Mode::empty()).map_err(failed)?;
    }
    let file = openat(&at, name, PLAIN, Mode::empty()).map_err(failed)?;
    plain(file.into(), &root.join(relative))
}

/// Opens a plain file for reading; its last component may not be a symbolic link.
///
/// # Errors
/// If it is no plain file.
pub fn open_plain(path: &Path) -> Result<File, ArtifactError> {
    let file = openat(CWD, path, PLAIN, Mode::empty()).map_err(|source| refuse_link(path, source))?;
    plain(file.into(), path)
}

/// `NONBLOCK`: opening a named pipe must not wait for its other end.
const PLAIN: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

fn plain(file: File, path: &Path) -> Result<File, ArtifactError> {
    let about = file
        .metadata()
        .map_err(|source| ArtifactError::io(path, source))?;
    if about.is_file() {
        Ok(file)
    } else {
        Err(ArtifactError::refused(path.display(), "it is no plain file"))
    }
}

fn refuse_link(path: &Path, errno: rustix::io::Errno) -> ArtifactError {
    match errno {
        rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR => {
            ArtifactError::refused(path.display(), "it leads through a symbolic link or a file")
        }
        errno => ArtifactError::io(path, errno.into()),
    }
}
