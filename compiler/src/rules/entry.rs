//! Where an `entry` leads: to a file of the code folder, and the functions that it must have.

use super::Callee;
use crate::project::{CodeFile, CodeFolder};

/// A function that the platform calls.
pub(super) struct Wanted {
    /// Its name.
    pub(super) function: String,
    /// The arguments that it is given, by place.
    pub(super) args: &'static [&'static str],
}

/// What an `entry` asks of the code.
pub(super) struct Entry {
    /// The module: `pixels`, `lib.pixels`, `__main__`.
    pub(super) module: String,
    /// What it must have.
    pub(super) wanted: Vec<Wanted>,
}

impl Entry {
    /// `file.function`, or `function` in `__main__.py`; for a model the module with `load` and `predict`.
    pub(super) fn of(callee: &Callee<'_>) -> Entry {
        let entry = &callee.function.entry;
        let wanted = |function: &str, args| Wanted {
            function: function.to_owned(),
            args,
        };
        if callee.kind == "model" {
            return Entry {
                module: entry.clone(),
                wanted: vec![wanted("load", &["dir"]), wanted("predict", &["m", "rows"])],
            };
        }
        let (module, function) = entry.rsplit_once('.').unwrap_or(("__main__", entry));
        Entry {
            module: module.to_owned(),
            wanted: vec![wanted(function, &["args"])],
        }
    }

    /// The paths at which the module can stand, the usual one first.
    pub(super) fn paths(&self) -> [String; 2] {
        let path = self.module.replace('.', "/");
        [format!("{path}.py"), format!("{path}/__init__.py")]
    }

    /// The module's file.
    pub(super) fn find<'a>(&self, folder: &'a CodeFolder) -> Option<(&'a str, &'a CodeFile)> {
        let found = self
            .paths()
            .into_iter()
            .find_map(|path| folder.files.get_key_value(&path));
        found.map(|(path, file)| (path.as_str(), file))
    }
}
