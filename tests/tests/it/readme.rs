//! The README shows what happens.

use flow_tests::{parts, tree};
use flowd::store::Proof;
use std::process::Command;

/// Every line of the README's transcript comes, in its order, in a real run. Numbers, digests and versions of
/// packages differ from run to run; everything else is compared as it is.
#[test]
fn the_transcript_in_the_readme_is_what_up_prints() {
    if !parts::wanted("the transcript in the README: examples/digits with packages from PyPI") {
        return;
    }
    let readme = std::fs::read_to_string(tree::root().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("```console\n").unwrap();
    let (transcript, _) = rest.split_once("```").unwrap();

    let project = tree::copy_of("examples/digits");
    let _proof = Proof::of(project.path().join(".flow/flow.db"));
    let run = Command::new(env!("CARGO_BIN_EXE_flowd-probed"))
        .args(["up", ".", "--exit-when-live", "--listen", "127.0.0.1:0"])
        .current_dir(project.path())
        .output()
        .unwrap();
    let printed = String::from_utf8(run.stdout).unwrap();
    assert!(
        run.status.success(),
        "{printed}\n{}",
        String::from_utf8_lossy(&run.stderr)
    );

    let mut lines = printed.lines().map(general);
    for promised in transcript.lines().map(general).filter(|line| line != "…") {
        assert!(
            lines.any(|line| line == promised),
            "the README promises `{promised}`, and this came:\n{printed}"
        );
    }
    let live = printed
        .lines()
        .find(|line| line.contains("digits is live"))
        .unwrap();
    let accuracy: f64 = live.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(accuracy >= 0.95, "{live}");
}

/// A line without its time, and with `N` for every number or digest.
fn general(line: &str) -> String {
    let text = line
        .trim()
        .split_once("s  ")
        .map_or(line.trim(), |(_, text)| text);
    let word = |word: &str| {
        let numeric = |c: char| c.is_ascii_digit() || c == '.';
        if word.len() == 12 && word.chars().all(|c| c.is_ascii_hexdigit()) {
            return "N".to_owned();
        }
        let mut out = String::new();
        for c in word.chars() {
            match numeric(c) {
                true if out.ends_with('N') => {}
                true => out.push('N'),
                false => out.push(c),
            }
        }
        out
    };
    text.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}
