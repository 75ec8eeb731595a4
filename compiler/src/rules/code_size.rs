//! `limits/code-size`: a folder that is larger, packed, than the platform takes.

use super::uses::Use;
use super::{Subject, sizes};
use crate::packages::Packages;
use crate::project::CodeFolder;
use flow_lang::limits::Limit;
use flow_lang::report::{Code, Report};
use flow_lang::runtime::packages::{ZIP_BYTES, zipped};
use flow_lang::units;

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
        let own = packed(folder);
        let packages = match Packages::of(callee.function, subject.installed) {
            Packages::Zipped(room) if limit.entry.with_packages => room,
            Packages::Zipped(_) | Packages::Nothing | Packages::Unknown => 0,
        };
        let zip = own + packages;
        let counted = limit.entry.counted(zip);
        let as_text = match limit.entry.base64 {
            true => format!(", {} as base64 text", units::size(counted)),
            false => String::new(),
        };
        let largest = folder.files.iter().max_by_key(|(_, file)| file.size);
        let mostly = match largest {
            Some((path, file)) if file.size >= packages => Some(sizes::alone(path, file.size)),
            Some(_) | None if packages > 0 => Some(format!("its packages alone {}", units::size(packages))),
            Some(_) | None => None,
        };
        let with = if packages > 0 { " with its packages" } else { "" };
        let of = format!("the code of `{}` (`{name}`)", callee.name);
        Some(Use {
            limit: Limit::CodeSize,
            fact: format!("{of} is up to {} as a zip{with}{as_text}", units::size(zip)),
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
    let sizes = files.map(|(path, file)| zipped(path.len(), file.size));
    ZIP_BYTES + sizes.sum::<u64>()
}
