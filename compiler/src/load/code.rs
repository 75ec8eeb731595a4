//! The folders that `code` properties name, with the digest of what is in them.

use super::{LoadError, TEXT_MAX, code_files, read_text, unreadable};
use crate::project::{CodeFile, CodeFolder};
use flow_lang::ast::{DeclKind, ExprKind, File, Literal, Property, PropertyValue};
use flow_lang::plan::CodeDigest;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

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
        | DeclKind::Rule(_)
        | DeclKind::Import(_) => &[],
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
    let own = root.join(name).join("requirements.txt");
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
        digest: digest.finish(),
    })
}

fn is_source(path: &str) -> bool {
    [".py", ".js", ".mjs"].iter().any(|ending| path.ends_with(ending))
}
