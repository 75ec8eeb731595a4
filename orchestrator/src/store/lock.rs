//! The lock of the data directory: one daemon at a time.

use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

/// The most bytes of a lock file that are read: a pid and some room.
const LOCK_BYTES_MAX: u64 = 32;

/// The right to use a data directory; ends with the process or when it is dropped.
#[derive(Debug)]
pub struct DirLock {
    _file: File,
}

/// Why the directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another daemon has it.
    #[error("another `flowd` (process {pid}) uses this data directory")]
    Held {
        /// Its process id; 0 when it has not written it yet.
        pid: u32,
    },
    /// The file cannot be made or locked.
    #[error("the data directory cannot be locked: {0}")]
    Io(#[from] std::io::Error),
}

impl DirLock {
    /// Takes the lock file at `path` and writes our pid into it.
    ///
    /// # Errors
    /// Another process holds it, or the file cannot be written.
    pub fn take(path: &Path) -> Result<DirLock, LockError> {
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(LockError::Held { pid: pid_in(&file) }),
            Err(error) => return Err(LockError::Io(error.into())),
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(DirLock { _file: file })
    }
}

fn pid_in(file: &File) -> u32 {
    let mut text = String::new();
    let read = file.take(LOCK_BYTES_MAX).read_to_string(&mut text);
    read.ok().and_then(|_| text.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_daemon_is_refused_with_the_pid_of_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        std::fs::write(&path, "99999999 left over from a longer pid").unwrap();
        let first = DirLock::take(&path).unwrap();
        let refused = DirLock::take(&path).unwrap_err();
        assert!(
            matches!(refused, LockError::Held { pid } if pid == std::process::id()),
            "{refused}"
        );
        drop(first);
        DirLock::take(&path).unwrap();
    }
}
