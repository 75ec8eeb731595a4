//! Whether all code was counted, where what it asks to be installed has to be packed along.

use crate::packages::Packages;
use flow_lang::limits::{self, Limit};
use flow_lang::plan::Plan;
use std::collections::{BTreeMap, BTreeSet};

/// A line for each code folder of the plan whose packages count on `platform`, and are not counted.
pub(super) fn notes(plan: &Plan, installed: &BTreeMap<String, u64>, platform: &str) -> Vec<String> {
    let entry = limits::profile(platform).and_then(|profile| profile.get(Limit::CodeSize));
    if !entry.is_some_and(|entry| entry.with_packages) {
        return Vec::new();
    }
    let actions = plan.actions.values().map(|action| &action.function);
    let functions = actions.chain(plan.models.values().map(|model| &model.function));
    let folders: BTreeSet<_> = functions
        .filter(|function| Packages::of(function, installed) == Packages::Unknown)
        .map(|function| function.code.place())
        .collect();
    let note = |folder: String| {
        format!(
            "code size: unproved for {platform}, which installs nothing: the packages that `{folder}` asks for are \
             not counted, since no `flowd` of this machine has installed them"
        )
    };
    folders.into_iter().map(note).collect()
}
