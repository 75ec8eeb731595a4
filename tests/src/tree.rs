//! The source tree, and copies of parts of it to run in.

use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The top of the source tree.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest
        .parent()
        .expect("this crate is a folder of the tree")
        .to_owned()
}

/// A copy of a project such as `examples/digits` in a fresh folder, without what earlier runs left in it.
pub fn copy_of(project: &str) -> TempDir {
    let copy = tempfile::tempdir().expect("a temporary folder can be made");
    copy_into(&root().join(project), copy.path());
    copy
}

/// Copies a project into a folder, without what earlier runs left in it.
pub fn copy_into(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a temporary folder can be written");
    for entry in fs::read_dir(from).expect("the project is there") {
        let entry = entry.expect("the project can be read");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let left_over = [".flow", "__pycache__", "inbox", "exams"];
        if left_over.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if from.is_dir() {
            copy_into(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a temporary folder can be written");
        }
    }
}
