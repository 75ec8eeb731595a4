//! How much room packages take, where a `flowd` of this machine has installed them.

use flow_lang::runtime::packages::{Installed, NOTE};
use std::collections::BTreeMap;
use std::path::Path;

/// Reads the notes of all environments below `cache`: the bytes in a zip, by what asks for them. Of several for one
/// text, as for two versions of Python, the largest counts. What cannot be read is as good as not installed.
pub fn packages(cache: &Path) -> BTreeMap<String, u64> {
    let mut rooms = BTreeMap::new();
    let environments = std::fs::read_dir(cache).into_iter().flatten().flatten();
    for environment in environments {
        let note = std::fs::read(environment.path().join(NOTE)).unwrap_or_default();
        if let Ok(installed) = serde_json::from_slice::<Installed>(&note) {
            let room = rooms.entry(installed.asks).or_insert(0);
            *room = installed.zip.max(*room);
        }
    }
    rooms
}
