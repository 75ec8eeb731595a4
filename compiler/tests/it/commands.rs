//! The commands as a shell calls them: what they print and how they end.

use flowc::cli::{Console, Exit, Terminal, run};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// How a command ended and what it printed.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) exit: Exit,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs `flowc`; `DIR` in the arguments is `folder`, and the folder is `DIR` in what comes back. What a `flowd` has
/// installed is in its `.cache`.
pub(crate) fn flowc(folder: &Path, args: &[&str]) -> Ran {
    let terminal = Terminal {
        width: 90,
        colour_out: false,
        colour_err: false,
    };
    flowc_on(folder, args, terminal)
}

/// [`flowc`], on such a terminal.
pub(crate) fn flowc_on(folder: &Path, args: &[&str], terminal: Terminal) -> Ran {
    let cache = folder.join(".cache");
    let folder = folder.display().to_string();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args = args.iter().map(|arg| arg.replace("DIR", &folder));
    let exit = run(
        std::iter::once("flowc".to_string())
            .chain(args)
            .map(OsString::from),
        &mut Console {
            out: &mut out,
            err: &mut err,
            terminal,
            cache: Some(cache),
        },
    );
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8").replace(&folder, "DIR");
    Ran {
        exit,
        out: text(out),
        err: text(err),
    }
}

pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

pub(crate) const BROKEN: &str = r#"flow broken

type Pixels { pixels: [float<0..1>; 64 }

trigger nightly from cron { schedule "0 3 * * *" }

pure action shrink({ image: text<64B> }) -> Pixels {
  runtime: "python:3", code: "functions", entry: "a.shrink"
  timeout: 10 s s
}

rule go: on nightly {
  let x =
}
"#;

pub(crate) const WARNED: &str = r#"flow warned

trigger nightly from cron { schedule: "0 3 * * *" }
trigger spare from cron { schedule: "0 4 * * *" }

pure action hello({}) { runtime: "python:3", code: "functions", entry: "a.hello", timeout: 10s }

rule go: on nightly { hello({}) }
"#;

pub(crate) const HELLO: &str = "def hello(args):\n    return {}\n";

#[test]
fn every_error_of_a_broken_file_is_shown_at_once() {
    let folder = folder(&[("main.flow", BROKEN)]);
    let human = flowc(folder.path(), &["check", "DIR"]);
    assert_eq!(human.exit, Exit::Findings);
    assert_eq!(human.err, "");
    insta::assert_snapshot!("broken", human.out);

    let json = flowc(folder.path(), &["check", "DIR/main.flow", "--format", "json"]);
    assert_eq!(json.exit, Exit::Findings);
    assert_eq!(json.err, "");
    insta::assert_snapshot!("broken_json", json.out);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json.out).unwrap();
    assert_eq!(rows.len(), human.out.matches("  × ").count());
}

#[test]
fn warnings_fail_only_when_denied() {
    let folder = folder(&[("main.flow", WARNED), ("functions/a.py", HELLO)]);
    let allowed = flowc(folder.path(), &["check", "DIR"]);
    assert_eq!(allowed.exit, Exit::Clean);
    insta::assert_snapshot!("warned", allowed.out);
    let denied = flowc(folder.path(), &["check", "--deny-warnings", "DIR"]);
    assert_eq!(denied.exit, Exit::Findings);
}

#[test]
fn a_finding_of_several_environments_is_shown_once() {
    let config = "[env.a]\n[env.b]\nfunctions = { platform = \"process\", limits = { timeout = 1000 } }\n";
    let folder = folder(&[
        ("flow.toml", config),
        ("main.flow", WARNED),
        ("functions/a.py", HELLO),
    ]);
    let all = flowc(folder.path(), &["check", "DIR"]);
    assert_eq!(all.exit, Exit::Findings, "{}", all.out);
    assert_eq!(all.out.matches("graph/dead-trigger").count(), 1, "{}", all.out);
    assert_eq!(all.out.matches("limits/timeout").count(), 1, "{}", all.out);
    assert_eq!(
        flowc(folder.path(), &["check", "DIR", "--env", "a"]).exit,
        Exit::Clean
    );
    let unknown = flowc(folder.path(), &["check", "DIR", "--env", "prd"]);
    assert_eq!(unknown.exit, Exit::Unable);
    assert_eq!(
        unknown.err,
        "flowc: no environment `prd`; there is `a`, `b`, `dev`\n"
    );
}

