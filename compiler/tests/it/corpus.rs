//! The corpus: for every rule flows with one mistake, with what a person sees of it beside them, and flows that only look
//! as if they had one.
//!
//! `tests/corpus/GROUP/NAME/` has the cases of one rule, `bad-*` and `good-*`: a `.flow` file, or a folder with a whole
//! project. The code that they name is in `tests/corpus/beside/`. `INSTA_UPDATE=always` writes what is seen anew.

use crate::commands::{Ran, flowc_on};
use crate::openwhisk::manifests::copy;
use flow_lang::report::CODES;
use flowc::cli::{Exit, Terminal};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What a terminal has had since terminals are made.
const PLAIN: Terminal = Terminal {
    width: 80,
    colour_out: false,
    colour_err: false,
};

/// How many cases of each kind a rule has at least.
const CASES_MIN: usize = 2;

/// A flow of the corpus, in a folder of its own with the code that it names.
pub(crate) struct Case {
    /// `limits/timeout`.
    pub(crate) id: String,
    /// `bad-six-minutes.flow`, or `bad-two-files`.
    pub(crate) name: String,
    /// Where it is in the tree.
    path: PathBuf,
}

impl Case {
    fn is_bad(&self) -> bool {
        self.name.starts_with("bad-")
    }

    /// `limits/timeout/bad-six-minutes.flow`.
    fn shown(&self) -> String {
        format!("{}/{}", self.id, self.name)
    }

    /// Lays the case out where nothing else is.
    pub(crate) fn laid(&self) -> TempDir {
        let folder = TempDir::new().expect("a temporary folder");
        if self.path.is_dir() {
            let project = folder.path().join(&self.name);
            copy(&corpus().join("beside"), &project, &[]);
            copy(&self.path, &project, &[]);
        } else {
            copy(&corpus().join("beside"), folder.path(), &[]);
            fs::copy(&self.path, folder.path().join(&self.name)).expect("a copy");
        }
        folder
    }

    /// Checks the laid out case. Paths are as seen from its folder.
    fn check(&self, folder: &TempDir, more: &[&str]) -> Ran {
        let path = format!("DIR/{}", self.name);
        let mut ran = flowc_on(folder.path(), &[&["check", &path][..], more].concat(), PLAIN);
        ran.out = ran.out.replace("DIR/", "");
        ran
    }
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// What a folder holds, by name.
fn entries(folder: &Path) -> BTreeMap<String, PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let entries = entries.map(|entry| entry.expect("an entry").path());
    let named = entries.map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, path)
    });
    named.collect()
}

/// All cases, by rule and name.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (code, info) in CODES {
        let folder = corpus().join(info.id);
        assert!(folder.is_dir(), "{code:?} has no cases");
        for (name, path) in entries(&folder) {
            let id = info.id.to_owned();
            match name.strip_suffix(".txt") {
                None => cases.push(Case { id, name, path }),
                Some(of) => assert!(
                    folder.join(of).exists() || folder.join(format!("{of}.flow")).exists(),
                    "{id}/{name} is of no case"
                ),
            }
        }
    }
    cases
}

#[test]
fn every_rule_has_cases_that_break_it_and_cases_that_do_not() {
    let cases = cases();
    for (_, info) in CODES {
        for kind in ["bad-", "good-"] {
            let of = cases
                .iter()
                .filter(|case| case.id == info.id && case.name.starts_with(kind));
            assert!(of.count() >= CASES_MIN, "{} has too few `{kind}` cases", info.id);
        }
    }
    for case in &cases {
        assert!(
            case.is_bad() || case.name.starts_with("good-"),
            "{}",
            case.shown()
        );
    }
    for (group, path) in entries(&corpus()) {
        if path.is_dir() && group != "beside" {
            for name in entries(&path).keys() {
                let id = format!("{group}/{name}");
                assert!(
                    CODES.iter().any(|(_, info)| info.id == id),
                    "there is no rule `{id}`"
                );
            }
        }
    }
}

#[test]
fn one_mistake_is_one_finding_and_what_a_person_sees_of_it() {
    let update = std::env::var_os("INSTA_UPDATE").is_some_and(|how| how == "always");
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| case.is_bad()) {
        let folder = case.laid();
        let rows = case.check(&folder, &["--format", "json"]).out;
        let rows: Vec<Value> = serde_json::from_str(&rows).expect("JSON");
        let found: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap_or("")).collect();
        if found != [&case.id] {
            wrong.push(format!("{} has {found:?}", case.shown()));
        }
        let seen = case.check(&folder, &[]).out;
        let beside = case.path.with_extension("txt");
        if update {
            fs::write(&beside, &seen).expect("the tree can be written");
        } else if fs::read_to_string(&beside).unwrap_or_default() != seen {
            wrong.push(format!("{} is seen as\n{seen}", case.shown()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_mistake_whose_repair_is_known_is_repaired() {
    let mut repaired = 0;
    for case in cases().iter().filter(|case| case.is_bad()) {
        let folder = case.laid();
        let rows = case.check(&folder, &["--format", "json"]).out;
        let rows: Vec<Value> = serde_json::from_str(&rows).expect("JSON");
        if rows
            .iter()
            .all(|row| row["edits"].as_array().is_none_or(Vec::is_empty))
        {
            continue;
        }
        let ran = case.check(&folder, &["--fix", "--deny-warnings"]);
        assert_eq!(ran.exit, Exit::Clean, "{}: {}", case.shown(), ran.out);
        repaired += 1;
    }
    assert!(repaired >= 10, "only {repaired} are repaired");
}

#[test]
fn what_only_looks_like_a_mistake_is_clean() {
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| !case.is_bad()) {
        let ran = case.check(&case.laid(), &["--deny-warnings"]);
        if ran.exit != Exit::Clean {
            wrong.push(format!("{}\n{}{}", case.shown(), ran.out, ran.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
