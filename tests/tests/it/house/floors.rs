//! The floors inside `orchestrator/`: the list in ARCHITECTURE.md against the imports in the code.

use super::{check, code, page, rust, shown};
use flow_tests::tree;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const SOURCE: &str = "orchestrator/src";

/// The rooms of the page, each with its floor, from 0 at the top.
fn floors() -> BTreeMap<String, usize> {
    let page = page("ARCHITECTURE.md");
    let (_, section) = page
        .split_once("## The floors inside `orchestrator/`")
        .expect("the page has the section");
    let list = section.split("```").nth(1).expect("the section has a list");
    let mut rooms = BTreeMap::new();
    for (floor, line) in list.trim().lines().enumerate() {
        // Three spaces or more stand before what the line says about its rooms.
        let names = line.split_once("   ").map_or(line, |(names, _)| names);
        for name in names.split_whitespace() {
            rooms.insert(name.to_owned(), floor);
        }
    }
    rooms
}

/// The room that a file belongs to.
fn room(path: &Path) -> String {
    let below = path
        .strip_prefix(tree::root().join(SOURCE))
        .expect("a file of the orchestrator");
    let first = below.iter().next().expect("a file has a name").to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms that a line or a group of lines takes something from: `crate::a::B`, `crate::{a::B, c}`.
fn imports(text: &str) -> BTreeSet<String> {
    let code: String = code(text).map(|(_, line)| line).collect::<Vec<_>>().join("\n");
    let mut found = BTreeSet::new();
    for root in ["crate::", "flowd::"] {
        for (at, _) in code.match_indices(root) {
            heads(&code[at + root.len()..], &mut found);
        }
    }
    found
}

/// The first word of a path, or of each path of a group in braces.
fn heads(path: &str, found: &mut BTreeSet<String>) {
    let word = |text: &str| -> String {
        let letter = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
        text.trim_start().chars().take_while(letter).collect()
    };
    let Some(group) = path.strip_prefix('{') else {
        found.insert(word(path));
        return;
    };
    let mut depth = 0;
    let mut start = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' | ',' if depth == 0 => {
                found.insert(word(&group[start..at]));
                start = at + 1;
                if c == '}' {
                    return;
                }
            }
            _ => {}
        }
    }
}

#[test]
fn an_import_only_goes_down() {
    let floors = floors();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (path, text) in rust(SOURCE) {
        let room = room(&path);
        if room == "lib" {
            continue;
        }
        seen.insert(room.clone());
        let Some(floor) = floors.get(&room) else {
            found.push(format!("`{room}` stands on no floor of ARCHITECTURE.md"));
            continue;
        };
        for other in imports(&text) {
            match floors.get(&other) {
                Some(below) if below > floor || other == room => {}
                Some(_) => found.push(format!("{} knows `{other}`", shown(&path))),
                None => found.push(format!("{} knows `{other}`, which is no room", shown(&path))),
            }
        }
    }
    let missing = floors.keys().filter(|room| !seen.contains(*room));
    found.extend(missing.map(|room| format!("ARCHITECTURE.md names `{room}`, which is not there")));
    check("an import only goes down", found);
}

#[test]
fn imports_are_found_in_every_form() {
    let text = "
        use crate::worker::{Handle, News};
        // crate::comment
        use crate::{deploy, shim::{Spec, Stop}, store};
        fn f() -> crate::clock::Millis { flowd::api::serve() }
    ";
    let found: Vec<_> = imports(text).into_iter().collect();
    assert_eq!(found, ["api", "clock", "deploy", "shim", "store", "worker"]);
}
