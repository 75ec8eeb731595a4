//! Repairs as edits: each does what it says, and `flowc check --fix` writes those that help.

use crate::commands::{HELLO, WARNED, flowc, folder};
use crate::project::compile;
use crate::refused;
use flow_lang::report::{Report, Severity, edited, together};
use flow_lang::span::SourceId;
use flowc::cli::Exit;
use serde_json::Value;
use std::fs;

const PRELUDE: &str = include_str!("prelude.flow");
const SYNTAX: &str = include_str!("../../../lang/tests/it/fixtures/broken.txt");

/// The errors of a report, by rule and fact.
fn errors(report: &Report) -> Vec<(&str, &str)> {
    let errors = report.findings.iter();
    let errors = errors.filter(|finding| finding.severity == Severity::Error);
    errors
        .map(|finding| (finding.code.info().id, finding.message.as_str()))
        .collect()
}

/// Applies each repair of a text alone: its finding goes and no error comes. Says how many there are.
fn check(text: &str) -> usize {
    let (_, checked) = compile(text);
    let before = errors(&checked.report);
    let repairable = checked.report.findings.iter();
    let repairable = repairable.filter(|finding| !finding.edits.is_empty());
    let mut count = 0;
    for finding in repairable {
        count += 1;
        let chosen = together([finding]);
        let repaired = edited(text, &chosen[&SourceId(0)]);
        let (_, after) = compile(&repaired);
        let same = |report: &Report| {
            let found = report.findings.iter();
            found
                .filter(|other| other.code == finding.code && other.message == finding.message)
                .count()
        };
        assert!(
            same(&after.report) < same(&checked.report),
            "{} stays: {}\n{repaired}",
            finding.message,
            text
        );
        for error in errors(&after.report) {
            // What could not be read is not judged; what was hidden by the mistake is no new one.
            let hidden = before.iter().any(|(id, fact)| {
                id.starts_with("syntax/") || fact.starts_with("there is no kind of package")
            });
            assert!(hidden || before.contains(&error), "{error:?} comes\n{repaired}");
        }
    }
    count
}

#[test]
fn a_repair_makes_its_finding_go_and_brings_none() {
    let mut count = 0;
    for case in refused::CASES {
        count += check(&format!("{case} flow cases{PRELUDE}"));
    }
    assert!(count >= 20, "only {count} repairs");
    let count: usize = SYNTAX.split("====\n").map(check).sum();
    assert!(count >= 30, "only {count} repairs of syntax");
}

#[test]
fn what_is_repaired_is_said_in_the_help() {
    for case in refused::CASES {
        for finding in compile(&format!("{case} flow cases{PRELUDE}")).1.report.findings {
            assert!(finding.edits.is_empty() || finding.help.is_some(), "{finding:?}");
        }
    }
}

const FIXABLE: &str = "flow fixable\r\n\r\n# hourly\r\ntrigger nightly from cron { schedule: '0 3 * * *' }   \r\n\
    pure action hello({ n: int<0..9> }) { runtime: \"python:3\", code: \"functions\", entry: \"a.hello\", timeout: 10, memry: 256MiB }\r\n\
    // ü\tstays\r\nrule go: on nightly {\r\n  let x = helo({ n: 3 });\r\n}\r\n\r\n";
const FIXED: &str = "flow fixable\r\n\r\n// hourly\r\ntrigger nightly from cron { schedule: \"0 3 * * *\" }   \r\n\
    pure action hello({ n: int<0..9> }) { runtime: \"python:3\", code: \"functions\", entry: \"a.hello\", timeout: 10s, memory: 256MiB }\r\n\
    // ü\tstays\r\nrule go: on nightly {\r\n  let _ = hello({ n: 3 })\r\n}\r\n\r\n";

#[test]
fn repairs_are_written_and_everything_else_stays() {
    let folder = folder(&[("main.flow", FIXABLE), ("functions/a.py", HELLO)]);
    let read = || fs::read_to_string(folder.path().join("main.flow")).expect("a file");
    assert_eq!(flowc(folder.path(), &["check", "DIR"]).exit, Exit::Findings);
    assert_eq!(read(), FIXABLE);
    let ran = flowc(folder.path(), &["check", "--fix", "--format", "json", "DIR"]);
    assert_eq!(read(), FIXED);
    assert_eq!((ran.exit, ran.out.as_str()), (Exit::Clean, "[]\n"), "{ran:?}");
    assert_eq!(ran.err, "DIR/main.flow: 7 repairs\n");
    let again = flowc(folder.path(), &["check", "--fix", "DIR"]);
    assert_eq!((again.exit, again.err.as_str()), (Exit::Clean, ""));
    let names: Vec<_> = fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(names.len(), 2, "nothing is left beside them");
}

#[test]
fn a_file_never_has_more_errors_than_before() {
    // The `;` hides mistakes that nobody knows a repair for.
    let hiding = "flow hiding\ntrigger tick\nrule r: on tick {\n  one({ a: 1 });\n  two({ b: 2 })\n  three({ b: 2 })\n}\nrule q: on tikc { four({ b: 2 }) }\n";
    let folder = folder(&[("main.flow", hiding)]);
    let before = flowc(folder.path(), &["check", "--format", "json", "DIR"]);
    let ran = flowc(folder.path(), &["check", "--fix", "--format", "json", "DIR"]);
    let count = |out: &str| serde_json::from_str::<Vec<Value>>(out).expect("JSON").len();
    assert!(count(&ran.out) <= count(&before.out), "{before:?}\n{ran:?}");
    let text = fs::read_to_string(folder.path().join("main.flow")).expect("a file");
    assert_eq!(text, hiding.replace("tikc", "tick"));
    assert_eq!(ran.err, "DIR/main.flow: 1 repair\n");
}

#[test]
fn a_file_that_is_no_text_is_left_alone() {
    let folder = folder(&[("b.flow", WARNED), ("functions/a.py", HELLO)]);
    let broken = b"// \xff\ntrigger 'a'\n";
    fs::write(folder.path().join("a.flow"), broken).expect("a file");
    let ran = flowc(folder.path(), &["check", "--fix", "DIR"]);
    assert_eq!((ran.exit, ran.err.as_str()), (Exit::Findings, ""));
    assert_eq!(fs::read(folder.path().join("a.flow")).expect("a file"), broken);
}

#[test]
fn json_and_sarif_carry_the_edits() {
    let folder = folder(&[("main.flow", FIXABLE), ("functions/a.py", HELLO)]);
    let json = flowc(folder.path(), &["check", "--format", "json", "DIR"]).out;
    let rows: Vec<Value> = serde_json::from_str(&json).expect("JSON");
    let quotes = rows.iter().find(|row| row["line"] == 4).expect("the quotes");
    assert_eq!(
        quotes["edits"][1],
        serde_json::json!({
            "file": "DIR/main.flow", "line": 4, "column": 49, "end_line": 4, "end_column": 50, "text": "\""
        })
    );
    let sarif = flowc(folder.path(), &["check", "--format", "sarif", "DIR"]).out;
    let log: Value = serde_json::from_str(&sarif).expect("JSON");
    let fixes = log["runs"][0]["results"].as_array().expect("results").iter();
    let fixes = fixes.filter(|result| result["fixes"].is_array());
    let repairable = rows.iter().filter(|row| row["edits"] != serde_json::json!([]));
    assert_eq!(fixes.count(), repairable.count());
    insta::assert_snapshot!(
        "sarif_fix",
        format!("{:#}", log["runs"][0]["results"][1]["fixes"])
    );
}
