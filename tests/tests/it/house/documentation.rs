//! What is shown works: examples check.

use super::{check, shown};
use flow_tests::tree;

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
