//! Every package in the graph has a licence that deny.toml allows.

use super::{check, metadata, page};
use std::collections::BTreeSet;

/// Whether an SPDX expression can be met with the allowed licences.
fn is_met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    // The old form of `OR`.
    let expression = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = expression.split_whitespace().peekable();
    let met = any(&mut words, allowed);
    met && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut met = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words, allowed);
    }
    met
}

fn all(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let met = any(words, allowed);
        return words.next_if_eq(&")").is_some() && met;
    }
    let mut name = words.next().unwrap_or_default().to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        name = format!("{name} WITH {}", words.next().unwrap_or_default());
    }
    allowed.contains(&name)
}

fn allowed() -> BTreeSet<String> {
    let deny: toml::Table = page("deny.toml").parse().expect("deny.toml is TOML");
    let list = deny["licenses"]["allow"]
        .as_array()
        .expect("deny.toml allows some");
    let name = |licence: &toml::Value| licence.as_str().expect("a licence is a text").to_owned();
    list.iter().map(name).collect()
}

#[test]
fn every_package_has_an_allowed_licence() {
    let allowed = allowed();
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let metadata = metadata(&["--all-features", "--filter-platform", &target]);
    let packages = metadata["packages"].as_array().expect("cargo lists packages");
    assert!(packages.len() > 100, "{}", packages.len());
    let licence = |package: &serde_json::Value| package["license"].as_str().unwrap_or("none").to_owned();
    let refused = packages
        .iter()
        .filter(|package| !is_met(&licence(package), &allowed));
    let refused = refused.map(|package| format!("{}: {}", package["name"], licence(package)));
    check("the licence is in deny.toml", refused.collect());
}

#[test]
fn an_expression_is_read_as_it_is_meant() {
    let allowed = ["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
    let allowed = BTreeSet::from(allowed);
    let met = |expression: &str| is_met(expression, &allowed);
    assert!(met("MIT") && met("GPL-3.0 OR MIT") && met("GPL-3.0/MIT"));
    assert!(met("(GPL-3.0 OR MIT) AND Zlib") && met("Apache-2.0 WITH LLVM-exception"));
    assert!(!met("Apache-2.0") && !met("MIT AND GPL-3.0") && !met("(MIT OR Zlib) AND GPL-3.0") && !met(""));
}
