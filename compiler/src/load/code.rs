//! The folders that `code` properties name, with the digest of what is in them.

use super::{LoadError, TEXT_MAX, read_text, unreadable};
use crate::project::{CodeFile, CodeFolder};
use flow_lang::ast::{DeclKind, ExprKind, File, Literal, Property, PropertyValue};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// The most files of one code folder.
const FILES_MAX: usize = 10_000;
/// The most bytes of one code folder; far above what any function platform takes, so that its own limit speaks.
const BYTES_MAX: u64 = 512 << 20;
/// The deepest folder in a code folder.
const DEPTH_MAX: usize = 32;

/// Reads every folder that a `code` property names. One that is not there, or not below `root`, does not exist.
pub(super) fn read(root: &Path, files: &[File]) -> Result<BTreeMap<String, CodeFolder>, LoadError> {
    let decls = files.iter().flat_map(|file| &file.decls);
    let names: BTreeSet<_> = decls
        .flat_map(|decl| properties(&decl.kind))
        .filter_map(folder_name)
        .collect();
    names
        .into_iter()
        .map(|name| Ok((name.to_string(), folder(root, name)?)))
        .collect()
}

/// One file of [`flow_lang::plan::Code::digest`]; the length is eight bytes, the lowest first.
fn feed(hasher: &mut blake3::Hasher, path: &str, content: &[u8]) {
    hasher.update(path.as_bytes());
    hasher.update(&[0]);
    hasher.update(&(content.len() as u64).to_le_bytes());
    hasher.update(content);
}

fn properties(kind: &DeclKind) -> &[Property] {
    match kind {
        DeclKind::Action(action) => &action.properties,
        DeclKind::Job(job) => &job.properties,
        DeclKind::Model(model) => &model.properties,
        DeclKind::Type(_)
        | DeclKind::Secret
        | DeclKind::Package(_)
        | DeclKind::Trigger(_)
        | DeclKind::Prepare(_)
        | DeclKind::Dataset(_)
        | DeclKind::Infer(_)
        | DeclKind::Feedback(_)
        | DeclKind::Rule(_) => &[],
    }
}

fn folder_name(property: &Property) -> Option<&str> {
    match &property.value {
        PropertyValue::Value(expr) if property.name.name == "code" => match &expr.kind {
            ExprKind::Literal(Literal::Text(name)) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

fn folder(root: &Path, name: &str) -> Result<CodeFolder, LoadError> {
    let plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    let top = root.join(name);
    if name.is_empty() || !Path::new(name).components().all(plain) || !top.is_dir() {
        return Ok(CodeFolder::default());
    }
    let border = root.canonicalize().map_err(unreadable(root))?;
    if !top.canonicalize().map_err(unreadable(&top))?.starts_with(&border) {
        return Ok(CodeFolder::default());
    }
    let mut hasher = blake3::Hasher::new();
    let mut files = BTreeMap::new();
    let mut bytes = 0;
    for (path, file) in list(&top, &border)? {
        bytes += std::fs::metadata(&file).map_err(unreadable(&file))?.len();
        if bytes > BYTES_MAX {
            return Err(too_much(&top, format!("{} MiB of files", BYTES_MAX >> 20)));
        }
        let content = std::fs::read(&file).map_err(unreadable(&file))?;
        feed(&mut hasher, &path, &content);
        let size = content.len() as u64;
        let text = (is_source(&path) && size <= TEXT_MAX).then(|| String::from_utf8(content).ok());
        files.insert(
            path,
            CodeFile {
                size,
                text: text.flatten(),
            },
        );
    }
    let own = top.join("requirements.txt");
    let requirements = if own.is_file() {
        own
    } else {
        root.join("requirements.txt")
    };
    Ok(CodeFolder {
        files,
        exists: true,
        requirements: requirements
            .is_file()
            .then(|| read_text(&requirements))
            .transpose()?
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        digest: hasher.finalize().to_hex().to_string(),
    })
}

/// All files below `top` by their path with `/`; hidden ones, caches and links that leave `border` are left out.
fn list(top: &Path, border: &Path) -> Result<BTreeMap<String, PathBuf>, LoadError> {
    let mut files = BTreeMap::new();
    let mut open = vec![(String::new(), top.to_path_buf(), 0)];
    while let Some((prefix, folder, depth)) = open.pop() {
        if depth > DEPTH_MAX {
            return Err(too_much(top, format!("{DEPTH_MAX} levels of folders")));
        }
        for entry in std::fs::read_dir(&folder).map_err(unreadable(&folder))? {
            let entry = entry.map_err(unreadable(&folder))?;
            let (name, path) = (entry.file_name(), entry.path());
            let name = name.to_string_lossy();
            if name.starts_with('.') || name == "__pycache__" {
                continue;
            }
            let link = entry.file_type().map_err(unreadable(&path))?.is_symlink();
            if link && !path.canonicalize().is_ok_and(|target| target.starts_with(border)) {
                continue;
            }
            if path.is_dir() {
                open.push((format!("{prefix}{name}/"), path, depth + 1));
            } else if path.is_file() {
                files.insert(format!("{prefix}{name}"), path);
            }
            if files.len() > FILES_MAX {
                return Err(too_much(top, format!("{FILES_MAX} files")));
            }
        }
    }
    Ok(files)
}

fn is_source(path: &str) -> bool {
    [".py", ".js", ".mjs"].iter().any(|ending| path.ends_with(ending))
}

fn too_much(folder: &Path, bound: String) -> LoadError {
    LoadError::CodeFolder {
        folder: folder.to_path_buf(),
        bound,
    }
}
