//! What may stand in a file, and how long it may be.

use super::{check, code, files, page, rust, shown};
use flow_tests::tree;

/// No Rust file has more lines.
const LINES_MAX: usize = 500;
/// Nine of ten Rust files have no more lines.
const LINES_MOST: usize = 400;
/// Half of the Rust files have no more lines.
const LINES_MEDIAN: usize = 150;

#[test]
fn files_fit_in_a_few_screens() {
    let mut lengths: Vec<_> = rust("")
        .iter()
        .map(|(path, text)| (text.lines().count(), shown(path)))
        .collect();
    lengths.sort();
    let at = |part: usize, of: usize| lengths[lengths.len() * part / of].0;
    let (median, most) = (at(1, 2), at(9, 10));
    assert!(
        median <= LINES_MEDIAN && most <= LINES_MOST,
        "half of the files have up to {median} lines, nine of ten up to {most}"
    );
    let long = lengths.iter().filter(|(lines, _)| *lines > LINES_MAX);
    let long = long.map(|(lines, path)| format!("{path} has {lines}")).collect();
    check("a file has 500 lines at the most", long);
}

#[test]
fn unsafe_code_stands_in_the_sandbox_only() {
    let mut found = Vec::new();
    for (path, text) in rust("") {
        let path = shown(&path);
        if path.starts_with("orchestrator/src/sandbox/") {
            continue;
        }
        for (line, code) in code(&text) {
            let words = [
                "unsafe {",
                "unsafe fn ",
                "unsafe impl ",
                "unsafe extern ",
                "(unsafe_code",
            ];
            // The text of this test is in quotes; a block is not.
            if words
                .iter()
                .any(|word| code.contains(word) && !code.contains(&format!("\"{word}")))
            {
                found.push(format!("{path}:{line}"));
            }
        }
    }
    check("`unsafe` stands in orchestrator/src/sandbox/ only", found);
}

/// sqlx takes constants as queries; whatever is put together from parts has to be marked with this word.
#[test]
fn no_query_is_put_together_from_parts() {
    let word = ["Assert", "SqlSafe"].concat();
    let marked = rust("").into_iter().filter(|(_, text)| text.contains(&word));
    let marked = marked.map(|(path, _)| shown(&path)).collect();
    check("a query is a constant; what varies is bound", marked);
}

#[test]
fn nothing_is_left_of_the_machine_or_of_a_merge() {
    let here = tree::root().display().to_string();
    let homes = ["/home", "/root", "/Users"].map(|home| format!("{home}/"));
    let mut found = Vec::new();
    for path in files("") {
        // What is no text has no lines.
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            let merge =
                ["<<<<<<< ", ">>>>>>> "].iter().any(|mark| line.starts_with(mark)) || line == "=======";
            // A tree directly below the root of the file system has too short a path to look for.
            let machine = here.matches('/').count() > 1 && line.contains(&here)
                || homes.iter().any(|home| line.contains(home));
            if merge || machine {
                found.push(format!("{}:{}: {line}", shown(&path), number + 1));
            }
        }
    }
    check("no path of a machine and no mark of a merge", found);
}

#[test]
fn packages_come_from_the_public_registry() {
    let lock = page("Cargo.lock");
    let sources = lock.lines().filter_map(|line| line.strip_prefix("source = "));
    let public = "\"registry+https://github.com/rust-lang/crates.io-index\"";
    let others = sources.filter(|source| *source != public).map(str::to_owned);
    check("packages come from crates.io", others.collect());
}
