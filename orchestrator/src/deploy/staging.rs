//! Code on its way into the data directory: copied once, under the digest that the plan names.
//!
//! Functions and jobs run from this copy, so that editing the project changes nothing that is running, and
//! the code of a run is the code that was checked.

use crate::artifacts::{ArtifactError, paths, tree};
use crate::config::DataDir;
use flow_lang::plan::{Code, CodeDigest};
use flowc::load::{LoadError, code_files};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Why code could not be staged.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// There is no such folder in the project.
    #[error("code folder `{folder}` is not in the project")]
    Missing {
        /// The folder.
        folder: String,
    },
    /// The folder holds something else than what was compiled.
    #[error("code folder `{folder}` changed since it was compiled: compile and deploy again")]
    Changed {
        /// The folder.
        folder: String,
    },
    /// The folder cannot be read, or is larger than code may be.
    #[error(transparent)]
    Unreadable(#[from] LoadError),
    /// A path is refused, or the file system failed.
    #[error(transparent)]
    File(#[from] ArtifactError),
}

impl StageError {
    /// Whether the same may succeed later.
    pub fn retry(&self) -> bool {
        match self {
            StageError::File(error) => error.retry(),
            StageError::Missing { .. } | StageError::Changed { .. } | StageError::Unreadable(_) => false,
        }
    }
}

/// Copies a code folder of a project to its place in the data directory, unless it is there, and answers
/// with that place. Which files are the code, the compiler says ([`code_files`]).
///
/// # Errors
/// If the folder is not what was compiled, or cannot be copied.
pub fn stage(data: &DataDir, project_root: &Path, code: &Code) -> Result<PathBuf, StageError> {
    place(data, code, || read(project_root, code))
}

/// The files of a code folder below `project_root` by their paths, sorted.
///
/// # Errors
/// If the folder cannot be read, or is larger than code may be.
pub fn read(project_root: &Path, code: &Code) -> Result<Vec<(String, Vec<u8>)>, StageError> {
    let listed =
        code_files(&project_root.join(&code.project), &code.folder)?.ok_or_else(|| StageError::Missing {
            folder: code.folder.clone(),
        })?;
    let read = |(relative, path): (String, PathBuf)| match fs::read(&path) {
        Ok(content) => Ok((relative, content)),
        Err(source) => Err(ArtifactError::io(&path, source).into()),
    };
    listed.into_iter().map(read).collect()
}

/// Writes code that came with a deployment to its place in the data directory, unless it is there, and
/// answers with that place.
///
/// # Errors
/// If a path is refused, the files are not what was compiled, or cannot be written.
pub fn stage_files(
    data: &DataDir,
    code: &Code,
    files: BTreeMap<String, Vec<u8>>,
) -> Result<PathBuf, StageError> {
    place(data, code, || Ok(files.into_iter().collect()))
}

/// `files` answers with paths and contents, sorted by path.
fn place(
    data: &DataDir,
    code: &Code,
    files: impl FnOnce() -> Result<Vec<(String, Vec<u8>)>, StageError>,
) -> Result<PathBuf, StageError> {
    // A plan may come over the network, and its digest becomes a path.
    if !paths::is_digest(&code.digest) {
        return Err(ArtifactError::NotADigest {
            text: code.digest.clone(),
        }
        .into());
    }
    let place = data.code(&code.digest);
    tree::publish(&place, |draft| {
        let files = files()?;
        let mut digest = CodeDigest::default();
        for (relative, content) in &files {
            paths::check(relative)?;
            digest.add(relative, content);
            tree::copy(&mut content.as_slice(), &draft.join(relative))?;
        }
        if digest.finish() == code.digest {
            Ok(())
        } else {
            Err(StageError::Changed {
                folder: code.folder.clone(),
            })
        }
    })?;
    Ok(place)
}

#[cfg(test)]
mod tests;
