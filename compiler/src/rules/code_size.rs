//! `limits/code-size`: a folder that is larger, packed, than the platform takes.

use super::uses::Use;
use super::{Subject, sizes};
use crate::project::CodeFolder;
use flow_lang::limits::Limit;
use flow_lang::report::{Code, Report};
use flow_lang::units;

/// What a zip spends on one file beside its content and twice its name: two headers.
const ZIP_BYTES_PER_FILE: u64 = 76;

/// What a zip spends at its end.
const ZIP_BYTES: u64 = 22;

pub(super) fn code_size(subject: &Subject<'_>, report: &mut Report) {
    subject.hold(Code::LimitsCodeSize, &uses(subject), report);
}

pub(super) fn uses(subject: &Subject<'_>) -> Vec<Use> {
    let Some(limit) = subject.limit(Limit::CodeSize) else {
        return Vec::new();
    };
    let of = subject.callees().filter_map(|callee| {
        let name = &callee.function.code.place();
        let folder = subject.code.get(name)?;
        let zip = packed(folder);
        let counted = limit.entry.counted(zip);
        let as_text = match limit.entry.base64 {
            true => format!(", {} as base64 text", units::size(counted)),
            false => String::new(),
        };
        let largest = folder.files.iter().max_by_key(|(_, file)| file.size);
        let mostly = largest.map(|(path, file)| sizes::alone(path, file.size));
        let of = format!("the code of `{}` (`{name}`)", callee.name);
        Some(Use {
            limit: Limit::CodeSize,
            fact: format!("{of} is up to {} as a zip{as_text}", units::size(zip)),
            of,
            key: callee.key("code"),
            value: Some(counted),
            mostly,
        })
    });
    of.collect()
}

/// The most bytes that a zip of the folder has: every file stored as it is.
fn packed(folder: &CodeFolder) -> u64 {
    let files = folder.files.iter();
    let sizes = files.map(|(path, file)| file.size + 2 * path.len() as u64 + ZIP_BYTES_PER_FILE);
    ZIP_BYTES + sizes.sum::<u64>()
}
