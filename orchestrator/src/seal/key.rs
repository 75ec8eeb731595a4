//! The key file: made at the first start, readable by its user alone.

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Generate, Key};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Bytes of a key.
pub(super) const KEY_LEN: usize = 32;
/// Rights that only others would use.
const OTHERS: u32 = 0o077;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It cannot be read or written.
    #[error("the key `{path}`: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no key.
    #[error(
        "the key `{path}` has {size} bytes and not {KEY_LEN}: put back the one from a back-up of this data directory; without it what is private cannot be opened"
    )]
    Size {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        size: usize,
    },
    /// Others may read it.
    #[error("the key `{path}` has the mode {mode:o} and others can get at it: `chmod 600 {path}`")]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its rights.
        mode: u32,
    },
}

/// The key in a file, which is made if it is not there.
pub(super) fn load_or_make(path: &Path) -> Result<[u8; KEY_LEN], KeyError> {
    let failed = |source| KeyError::Io {
        path: path.to_owned(),
        source,
    };
    match File::open(path) {
        Ok(file) => read(path, file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path).map_err(failed),
        Err(error) => Err(failed(error)),
    }
}

fn read(path: &Path, mut file: File) -> Result<[u8; KEY_LEN], KeyError> {
    let path = || path.to_owned();
    let failed = |source| KeyError::Io { path: path(), source };
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(KeyError::Mode { path: path(), mode });
    }
    let mut bytes = Vec::new();
    (&mut file)
        .take(KEY_LEN as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let size = bytes.len();
    bytes
        .try_into()
        .map_err(|_| KeyError::Size { path: path(), size })
}

/// Either the whole key is there under its name, or none.
fn make(path: &Path) -> io::Result<[u8; KEY_LEN]> {
    let key: [u8; KEY_LEN] = Key::<XChaCha20Poly1305>::generate().into();
    let folder = path.parent().unwrap_or(path);
    // Made with the mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&key)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    File::open(folder)?.sync_all()?;
    Ok(key)
}
