//! Reading source files, under the names that the user knows them by.

use super::{Drafts, LoadError, read_text};
use flow_lang::report::{Code, Finding, Report};
use flow_lang::span::{SourceId, Sources, Span};
use std::path::{Component, Path, PathBuf};

/// Reads all files but those that have a draft; one that is not UTF-8 is kept with its bad bytes replaced, and reported.
pub(super) fn read(
    files: &[PathBuf],
    drafts: &Drafts,
    sources: &mut Sources,
    syntax: &mut Report,
) -> Result<Vec<SourceId>, LoadError> {
    let mut ids = Vec::new();
    for path in files {
        if let Some((path, text)) = drafts.get_key_value(&shown(path)) {
            ids.push(sources.add(path, text));
            continue;
        }
        match String::from_utf8(read_text(path)?) {
            Ok(text) => {
                ids.push(sources.add(shown(path), text));
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let id = sources.add(shown(path), String::from_utf8_lossy(error.as_bytes()));
                ids.push(id);
                let span = Span::new(id, at, at + char::REPLACEMENT_CHARACTER.len_utf8());
                syntax.add(
                    Finding::new(Code::SyntaxEncoding, span, "this is not UTF-8")
                        .help("save the file in the encoding UTF-8"),
                );
            }
        }
    }
    Ok(ids)
}

/// The path as the user would write it: below the current folder if it lies there, without `./` and detours.
fn shown(path: &Path) -> PathBuf {
    let below = std::env::current_dir()
        .ok()
        .and_then(|here| path.strip_prefix(here).ok().map(Path::to_path_buf));
    let shown: PathBuf = below
        .unwrap_or_else(|| path.to_path_buf())
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect();
    direct(&shown).unwrap_or(shown)
}

/// `app/../lib/x.flow` as `lib/x.flow`, if that is the same file: behind a link it need not be.
fn direct(path: &Path) -> Option<PathBuf> {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let direct: PathBuf = parts.into_iter().collect();
    let is_same = path.canonicalize().ok()? == direct.canonicalize().ok()?;
    is_same.then_some(direct)
}
