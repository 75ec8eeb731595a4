//! Which crate knows which, and what must not come along.

use super::{cargo, check, metadata, page};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The crates of the table in ARCHITECTURE.md with the crates that they may know; `None` for all.
fn arrows() -> BTreeMap<String, Option<BTreeSet<String>>> {
    let page = page("ARCHITECTURE.md");
    let (_, table) = page
        .split_once("| folder | crate | knows |")
        .expect("the page has the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let knows = (cells[3] != "all").then(|| names(cells[3]));
        (cells[2].replace('`', ""), knows)
    })
    .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("cargo gives a text here")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("cargo gives a list here")
}

#[test]
fn the_arrows_between_crates_are_those_of_the_page() {
    let arrows = arrows();
    let metadata = metadata(&["--no-deps"]);
    let packages = list(&metadata["packages"]);
    let mut found = Vec::new();
    for package in packages {
        let name = text(&package["name"]);
        let Some(allowed) = arrows.get(name) else {
            found.push(format!("`{name}` is not in the table of ARCHITECTURE.md"));
            continue;
        };
        // A path is how crates of this workspace name each other.
        let known: BTreeSet<_> = list(&package["dependencies"])
            .iter()
            .filter(|dependency| dependency["path"].is_string())
            .map(|dependency| text(&dependency["name"]).to_owned())
            .collect();
        if let Some(allowed) = allowed
            && *allowed != known
        {
            found.push(format!("`{name}` knows {known:?}, and the page says {allowed:?}"));
        }
    }
    assert_eq!(packages.len(), arrows.len(), "crates and rows of the table");
    check("the arrows are the whole allowed set", found);
}

fn graph(args: &[&str]) -> BTreeSet<String> {
    let printed = cargo(&[&["tree", "--prefix", "none"], args].concat());
    let names = printed.lines().filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

#[test]
fn the_compiler_does_not_carry_the_daemon() {
    let graph = graph(&["-p", "flowc", "-e", "normal,build"]);
    assert!(graph.contains("pest"), "{graph:?}");
    for heavy in [
        "tokio",
        "sqlx",
        "axum",
        "reqwest",
        "hyper",
        "libsqlite3-sys",
        "object_store",
    ] {
        assert!(!graph.contains(heavy), "`flowc` carries `{heavy}`");
    }
}

#[test]
fn what_is_shipped_has_no_planted_bug() {
    let planted = |args: &[&str]| {
        let printed = cargo(&[&["tree", "--prefix", "none"], args].concat());
        printed
            .lines()
            .any(|line| line.starts_with(r#"flow-engine feature "mutants""#))
    };
    // Those who test ask for them, so the name is the right one.
    assert!(planted(&["-p", "flowd", "-e", "features"]));
    assert!(!planted(&["-p", "flowd", "-e", "no-dev,features"]));
    assert!(!planted(&["--workspace", "-e", "no-dev,features"]));
}

#[test]
fn there_is_one_tls_with_one_provider() {
    let graph = graph(&["--workspace", "-e", "all"]);
    assert!(graph.contains("rustls") && graph.contains("ring"), "{graph:?}");
    for other in ["openssl", "openssl-sys", "native-tls", "boring"] {
        assert!(!graph.contains(other), "`{other}` beside rustls");
    }
    // Two providers of rustls in one process panic when it picks one.
    for other in [
        "aws-lc-rs",
        "aws-lc-sys",
        "rustls-graviola",
        "rustls-openssl",
        "rustls-mbedcrypto-provider",
    ] {
        assert!(!graph.contains(other), "`{other}` beside ring");
    }
}
