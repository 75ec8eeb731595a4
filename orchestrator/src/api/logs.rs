//! Logs of steps: files below `logs/<run>/`, written by functions and jobs without passing the database.

use serde::Serialize;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// What one try of a step wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct StepLog {
    /// `<step>.<attempt>`.
    step: String,
    /// Bytes before `text` that are left out.
    skipped: u64,
    /// The end of the log.
    text: String,
}

/// The logs in a folder by name, the last `max` bytes of each. A run that wrote nothing has none.
pub(super) fn read_all(folder: &Path, max: u64) -> io::Result<Vec<StepLog>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries.collect::<Result<Vec<_>, _>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let logs = entries
        .iter()
        .filter_map(|entry| read_end(&entry.path(), max).transpose());
    let mut logs = logs.collect::<io::Result<Vec<_>>>()?;
    logs.sort_by(|a, b| a.step.cmp(&b.step));
    Ok(logs)
}

/// Nothing for a job that has not started.
fn read_end(path: &Path, max: u64) -> io::Result<Option<StepLog>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let skipped = file.metadata()?.len().saturating_sub(max);
    file.seek(SeekFrom::Start(skipped))?;
    let mut bytes = Vec::new();
    file.take(max).read_to_end(&mut bytes)?;
    let step = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(Some(StepLog {
        step,
        skipped,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }))
}
