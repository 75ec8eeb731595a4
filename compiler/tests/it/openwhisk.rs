//! `flowc import` and `flowc build --target openwhisk`, as a shell calls them.

mod bad;
pub(crate) mod manifests;
mod scripts;
mod trips;

use crate::commands::{Ran, flowc, folder};
use flow_lang::format::format;
use flow_lang::span::SourceId;
use flowc::cli::Exit;
use tempfile::TempDir;

/// Imports a file beside its code, into the same folder. The flow has the one style, and `check` says what is wrong.
fn import(files: &[(&str, &str)], file: &str) -> (TempDir, Ran, Ran) {
    // The folder names a flow that has no name.
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (format!("shop/{path}"), *text))
        .collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let folder = folder(&files);
    let ran = flowc(
        folder.path(),
        &["import", &format!("DIR/shop/{file}"), "-o", "DIR/shop"],
    );
    assert_eq!(ran.exit, Exit::Clean, "{}", ran.err);
    let flow = read(&folder, "main.flow");
    assert_eq!(format(SourceId(0), &flow).as_ref(), Ok(&flow), "it is formatted");
    let checked = flowc(folder.path(), &["check", "DIR/shop"]);
    (folder, ran, checked)
}

fn read(folder: &TempDir, file: &str) -> String {
    std::fs::read_to_string(folder.path().join("shop").join(file)).expect("a file")
}

/// What `flowc import` prints of a file.
fn printed(file: &str, text: &str) -> Ran {
    let folder = folder(&[(file, text)]);
    flowc(folder.path(), &["import", &format!("DIR/{file}")])
}
