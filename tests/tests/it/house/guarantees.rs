//! What docs/guarantees.md promises is held by tests that are there.

use super::{check, page};
use flow_tests::tree;

const PAGE: &str = "docs/guarantees.md";
/// Promises, and invariants that stand beside them.
const PROMISES: usize = 9;
const INVARIANTS: usize = 26;

/// The tests that a text links to: their names, and their files from `docs/`.
fn linked(text: &str) -> Vec<(&str, &str)> {
    let links = text.split("[`").skip(1);
    let link = |link: &'static str| link;
    let _ = link;
    links
        .filter_map(|rest| rest.split_once("`](../"))
        .filter_map(|(name, rest)| Some((name, rest.split_once(')')?.0)))
        .collect()
}

/// Whether the lines before a function make it a test.
fn is_test(text: &str, name: &str) -> bool {
    let opening = [format!("fn {name}("), format!("async fn {name}(")];
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let at = lines
        .iter()
        .position(|line| opening.iter().any(|opening| line.starts_with(opening)));
    let attributes = lines[..at.unwrap_or(0)].iter().rev();
    attributes
        .take_while(|line| line.starts_with("#["))
        .any(|line| *line == "#[test]" || line.starts_with("#[tokio::test"))
}

#[test]
fn every_promise_names_the_tests_that_hold_it() {
    let page = page(PAGE);
    let mut found = Vec::new();
    for (name, path) in linked(&page) {
        let text = std::fs::read_to_string(tree::root().join(path));
        match text {
            Ok(text) if is_test(&text, name) => {}
            Ok(_) => found.push(format!("{path} has no test `{name}`")),
            Err(error) => found.push(format!("{path}: {error}")),
        }
    }
    let (promises, invariants) = page.split_once("## What `flowd verify` proves").unwrap();
    let sections: Vec<_> = promises.split("\n## ").skip(1).collect();
    for (number, section) in sections.iter().enumerate() {
        let opening = format!("P{} · ", number + 1);
        if !section.starts_with(&opening) {
            found.push(format!("a section does not begin with `{opening}`"));
        }
        let rows: Vec<_> = rows(section).collect();
        if rows.is_empty() {
            found.push(format!("P{} promises nothing", number + 1));
        }
        for row in rows {
            let held = row.last().copied().unwrap_or_default();
            if linked(held).is_empty() != (held == "not yet") {
                found.push(format!("held by neither a test nor `not yet`: {row:?}"));
            }
        }
    }
    assert_eq!(sections.len(), PROMISES);
    let named: Vec<_> = rows(invariants).map(|row| row[0].to_owned()).collect();
    let expected: Vec<_> = (1..=INVARIANTS).map(|number| format!("I{number}")).collect();
    assert_eq!(named, expected);
    check("docs/guarantees.md names the tests that hold it", found);
}

/// The cells of the tables in a text, row by row, without their heads.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let rows = text
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix('|'));
    rows.map(|row| row.split(" | ").map(str::trim).collect())
        .filter(|row: &Vec<&str>| !matches!(row[0], "promise" | "invariant" | "---"))
}
