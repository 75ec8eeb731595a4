//! What is shown and told is there: examples check, variables are explained.

use super::{check, code, files, rust, shown};
use flow_tests::tree;
use std::collections::BTreeSet;

#[test]
fn every_example_checks_without_a_finding() {
    let examples = std::fs::read_dir(tree::root().join("examples")).unwrap();
    let mut found = Vec::new();
    let mut count = 0;
    for example in examples {
        let path = example.unwrap().path();
        let project = flowc::load::load(&path).unwrap();
        for env in project.envs.keys() {
            let report = flowc::check(&project, env).report;
            count += 1;
            found.extend(
                report
                    .findings
                    .iter()
                    .map(|finding| format!("{} ({env}): {finding:?}", shown(&path))),
            );
        }
    }
    assert!(count > 0, "there are examples");
    check("an example checks clean", found);
}

/// The names in a text that begin with `FLOW_`. One that ends with `_` is the beginning of many.
fn variables(text: &str, found: &mut BTreeSet<String>) {
    for (at, _) in text.match_indices("FLOW_") {
        let letter = |c: &char| c.is_ascii_uppercase() || *c == '_';
        let name: String = text[at..].chars().take_while(letter).collect();
        if name != "FLOW_" {
            found.insert(name);
        }
    }
}

#[test]
fn every_variable_is_explained() {
    let mut used = BTreeSet::new();
    for folder in [
        "lang/src",
        "compiler/src",
        "orchestrator/src",
        "tests/src/parts.rs",
    ] {
        let sources = match tree::root().join(folder).is_file() {
            true => vec![std::fs::read_to_string(tree::root().join(folder)).unwrap()],
            false => rust(folder)
                .into_iter()
                .filter(|(path, _)| !shown(path).contains("/tests"))
                .map(|(_, text)| text)
                .collect(),
        };
        for source in sources {
            code(&source).for_each(|(_, line)| variables(line, &mut used));
        }
    }
    let mut explained = BTreeSet::new();
    for path in files("docs")
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
    {
        variables(&std::fs::read_to_string(path).unwrap(), &mut explained);
    }
    variables(&super::page("CONTRIBUTING.md"), &mut explained);
    assert!(used.contains("FLOW_OUT"), "{used:?}");
    let missing = used.difference(&explained).map(|name| format!("`{name}`"));
    check("docs/ explains every variable", missing.collect());
}
