//! `flowd test`: what people see of their tests, and of what each fault leads to.

use serde_json::Value;
use std::process::{Command, Output};
use tempfile::TempDir;

const FLOW: &str = r#"flow shop

trigger ordered: { id: text<36B>, total: int<0..100> }
dataset orders:  { id: text<36B>, total: int<0..100> }

pure action count({ total: int<0..100> }) -> { cents: int<0..10000> } {
  runtime: "python:3", code: "functions", entry: "shop.count"
}
once action charge({ cents: int<0..10000> }) { runtime: "python:3", code: "functions", entry: "shop.charge" }
action tell({ id: text<36B> }) { runtime: "python:3", code: "functions", entry: "shop.tell" }
action file({ id: text<36B> }) { runtime: "python:3", code: "functions", entry: "shop.file" }

rule sell: on ordered(order) {
  append order to orders
  let cost = count(order)
  let paid = charge(cost)
  file(order) after paid
  let pause = sleep 30d
  tell(order) catch err => { } after pause
}

test "an order is charged" {
  given orders has 2 rows
  given count returns { cents: 500 }
  fire ordered({ id: "1", total: 5 })
  expect charge called 1 times
  expect orders has ROWS rows
  expect run succeeded
}
"#;

const CODE: &str = "def count(args): return {}\ndef charge(args): return {}\ndef tell(args): return {}\ndef file(args): return {}\n";

/// What `flowd test` says of the flow, with this many rows expected.
fn trial(rows: u32, more: &[&str]) -> Output {
    let project = TempDir::new().expect("a folder");
    let written = |path: &str, text: &str| std::fs::write(project.path().join(path), text).expect("a file");
    std::fs::create_dir(project.path().join("functions")).expect("a folder");
    written("functions/shop.py", CODE);
    written("shop.flow", &FLOW.replace("ROWS", &rows.to_string()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowd-probed"));
    let command = command
        .arg("test")
        .arg(project.path().join("shop.flow"))
        .args(more);
    command.output().expect("the daemon's command")
}

fn text(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    format!("{}{errors}", String::from_utf8_lossy(&output.stdout))
}

#[test]
fn each_fault_at_each_step_leads_to_what_the_words_of_its_action_say() {
    let output = trial(3, &["--json"]);
    assert!(output.status.success(), "{}", text(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let faults = report["tests"][0]["faults"].as_array().unwrap();
    let found = |step: &str, fault: &str| {
        let is = |told: &&Value| told["step"] == step && told["fault"] == fault;
        faults
            .iter()
            .find(is)
            .unwrap_or_else(|| panic!("no {fault} at {step}: {report:#}"))
    };
    for (step, fault, leads_to) in [
        ("cost", "failure", "retried"),
        ("cost", "timeout", "retried"),
        ("cost", "slow", "nothing"),
        ("cost", "duplicate", "nothing"),
        ("cost", "crash_before", "retried"),
        ("cost", "crash_after", "unknown"),
        ("paid", "crash_before", "unknown"),
        ("paid", "failure", "unknown"),
        ("paid", "done_but_failed", "unknown"),
        ("file", "failure", "dead_letter"),
        ("tell", "failure", "caught"),
        ("pause", "crash_before", "nothing"),
        ("append", "crash_after", "nothing"),
    ] {
        assert_eq!(
            found(step, fault)["leads_to"],
            leads_to,
            "{fault} at {step}: {report:#}"
        );
    }
    let twice = |step, fault| found(step, fault)["done_twice"].clone();
    assert_eq!(twice("tell", "crash_before"), serde_json::json!(["tell"]));
    assert_eq!(twice("cost", "crash_before"), serde_json::json!([]));
}

#[test]
fn a_line_that_does_not_hold_is_told_with_what_is_so_instead() {
    let output = trial(7, &["--no-faults"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let told = text(&output);
    assert!(told.contains("FAILED  an order is charged"), "{told}");
    let before = FLOW.lines().take_while(|line| !line.contains("expect orders"));
    let line = before.count() + 1;
    let wrong = format!("shop.flow:{line}  expect orders has 7 rows: it has 3 rows");
    assert!(told.contains(&wrong), "{told}");
    assert!(told.ends_with("0 passed, 1 failed; 0 faults played\n"), "{told}");
}

#[test]
fn the_example_keeps_what_its_tests_promise_whatever_fails() {
    let example = flow_tests::tree::root().join("examples/digits");
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowd-probed"));
    let output = command.arg("test").arg(example).output().unwrap();
    let told = text(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("\n2 passed, 0 failed; "), "{told}");
    assert!(told.contains("done twice: notify"), "{told}");
}
