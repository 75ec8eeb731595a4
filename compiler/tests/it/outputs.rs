//! The formats of `flowc check` for those who look after a repository: SARIF, and commands to a workflow of GitHub.

use crate::commands::{BROKEN, HELLO, Ran, WARNED, flowc, folder};
use flowc::cli::Exit;
use serde_json::Value;
use std::path::Path;

/// The schema as OASIS publishes it, without a change. © OASIS Open, which allows copies that carry this notice.
const SCHEMA: &str = include_str!("sarif-schema-2.1.0.json");

/// Two environments, of which one allows less: what both find is told once.
const CONFIG: &str =
    "[env.a]\n[env.b]\nfunctions = { platform = \"process\", limits = { timeout = 1000 } }\n";

fn validator() -> jsonschema::Validator {
    // Two patterns of the schema, for languages that a log of ours does not name, close a bracket that nobody opened.
    let schema = SCHEMA.replace("{2}]?$", "{2}$");
    let schema = serde_json::from_str(&schema).expect("the schema is JSON");
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&schema).expect("the schema is one")
}

/// The log of a run, which the schema allows.
pub(crate) fn log(ran: &Ran) -> Value {
    let validator = validator();
    let log = serde_json::from_str(&ran.out).expect("the log is JSON");
    let wrong: Vec<_> = validator
        .iter_errors(&log)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), ran.out);
    assert_eq!(ran.err, "");
    log
}

fn results(log: &Value) -> &[Value] {
    log["runs"][0]["results"].as_array().expect("a run has results")
}

fn check(folder: &Path, format: &str, more: &[&str]) -> Ran {
    let args = ["check", "DIR", "--format", format];
    flowc(folder, &[&args[..], more].concat())
}

#[test]
fn the_schema_refuses_what_is_no_log() {
    let place = |uri: &str| serde_json::json!({ "physicalLocation": { "artifactLocation": { "uri": uri } } });
    let log = |uri: &str| {
        serde_json::json!({ "version": "2.1.0", "runs": [{
            "tool": { "driver": { "name": "flowc" } },
            "results": [{ "message": { "text": "a" }, "locations": [place(uri)] }],
        }] })
    };
    assert!(validator().is_valid(&log("a%20b.flow")));
    assert!(!validator().is_valid(&log("a b.flow")));
    let toolless = serde_json::json!({ "version": "2.1.0", "runs": [{ "results": [] }] });
    assert!(!validator().is_valid(&toolless));
}

#[test]
fn a_log_tells_every_error_with_its_rule_and_its_places() {
    let folder = folder(&[("main.flow", BROKEN)]);
    let ran = check(folder.path(), "sarif", &[]);
    assert_eq!(ran.exit, Exit::Findings);
    let mut log = log(&ran);
    let rows: Vec<Value> = serde_json::from_str(&check(folder.path(), "json", &[]).out).unwrap();
    assert_eq!(results(&log).len(), rows.len());
    // The pages have a test of their own, and change.
    for rule in log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap() {
        rule.as_object_mut().unwrap().remove("fullDescription");
        rule.as_object_mut().unwrap().remove("help");
    }
    log["runs"][0]["tool"]["driver"]["version"] = "VERSION".into();
    insta::assert_snapshot!("broken_sarif", format!("{log:#}"));
}

#[test]
fn annotations_are_one_line_for_each_finding() {
    let folder = folder(&[("main.flow", BROKEN)]);
    let ran = check(folder.path(), "github", &[]);
    assert_eq!(ran.exit, Exit::Findings);
    assert_eq!(ran.err, "");
    insta::assert_snapshot!("broken_github", ran.out);
    let human = check(folder.path(), "human", &[]).out;
    assert_eq!(ran.out.lines().count(), human.matches("  × ").count());
}

#[test]
fn every_format_ends_alike_and_tells_a_finding_of_several_environments_once() {
    let clean = &WARNED.replace("trigger spare", "// trigger spare");
    for (flow, config, args, exit, count) in [
        (clean.as_str(), "", &[][..], Exit::Clean, 0),
        (WARNED, "", &[], Exit::Clean, 1),
        (WARNED, "", &["--deny-warnings"], Exit::Findings, 1),
        (WARNED, CONFIG, &[], Exit::Findings, 2),
        (WARNED, CONFIG, &["--env", "a"], Exit::Clean, 1),
    ] {
        let files = [
            ("main.flow", flow),
            ("functions/a.py", HELLO),
            ("flow.toml", config),
        ];
        let folder = folder(&files);
        for format in ["human", "json"] {
            assert_eq!(check(folder.path(), format, args).exit, exit, "{format} {args:?}");
        }
        let sarif = check(folder.path(), "sarif", args);
        assert_eq!(sarif.exit, exit, "{sarif:?}");
        assert_eq!(results(&log(&sarif)).len(), count, "{sarif:?}");
        let github = check(folder.path(), "github", args);
        assert_eq!(github.exit, exit, "{github:?}");
        assert_eq!(github.out.lines().count(), count, "{github:?}");
    }
}

#[test]
fn several_projects_are_one_run() {
    let folder = folder(&[("a b/main.flow", BROKEN), ("ä/main.flow", BROKEN)]);
    let ran = flowc(folder.path(), &["check", "DIR/a b", "DIR/ä", "--format", "sarif"]);
    let log = log(&ran);
    assert_eq!(log["runs"].as_array().map(Vec::len), Some(1));
    let uris = results(&log).iter().map(|result| {
        let place = &result["locations"][0]["physicalLocation"];
        place["artifactLocation"]["uri"].as_str().expect("a file")
    });
    let mut uris: Vec<_> = uris.collect();
    uris.dedup();
    assert_eq!(
        uris,
        ["file://DIR/a%20b/main.flow", "file://DIR/%C3%A4/main.flow"]
    );
}
