//! Where an `entry` leads: to a file of the code folder, and the functions that it must have.

use super::Callee;
use crate::project::{CodeFile, CodeFolder};
use flow_lang::runtime::Runtime;
use serde_json::Value;

/// How files of JavaScript end, the usual ending first.
const SCRIPTS: [&str; 3] = [".js", ".mjs", ".cjs"];

/// A function that the platform calls.
pub(super) struct Wanted {
    /// Its name.
    pub(super) function: String,
    /// The arguments that it is given, by place.
    pub(super) args: &'static [&'static str],
}

/// What an `entry` asks of the code.
pub(super) struct Entry {
    /// What it runs on.
    pub(super) runtime: Runtime,
    /// The module: `pixels`, `lib.pixels`; the main one when there is none.
    module: Option<String>,
    /// What it must have.
    pub(super) wanted: Vec<Wanted>,
}

impl Entry {
    /// `file.function`, or `function` in the main file; for a model the module with `load` and `predict`. Nothing
    /// is known about a runtime that is none.
    pub(super) fn of(callee: &Callee<'_>) -> Option<Entry> {
        let runtime = Runtime::parse(&callee.function.runtime)?;
        let entry = &callee.function.entry;
        let wanted = |function: &str, args| Wanted {
            function: function.to_owned(),
            args,
        };
        let (module, wanted) = if callee.kind == "model" {
            let both = vec![wanted("load", &["dir"]), wanted("predict", &["m", "rows"])];
            (Some(entry.clone()), both)
        } else {
            match entry.rsplit_once('.') {
                Some((module, function)) => (Some(module.to_owned()), vec![wanted(function, &["args"])]),
                None => (None, vec![wanted(entry, &["args"])]),
            }
        };
        Some(Entry {
            runtime,
            module,
            wanted,
        })
    }

    /// The paths at which the module can stand, the usual one first; never none.
    pub(super) fn paths(&self, folder: &CodeFolder) -> Vec<String> {
        let path = self.module.as_ref().map(|module| module.replace('.', "/"));
        match (self.runtime, path) {
            (Runtime::Python { .. }, path) => {
                let only = match &path {
                    Some(_) => None,
                    None => only(folder, |path| path.ends_with(".py")),
                };
                let path = path.as_deref().unwrap_or("__main__");
                let mut paths = vec![format!("{path}.py"), format!("{path}/__init__.py")];
                paths.extend(only);
                paths
            }
            (Runtime::Node { .. }, Some(path)) => scripts(&path),
            (Runtime::Node { .. }, None) => main_scripts(folder),
        }
    }

    /// The module's file.
    pub(super) fn find<'a>(&self, folder: &'a CodeFolder) -> Option<(&'a str, &'a CodeFile)> {
        let found = self
            .paths(folder)
            .into_iter()
            .find_map(|path| folder.files.get_key_value(&path));
        found.map(|(path, file)| (path.as_str(), file))
    }
}

/// `tag` is `tag.js`, or `index.js` in the folder `tag`.
fn scripts(path: &str) -> Vec<String> {
    let beside = SCRIPTS.map(|ending| format!("{path}{ending}"));
    let inside = SCRIPTS.map(|ending| format!("{path}/index{ending}"));
    beside.into_iter().chain(inside).collect()
}

/// What `main` of the folder's `package.json` names, else `index.js`, else the only script of the folder.
fn main_scripts(folder: &CodeFolder) -> Vec<String> {
    let manifest = folder
        .files
        .get("package.json")
        .and_then(|file| file.text.as_deref());
    let manifest = manifest.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let named = manifest.as_ref().and_then(|manifest| manifest["main"].as_str());
    let mut paths = Vec::new();
    if let Some(named) = named {
        let path = named.trim_start_matches("./").trim_end_matches('/');
        paths.extend(is_script(path).then(|| path.to_owned()));
        paths.extend(scripts(path));
    }
    paths.extend(SCRIPTS.map(|ending| format!("index{ending}")));
    paths.extend(only(folder, is_script));
    paths
}

/// The only such file that lies directly in the folder.
fn only(folder: &CodeFolder, such: impl Fn(&str) -> bool) -> Option<String> {
    let mut own = folder
        .files
        .keys()
        .filter(|path| such(path) && !path.contains('/'));
    match (own.next(), own.next()) {
        (Some(only), None) => Some(only.clone()),
        (None | Some(_), _) => None,
    }
}

fn is_script(path: &str) -> bool {
    SCRIPTS.iter().any(|ending| path.ends_with(ending))
}
