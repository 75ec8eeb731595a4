//! How much room installed packages take where they have to be packed along with the code.

use flow_lang::runtime::packages::zipped;
use std::io;
use std::path::Path;
use walkdir::WalkDir;

/// The bytes that everything below `top` adds to a zip, stored as it is under the path `place`. Byte code is left out,
/// as it is made anew, and what stands right below `top` under one of the names in `without`.
///
/// # Errors
/// When it cannot be read.
pub(in crate::functions) fn room(top: &Path, place: &str, without: &[&str]) -> io::Result<u64> {
    let mut room = 0;
    let counts = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        let is_left_out = entry.depth() == 1 && without.iter().any(|package| is_of(&name, package));
        name != "__pycache__" && !is_left_out
    };
    for entry in WalkDir::new(top).into_iter().filter_entry(counts) {
        let entry = entry?;
        // A link counts as what it leads to, which a zip may have to hold twice.
        let Ok(found) = std::fs::metadata(entry.path()) else {
            continue;
        };
        if found.is_file() {
            let path = entry.path().strip_prefix(top).unwrap_or(entry.path());
            room += zipped(place.len() + 1 + path.as_os_str().len(), found.len());
        }
    }
    Ok(room)
}

/// Whether a folder is a package or what is known about it: `pip`, `pip-23.2.1.dist-info`.
fn is_of(name: &str, package: &str) -> bool {
    let rest = name.strip_prefix(package);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_along_counts_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in [
            ("six.py", 100),
            ("numpy/core/a.so", 1000),
            ("numpy/__pycache__/a.pyc", 5000),
            ("pip/main.py", 7000),
            ("pip-23.2.1.dist-info/RECORD", 7000),
            ("pipes/a", 10),
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, vec![b'x'; bytes]).unwrap();
        }
        let expected = ["lib/six.py", "lib/numpy/core/a.so", "lib/pipes/a"];
        let names: u64 = expected.iter().map(|path| 2 * path.len() as u64 + 76).sum();
        assert_eq!(room(folder.path(), "lib", &["pip"]).unwrap(), 1110 + names);
    }
}
