//! Whether all code was counted, where what it asks to be installed has to be packed along.

use flow_lang::limits::{self, Limit};
use flow_lang::plan::{Code, Plan};
use flow_lang::runtime::Runtime;
use serde_json::Value;
use std::collections::BTreeSet;

/// The lists of a `package.json` from which something is installed.
const LISTS: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];

/// A line for each code folder of the plan whose packages count on `platform`, and are not counted.
pub(super) fn notes(plan: &Plan, platform: &str) -> Vec<String> {
    let entry = limits::profile(platform).and_then(|profile| profile.get(Limit::CodeSize));
    if !entry.is_some_and(|entry| entry.with_packages) {
        return Vec::new();
    }
    let actions = plan.actions.values().map(|action| &action.function);
    let functions = actions.chain(plan.models.values().map(|model| &model.function));
    let folders: BTreeSet<_> = functions
        .filter(|function| asks_for_packages(&function.runtime, &function.code))
        .map(|function| function.code.place())
        .collect();
    let note = |folder: String| {
        format!(
            "code size: unproved for {platform}, which installs nothing: the packages that `{folder}` asks for are \
             not counted"
        )
    };
    folders.into_iter().map(note).collect()
}

/// Whether anything has to be installed for the code.
fn asks_for_packages(runtime: &str, code: &Code) -> bool {
    let Some(text) = &code.requirements else {
        return false;
    };
    match Runtime::parse(runtime) {
        Some(Runtime::Node { .. }) => {
            // What cannot be read may ask for anything.
            let Ok(manifest) = serde_json::from_str::<Value>(text) else {
                return true;
            };
            LISTS.iter().any(|list| {
                let list = manifest[list].as_object();
                list.is_some_and(|packages| !packages.is_empty())
            })
        }
        Some(Runtime::Python { .. }) | None => {
            let mut lines = text.lines().map(str::trim);
            lines.any(|line| !line.is_empty() && !line.starts_with('#'))
        }
    }
}
