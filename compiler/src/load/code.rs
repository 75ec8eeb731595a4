//! The folders that `code` properties name, with the digest of what is in them.

use super::{LoadError, TEXT_MAX, code_files, read_text, unreadable};
use crate::project::{CodeFile, CodeFolder, Manifest};
use flow_lang::ast::{DeclKind, ExprKind, File, Literal, Property, PropertyValue};
use flow_lang::plan::CodeDigest;
use flow_lang::runtime::Runtime;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads every folder that a `code` property names. One that is not there, or not below `root`, does not exist.
pub(super) fn read(root: &Path, files: &[File]) -> Result<BTreeMap<String, CodeFolder>, LoadError> {
    // By folder, whether a function on Node has it.
    let mut names = BTreeMap::new();
    for decl in files.iter().flat_map(|file| &file.decls) {
        let properties = properties(&decl.kind);
        let runtime = text(properties, "runtime").and_then(Runtime::parse);
        if let Some(name) = text(properties, "code") {
            *names.entry(name).or_insert(false) |= matches!(runtime, Some(Runtime::Node { .. }));
        }
    }
    names
        .into_iter()
        .map(|(name, node)| Ok((name.to_owned(), folder(root, name, node)?)))
        .collect()
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
        | DeclKind::Composition(_)
        | DeclKind::Prepare(_)
        | DeclKind::Dataset(_)
        | DeclKind::Infer(_)
        | DeclKind::Feedback(_)
        | DeclKind::Rule(_)
        | DeclKind::Import(_) => &[],
    }
}

/// A property that is a text.
fn text<'a>(properties: &'a [Property], name: &str) -> Option<&'a str> {
    let written = properties.iter().find(|property| property.name.name == name)?;
    match &written.value {
        PropertyValue::Value(expr) => match &expr.kind {
            ExprKind::Literal(Literal::Text(text)) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn folder(root: &Path, name: &str, node: bool) -> Result<CodeFolder, LoadError> {
    let Some(listed) = code_files(root, name)? else {
        return Ok(CodeFolder::default());
    };
    let mut digest = CodeDigest::default();
    let mut files = BTreeMap::new();
    for (path, file) in listed {
        let content = std::fs::read(&file).map_err(unreadable(&file))?;
        digest.add(&path, &content);
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
    let own = root.join(name);
    Ok(CodeFolder {
        files,
        exists: true,
        requirements: match beside(&own, "requirements.txt")? {
            Some(text) => Some(text),
            None => beside(root, "requirements.txt")?,
        },
        manifest: match node {
            true => match manifest(&own)? {
                Some(manifest) => Some(manifest),
                None => manifest(root)?,
            },
            false => None,
        },
        digest: digest.finish(),
    })
}

/// The `package.json` in a folder. A lock file belongs to the one beside it.
fn manifest(folder: &Path) -> Result<Option<Manifest>, LoadError> {
    let Some(text) = beside(folder, "package.json")? else {
        return Ok(None);
    };
    let lock = beside(folder, "package-lock.json")?;
    Ok(Some(Manifest { text, lock }))
}

/// The text of a file of the folder, if it is there.
fn beside(folder: &Path, name: &str) -> Result<Option<String>, LoadError> {
    let file = folder.join(name);
    if !file.is_file() {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&read_text(&file)?).into_owned()))
}

fn is_source(path: &str) -> bool {
    let endings = [".py", ".js", ".mjs", ".cjs"];
    path == "package.json" || endings.iter().any(|ending| path.ends_with(ending))
}