#[test]
fn what_cannot_run_ends_with_two() {
    let folder = folder(&[]);
    for args in [
        &["check", "DIR/missing.flow"][..],
        &["check", "DIR"],
        &["check", "--frmat", "json"],
        &["check", "--format", "xml"],
        &["fly"],
        &[],
        &["explain", "limits/timeuot"],
        &["plan", "DIR/missing.flow"],
        &["graph"],
    ] {
        let ran = flowc(folder.path(), args);
        assert_eq!(ran.exit, Exit::Unable, "{args:?}: {ran:?}");
        assert_eq!(ran.out, "", "{args:?}");
        assert_ne!(ran.err, "", "{args:?}");
    }
    assert_eq!(flowc(folder.path(), &["--help"]).exit, Exit::Clean);
    assert_eq!(flowc(folder.path(), &["--version"]).exit, Exit::Clean);
}

#[test]
fn explain_finds_what_was_meant() {
    let folder = folder(&[]);
    let page = flowc(folder.path(), &["explain", "limits/timeout"]);
    assert!(page.out.starts_with("# limits/timeout\n"), "{}", page.out);
    for (asked, answer) in [
        ("limits/timeuot", "did you mean `limits/timeout`?"),
        ("timeout", "did you mean `limits/timeout`?"),
        ("nothing", "`flowc explain` lists all"),
    ] {
        let err = flowc(folder.path(), &["explain", asked]).err;
        assert_eq!(err, format!("flowc: no rule `{asked}`; {answer}\n"));
    }
    insta::assert_snapshot!("explain", flowc(folder.path(), &["explain"]).out);
}

#[test]
fn a_new_flow_checks_and_has_a_plan_and_a_graph() {
    let folder = folder(&[]);
    let made = flowc(folder.path(), &["new", "DIR/my-first"]);
    assert_eq!(made.exit, Exit::Clean, "{made:?}");
    let checked = flowc(folder.path(), &["check", "--deny-warnings", "DIR/my-first"]);
    assert_eq!(checked.out, "DIR/my-first: 1 flow, 1 action, 1 rule: clean\n");
    assert_eq!(checked.exit, Exit::Clean);

    let printed = flowc(folder.path(), &["plan", "DIR/my-first"]);
    let written = flowc(
        folder.path(),
        &["plan", "DIR/my-first/main.flow", "-o", "DIR/plan.json"],
    );
    assert_eq!(written.out, "");
    assert_eq!(printed.err, written.err);
    let json = fs::read_to_string(folder.path().join("plan.json")).unwrap();
    assert_eq!(
        printed.out,
        json.replace(&folder.path().display().to_string(), "DIR")
    );
    let plan: flow_lang::plan::Plan = serde_json::from_str(&json).unwrap();
    assert_eq!(plan.flow, "my_first");
    assert_eq!(printed.err, format!("digest {}\n", plan.digest()));

    insta::assert_snapshot!("new_graph", flowc(folder.path(), &["graph", "DIR/my-first"]).out);
    let unknown = flowc(folder.path(), &["graph", "DIR/my-first", "--rule", "welcom"]);
    assert_eq!(unknown.err, "flowc: no rule `welcom`; did you mean `welcome`?\n");

    let again = flowc(folder.path(), &["new", "DIR/my-first"]);
    assert_eq!(
        (again.exit, again.err),
        (Exit::Unable, "flowc: `DIR/my-first` is already there\n".into())
    );
    let bad = flowc(folder.path(), &["new", "DIR/1st"]);
    assert_eq!(bad.exit, Exit::Unable);
    assert!(!folder.path().join("1st").exists());
}

#[test]
fn the_reference_of_the_documentation_is_fresh() {
    for (page, args) in [
        ("diagnostics", ["reference"].as_slice()),
        ("limits", &["reference", "--limits"]),
    ] {
        let fresh = flowc(folder(&[]).path(), args).out;
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/reference/{page}.md"));
        let command = args.join(" ");
        assert!(
            fs::read_to_string(path).unwrap_or_default() == fresh,
            "stale: run `cargo run -q --bin flowc -- {command} > docs/reference/{page}.md`"
        );
    }
}

#[test]
fn a_network_that_nobody_enforces_is_told_beside_the_findings() {
    let flow = "flow f\naction a({ n: int }) { runtime: \"python:3\", code: \".\", entry: \"a.f\", network: [\"x:1\"] }\nrule r: on flow.deployed { a({ n: 1 }) }\n";
    let config = "[env.far]\nfunctions = \"openwhisk\"\n";
    let folder = folder(&[
        ("main.flow", flow),
        ("flow.toml", config),
        ("a.py", "def f(args): pass\n"),
    ]);
    for format in ["human", "json"] {
        let ran = flowc(
            folder.path(),
            &["check", "DIR", "--env", "far", "--format", format],
        );
        assert_eq!(ran.exit, Exit::Clean, "{ran:?}");
        assert!(!ran.out.contains("network"), "{ran:?}");
        assert!(
            ran.err.starts_with("network: not enforced by openwhisk"),
            "{ran:?}"
        );
    }
}
