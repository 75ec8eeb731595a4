//! From a flow to a manifest and back.

use super::manifests::copy;
use crate::commands::{flowc, folder};
use flowc::cli::Exit;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const PY: &str = "def main(args):\n    return {}\n\n\ndef other(args):\n    return {}\n";

/// A flow whose every part OpenWhisk knows.
const WHOLE: &str = r#"flow whole

type Order { id: text<36B>, total: float<0..100000>, note: text<64B>? }

secret mail_key
package orders = couchdb<{ id: text<256B>, total: float }> { database: "orders_2030" }
trigger changed from orders.changes { since: now }
trigger ordered: Order
trigger asked: { word: "yes" | "no", times: int = 2 }
trigger nightly from cron { schedule: "0 3 * * *" }

pure action weigh({ total: float<0..100000> }) -> { score: float<0..1>, kind: "a" | "b" } {
  runtime: "python:3", code: "functions", entry: "f.main", timeout: 90s, memory: 512MiB
}
idempotent action book({ score: float<0..1>, label: text<16B> = "it's \"new\": #1", on: bool = true, deep: json<1KiB> = { a: [1, 2] } }) {
  runtime: "python:3", code: "functions", entry: "f.other", params: { label: "old" }
}
action tell({ id: text<256B> }) { runtime: "python:3", code: "functions", entry: "f.main", secrets: [mail_key] }
action answer({ word: "yes" | "no", times: int, comment: text<9B>? }) -> { said: text<99B> } {
  runtime: "python:3", code: "functions", entry: "f.main"
}
action report({ kind: text<9B>, days: int = 7 }) { runtime: "python:3", code: "functions", entry: "f.main" }
trigger came: { who: private text<64B> }
idempotent mask action known({ who: private text<64B> }) -> { known: bool } {
  runtime: "python:3", code: "functions", entry: "f.main"
}
action weigh_and_book = weigh |> book

rule sell:  on ordered(order) with { overlap: parallel } { weigh_and_book(order) }
rule look:  on changed(order) with { overlap: parallel } { tell(order) }
rule reply: on asked(question) with { overlap: parallel } { answer({ word: question.word, times: question.times }) }
rule daily: on nightly with { overlap: parallel } { report({ kind: "daily" }) }
rule greet: on came(guest) with { overlap: parallel } { known(guest) }

infer check_it({ total: float<0..100000> }) -> { score: float<0..1>, kind: "a" | "b" } on POST "/orders/check" { return weigh({ total: total }) }
"#;

/// Builds the project in a folder; what is printed, without comments.
fn build(folder: &Path) -> (String, String) {
    let ran = flowc(folder, &["build", "DIR", "--target", "openwhisk"]);
    assert_eq!(ran.exit, Exit::Clean, "{}", ran.err);
    for line in ran.err.lines() {
        let line = line
            .strip_prefix("left out: ")
            .unwrap_or_else(|| panic!("{line}"));
        assert!(ran.out.contains(&format!("# - {line}\n")), "{line}");
    }
    let lines = ran.out.lines().filter(|line| !line.starts_with('#'));
    (lines.map(|line| format!("{line}\n")).collect(), ran.err)
}

/// Builds, imports beside the same code, and builds again: nothing has changed. Says what was left out.
fn there_and_back(project: &Path, files: &[&str]) -> (String, String) {
    let (first, left_out) = build(project);
    let back = TempDir::new().expect("a temporary folder");
    copy(project, back.path(), files);
    fs::write(back.path().join("manifest.yaml"), &first).expect("a manifest");
    let ran = flowc(back.path(), &["import", "DIR/manifest.yaml", "-o", "DIR"]);
    assert_eq!(ran.exit, Exit::Clean, "{}", ran.err);
    let (second, _) = build(back.path());
    assert_eq!(
        second,
        first,
        "{}",
        fs::read_to_string(back.path().join("main.flow")).expect("a flow")
    );
    (first, left_out)
}

#[test]
fn a_flow_that_openwhisk_knows_goes_there_whole_and_comes_back() {
    let folder = folder(&[("main.flow", WHOLE), ("functions/f.py", PY)]);
    let (manifest, left_out) = there_and_back(folder.path(), &["main.flow"]);
    assert_eq!(
        left_out,
        "left out: the 3 tries of the action `book`: there is one\nleft out: the 3 tries of the action `known`: there is one\n\
         left out: the 3 tries of the action `weigh`: there is one\n"
    );
    insta::assert_snapshot!("whole", manifest);
}

#[test]
fn what_openwhisk_cannot_express_is_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    for (example, named) in [
        (
            "digits",
            &[
                "the train `fit`",
                "the job `scans`",
                "the dataset `samples`",
                "the model `digits`",
                "the feedback",
                "the rule `retrain`",
                "the route `read_digit`",
                "the trigger `labelled`",
                "the package `inbox`",
            ][..],
        ),
        (
            "image-tags",
            &["the action `ask_vision`", "the rule `tag`", "the model `digits`"],
        ),
    ] {
        let project = root.join(example);
        let ran = flowc(&project, &["build", "DIR", "--target", "openwhisk"]);
        assert_eq!(ran.exit, Exit::Clean, "{}", ran.err);
        for name in named {
            assert!(ran.err.contains(name), "{example}: {name}\n{}", ran.err);
            assert!(ran.out.contains(name), "{example}: {name}\n{}", ran.out);
        }
    }
}

#[test]
fn an_imported_manifest_is_a_fixed_point() {
    let manifests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/openwhisk/manifests");
    for entry in fs::read_dir(manifests).expect("manifests") {
        let path = entry.expect("a folder").path();
        there_and_back(&path, &["main.flow", "flow.toml", "manifest.yaml"]);
    }
}
