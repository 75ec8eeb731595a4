//! Forty flows as people write them: thirty in `tests/flows`, and ten that began as manifests of OpenWhisk. The compiler
//! has nothing to say about any of them.

use crate::commands::flowc;
use flowc::cli::Exit;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// How many there are at least, and how long each is.
const FLOWS_MIN: usize = 40;
const LINES: std::ops::RangeInclusive<usize> = 20..=300;

/// What they use between them, of what the language has.
const WORDS: &[&str] = &[
    "pure action ",
    "idempotent action ",
    "prepare ",
    "job ",
    "train ",
    "model ",
    "import model ",
    "infer ",
    "feedback ",
    "dataset ",
    "secret ",
    "couchdb<",
    "objects<",
    "from cron {",
    "at most ",
    ".grew(",
    ".published(",
    ".deployed(",
    ".failed(",
    " or ",
    "each ",
    " parallel ",
    "|> best(by: ",
    "best(by: -",
    "append ",
    "deploy ",
    "emit ",
    "sleep ",
    " after ",
    " catch ",
    "on failure(",
    "} else when ",
    "private ",
    "asked.",
    ".split(test: ",
    ".snapshot()",
    ".live",
    " ?? ",
    "attempts: ",
    "network: [",
    "params: {",
    "secrets: [",
    "reports: {",
    "writes:",
    "retention: ",
    "overlap: queue",
    "overlap: skip",
    "overlap: parallel",
    "rate: ",
    "deadline: ",
    "durable: true",
    "scale: ",
    "nodejs:",
    "python:3",
];

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).expect("a folder of flows");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// The text of all files of a flow, without those that it imports from.
fn text(folder: &Path) -> String {
    let files = folders(folder).into_iter();
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "flow"));
    files
        .map(|path| fs::read_to_string(path).expect("a flow"))
        .collect()
}

#[test]
fn flows_as_people_write_them_are_clean_in_one_style_and_have_a_plan() {
    let own = folders(&tests().join("flows"));
    let imported = folders(&tests().join("it/openwhisk/manifests"));
    let all: Vec<_> = own.iter().chain(&imported).collect();
    assert!(all.len() >= FLOWS_MIN, "only {} flows are left", all.len());
    for folder in all {
        let name = folder.display();
        let checked = flowc(folder, &["check", "--deny-warnings", "DIR"]);
        assert_eq!(
            checked.exit,
            Exit::Clean,
            "{name}\n{}{}",
            checked.out,
            checked.err
        );
        let formatted = flowc(folder, &["fmt", "--check", "DIR"]);
        assert_eq!(formatted.exit, Exit::Clean, "{name}\n{}", formatted.out);
        let planned = flowc(folder, &["plan", "DIR"]);
        assert_eq!(planned.exit, Exit::Clean, "{name}\n{}", planned.err);
        assert!(planned.err.contains("digest "), "{name}\n{}", planned.err);
    }
}

#[test]
fn each_is_of_the_length_of_real_ones_and_together_they_use_the_language() {
    let own = folders(&tests().join("flows"));
    let mut all = String::new();
    let mut opened = BTreeSet::new();
    for folder in &own {
        let text = text(folder);
        let lines = text.lines().count();
        assert!(LINES.contains(&lines), "{} has {lines} lines", folder.display());
        let first = text.lines().find(|line| line.starts_with("///"));
        assert!(
            opened.insert(first.map(str::to_owned)),
            "{} says what another one says",
            folder.display()
        );
        all += &text;
    }
    let unused: Vec<_> = WORDS.iter().filter(|word| !all.contains(**word)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}
