//! Logs of steps: files below `logs/<run>/`, written by functions and jobs without passing the database.

use crate::seal::Seal;
use serde::Serialize;
use std::collections::BTreeMap;
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
    /// Bytes of the log up to the end of `text`.
    end: u64,
}

/// What of the logs is asked for.
pub(super) struct Wanted {
    /// Those of the tries of this step, or of one try.
    pub(super) step: Option<String>,
    /// What comes after so many bytes of each, in whole lines.
    pub(super) after: Option<BTreeMap<String, u64>>,
    /// The most bytes of each: the last ones.
    pub(super) max: u64,
}

/// The logs in a folder by name. A run that wrote nothing has none.
pub(super) fn read_all(folder: &Path, wanted: &Wanted, seal: &Seal) -> io::Result<Vec<StepLog>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries.collect::<Result<Vec<_>, _>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let logs = entries
        .iter()
        .filter_map(|entry| read_end(&entry.path(), wanted, seal).transpose());
    let mut logs = logs.collect::<io::Result<Vec<_>>>()?;
    logs.sort_by(|a, b| a.step.cmp(&b.step));
    Ok(logs)
}

/// Nothing for a job that has not started, and for a log that is not asked for.
fn read_end(path: &Path, wanted: &Wanted, seal: &Seal) -> io::Result<Option<StepLog>> {
    let name = path.file_stem().unwrap_or_default();
    let step = name.to_string_lossy().into_owned();
    let of = step.rsplit_once('.').map_or("", |(of, _)| of);
    if wanted.step.as_ref().is_some_and(|one| *one != step && one != of) {
        return Ok(None);
    }
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let after = wanted.after.as_ref();
    let known = after.and_then(|after| after.get(&step)).copied().unwrap_or(0);
    let skipped = file.metadata()?.len().saturating_sub(wanted.max).max(known);
    file.seek(SeekFrom::Start(skipped))?;
    let mut bytes = Vec::new();
    file.take(wanted.max).read_to_end(&mut bytes)?;
    // What is left of a line that was cut says little, and of one that was sealed nothing.
    let line = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let cut = if skipped > known { line } else { 0 };
    // Who follows a log is given the rest of a line with the whole of it.
    let last = bytes.iter().rposition(|byte| *byte == b'\n');
    let end = match after {
        Some(_) => last.map_or(cut, |last| last + 1),
        None => bytes.len(),
    };
    Ok(Some(StepLog {
        step,
        skipped: skipped + cut as u64,
        text: opened(&String::from_utf8_lossy(&bytes[cut..end]), seal),
        end: skipped + end as u64,
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
