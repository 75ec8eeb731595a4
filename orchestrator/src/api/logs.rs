//! Logs of steps: files below `logs/<run>/`, written by functions and jobs without passing the database.

use crate::seal::Seal;
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
pub(super) fn read_all(folder: &Path, max: u64, seal: &Seal) -> io::Result<Vec<StepLog>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries.collect::<Result<Vec<_>, _>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let logs = entries
        .iter()
        .filter_map(|entry| read_end(&entry.path(), max, seal).transpose());
    let mut logs = logs.collect::<io::Result<Vec<_>>>()?;
    logs.sort_by(|a, b| a.step.cmp(&b.step));
    Ok(logs)
}

/// Nothing for a job that has not started.
fn read_end(path: &Path, max: u64, seal: &Seal) -> io::Result<Option<StepLog>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let skipped = file.metadata()?.len().saturating_sub(max);
    file.seek(SeekFrom::Start(skipped))?;
    let mut bytes = Vec::new();
    file.take(max).read_to_end(&mut bytes)?;
    // What is left of a line that was cut says little, and of one that was sealed nothing.
    let line = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let cut = if skipped > 0 { line } else { 0 };
    let step = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(Some(StepLog {
        step,
        skipped: skipped + cut as u64,
        text: opened(&String::from_utf8_lossy(&bytes[cut..]), seal),
    }))
}

/// The lines of a log, those that were sealed as they were printed: `TIME stdout: {"$sealed":"…"}`.
fn opened(text: &str, seal: &Seal) -> String {
    let open = |line: &str| {
        let (head, sealed) = line.split_once(": ")?;
        let (sealed, end) = match sealed.strip_suffix('\n') {
            Some(sealed) => (sealed, "\n"),
            None => (sealed, ""),
        };
        Some(format!("{head}: {}{end}", seal.open_line(sealed)?))
    };
    text.split_inclusive('\n')
        .map(|line| open(line).unwrap_or_else(|| line.to_owned()))
        .collect()
}
