//! Reading source files, under the names that the user knows them by.

use super::{Drafts, LoadError, read_text};
use flow_lang::report::{Code, Finding, Report};
use flow_lang::span::{Sources, Span};
use std::path::{Component, Path, PathBuf};

/// Reads all files but those that have a draft; one that is not UTF-8 is kept with its bad bytes replaced, and reported.
pub(super) fn read(files: &[PathBuf], drafts: &Drafts, syntax: &mut Report) -> Result<Sources, LoadError> {
    let mut sources = Sources::default();
    for path in files {
        if let Some((path, text)) = drafts.get_key_value(&shown(path)) {
            sources.add(path, text);
            continue;
        }
        match String::from_utf8(read_text(path)?) {
            Ok(text) => {
                sources.add(shown(path), text);
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let id = sources.add(shown(path), String::from_utf8_lossy(error.as_bytes()));
                let span = Span::new(id, at, at + char::REPLACEMENT_CHARACTER.len_utf8());
                syntax.add(
                    Finding::new(Code::SyntaxEncoding, span, "this is not UTF-8")
                        .help("save the file in the encoding UTF-8"),
                );
            }
        }
    }
    Ok(sources)
}

/// The path as the user would write it: below the current folder if it lies there, without `./`.
fn shown(path: &Path) -> PathBuf {
    let below = std::env::current_dir()
        .ok()
        .and_then(|here| path.strip_prefix(here).ok().map(Path::to_path_buf));
    below
        .unwrap_or_else(|| path.to_path_buf())
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect()
}
