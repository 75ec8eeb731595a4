//! `limits/code-size`: a folder that is larger, packed, than the platform takes.

use super::Subject;
use crate::project::CodeFolder;
use flow_lang::limits::Limit;
use flow_lang::report::{Code, Report};
use flow_lang::units;

/// What a zip spends on one file beside its content and twice its name: two headers.
const ZIP_BYTES_PER_FILE: u64 = 76;

/// What a zip spends at its end.
const ZIP_BYTES: u64 = 22;

pub(super) fn code_size(subject: &Subject<'_>, report: &mut Report) {
    let Some(limit) = subject.limit(Limit::CodeSize) else {
        return;
    };
    for callee in subject.callees() {
        let name = &callee.function.code.folder;
        let Some(folder) = subject.code.get(name) else {
            continue;
        };
        let zip = packed(folder);
        let counted = limit.entry.counted(zip);
        let as_text = match limit.entry.base64 {
            true => format!(", {} as base64 text", units::size(counted)),
            false => String::new(),
        };
        let fact = format!(
            "the code of `{}` (`{name}`) is up to {} as a zip{as_text}",
            callee.name,
            units::size(zip)
        );
        let key = callee.key("code");
        report
            .findings
            .extend(subject.held(Code::LimitsCodeSize, Limit::CodeSize, &key, counted, &fact));
    }
}

/// The most bytes that a zip of the folder has: every file stored as it is.
fn packed(folder: &CodeFolder) -> u64 {
    let files = folder.files.iter();
    let sizes = files.map(|(path, file)| file.size + 2 * path.len() as u64 + ZIP_BYTES_PER_FILE);
    ZIP_BYTES + sizes.sum::<u64>()
}
