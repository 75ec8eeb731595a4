//! The action and the hooks that other repositories take from this one do what they say.

use crate::commands::{BROKEN, folder};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const SOUND: &str = "flow sound\n";
/// Clean but for a warning.
const DOUBTFUL: &str = "flow doubtful\ntrigger heard_by_nobody: { a: int }\n";

fn top(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The script of the step with this name.
fn script(action: &str, name: &str) -> String {
    let (_, step) = action
        .split_once(&format!("- name: {name}\n"))
        .expect("a step of this name");
    let (_, run) = step.split_once("      run: |\n").expect("it runs a script");
    let lines = run.lines().take_while(|line| line.starts_with("        "));
    lines.map(|line| format!("{}\n", &line[8..])).collect()
}

fn bash(script: &str, at: &Path, env: &[(&str, &str)]) -> Output {
    let built = Path::new(env!("CARGO_BIN_EXE_flowc")).parent().expect("a folder");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", built.display());
    // As GitHub starts `shell: bash`.
    Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .current_dir(at)
        .env("PATH", path)
        .envs(env.iter().copied())
        .output()
        .expect("bash starts")
}

/// What the step `Check` ends with, and prints, for these inputs; those that are not named have their defaults.
fn checked(at: &Path, inputs: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut env = vec![
        ("PATHS", "."),
        ("ENVIRONMENT", ""),
        ("DENY_WARNINGS", "false"),
        ("SARIF", ""),
    ];
    env.retain(|(name, _)| inputs.iter().all(|(input, _)| input != name));
    env.extend(inputs);
    let ran = bash(&script(&top("action.yml"), "Check"), at, &env);
    (
        ran.status.code(),
        String::from_utf8_lossy(&ran.stdout).into_owned(),
    )
}

#[test]
fn the_action_checks_what_it_is_given() {
    let repository = folder(&[
        ("a sound one/main.flow", SOUND),
        ("broken/main.flow", BROKEN),
        ("doubtful/main.flow", DOUBTFUL),
    ]);
    let at = repository.path();
    assert_eq!(
        checked(at, &[("PATHS", "a sound one\n")]),
        (Some(0), String::new())
    );
    let (code, said) = checked(at, &[("PATHS", "a sound one\nbroken\n")]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("::error file=broken/main.flow,line="), "{said}");
    assert_eq!(checked(at, &[("PATHS", "doubtful")]).0, Some(0));
    let strict = [("PATHS", "doubtful"), ("DENY_WARNINGS", "true")];
    assert_eq!(checked(at, &strict).0, Some(1));
    assert_eq!(
        checked(at, &[("PATHS", "doubtful"), ("ENVIRONMENT", "none")]).0,
        Some(2)
    );
    let (code, said) = checked(at, &[("PATHS", "broken"), ("SARIF", "log.sarif")]);
    assert_eq!((code, said.as_str()), (Some(1), ""));
    let log = fs::read_to_string(at.join("log.sarif")).expect("the log is there");
    assert!(log.contains("\"version\": \"2.1.0\""), "{log}");
}

#[test]
fn every_input_of_the_action_reaches_its_step() {
    let action = top("action.yml");
    let (_, rest) = action.split_once("inputs:\n").expect("it has inputs");
    let (inputs, steps) = rest.split_once("\nruns:\n").expect("it runs");
    let named: Vec<_> = inputs
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.trim().trim_end_matches(':'))
        .collect();
    assert_eq!(named, ["paths", "environment", "deny-warnings", "sarif"]);
    for input in named {
        // Through the environment: an input inside a script would be run as a part of it.
        assert!(
            steps.contains(&format!(": ${{{{ inputs.{input} }}}}\n")),
            "{input}"
        );
    }
}

#[test]
fn the_hooks_look_at_the_files_of_a_commit() {
    let hooks = top(".pre-commit-hooks.yaml");
    let entries: Vec<_> = hooks
        .lines()
        .filter_map(|line| line.trim().strip_prefix("entry: "))
        .collect();
    assert_eq!(entries, ["flowc check", "flowc fmt"]);
    let repository = folder(&[
        ("good.flow", SOUND),
        ("bad.flow", BROKEN),
        ("odd.flow", "flow   odd"),
    ]);
    let ran = |entry: &str, files: &str| {
        bash(&format!("{entry} {files}"), repository.path(), &[])
            .status
            .code()
    };
    assert_eq!(ran(entries[0], "good.flow"), Some(0));
    assert_eq!(ran(entries[0], "good.flow bad.flow"), Some(1));
    assert_eq!(ran(entries[1], "good.flow odd.flow"), Some(0));
    let formatted = fs::read_to_string(repository.path().join("odd.flow")).expect("it is still there");
    assert_eq!(formatted, "flow odd\n");
}
