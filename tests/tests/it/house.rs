//! The rules of the house, held against the tree itself. The pages say them; these tests read the pages.

mod commands;
mod crates;
mod documentation;
mod files;
mod floors;
mod guarantees;
mod licences;
mod proofs;

use flow_tests::tree;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A text file of the tree, by its path from the top.
fn page(path: &str) -> String {
    std::fs::read_to_string(tree::root().join(path)).expect("the tree has this page")
}

/// All files below a folder of the tree, sorted. Hidden ones (but for `.ci`), what builds and runs leave
/// behind, and links are left out.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![tree::root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the tree") {
            let entry = entry.expect("an entry of a folder");
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let kind = entry.file_type().expect("the kind of an entry");
            if name.starts_with('.') && name != ".ci" || ["target", "__pycache__"].contains(&&*name) {
                continue;
            }
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    files
}

/// The Rust files below a folder of the tree, with their texts.
fn rust(folder: &str) -> Vec<(PathBuf, String)> {
    let rust = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "rs");
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("Rust is UTF-8");
        (path, text)
    };
    files(folder).into_iter().filter(rust).map(read).collect()
}

/// The lines of a Rust text that are no comments, with their numbers from 1.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(number, line)| (number + 1, line));
    numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// A path as it is seen from the top of the tree.
fn shown(path: &Path) -> String {
    let below = path.strip_prefix(tree::root()).expect("a path of the tree");
    below.display().to_string()
}

/// What `cargo` prints, without asking the network.
fn cargo(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(args)
        .args(["--offline", "--locked"])
        .current_dir(tree::root())
        .output()
        .expect("cargo starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {args:?}: {errors}");
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

/// What `cargo metadata` knows, for machines like this one.
fn metadata(more: &[&str]) -> Value {
    let args = [&["metadata", "--format-version", "1"], more].concat();
    serde_json::from_str(&cargo(&args)).expect("cargo prints JSON")
}

/// Fails with all that was found, each on its line.
fn check(rule: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}
