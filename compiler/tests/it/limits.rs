//! A flow that breaks a limit which OpenWhisk publishes is refused, and told what to write instead. One file a limit,
//! each fine but for that; rates and numbers of calls at a time are not here.

use crate::commands::{Ran, flowc, folder};
use flow_lang::runtime::Runtime;
use flow_lang::runtime::packages::{Installed, asked};
use flowc::cli::Exit;
use std::fs::File;

const WORK: &str = "def main(args):\n    return {}\n";

/// Checks a flow of the corpus, or of `limits/`, for OpenWhisk: one error with this id, the value, the limit, whose it is
/// and a way out.
fn check(name: &str, id: &str, facts: [&str; 3]) {
    let place = match name.starts_with("bad-") {
        true => format!("corpus/{id}"),
        false => "it/limits".to_owned(),
    };
    let flow = format!("{}/tests/{place}/{name}.flow", env!("CARGO_MANIFEST_DIR"));
    let flow = std::fs::read_to_string(flow).expect("there is such a file");
    let mut config = "[env.far]\nfunctions = \"openwhisk\"\n".to_owned();
    if name == "parameters" {
        // Each quote is two bytes of JSON. What lies under the arguments is a part of them, so they may have more here.
        let words = "\"".repeat(600_000);
        config = format!(
            "[env.far]\nfunctions = {{ platform = \"openwhisk\", limits = {{ payload = 8388608 }} }}\n\
             params.words = '{words}'\n"
        );
    }
    let folder = folder(&[
        ("main.flow", &flow),
        ("flow.toml", &config),
        ("functions/work.py", WORK),
    ]);
    if name == "code-size" {
        let weights = File::create(folder.path().join("functions/weights.bin")).expect("a file");
        weights.set_len(37 << 20).expect("a file with a hole");
    }
    let args = ["check", "DIR", "--env", "far", "--format", "json"];
    let Ran { exit, out, err } = flowc(folder.path(), &args);
    assert_eq!(exit, Exit::Findings, "{name}: {out}{err}");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&out).expect("JSON");
    let [row] = rows.as_slice() else {
        panic!("{name}: {out}");
    };
    assert_eq!(
        (&row["id"], &row["severity"]),
        (&id.into(), &"error".into()),
        "{name}: {out}"
    );
    let [value, whose, way_out] = facts;
    let (message, help) = (row["message"].to_string(), row["help"].to_string());
    assert!(
        message.contains(value) && message.contains("`far` (openwhisk)"),
        "{name}: {message}"
    );
    for part in [whose, way_out, "Apache OpenWhisk", "2026-08"] {
        assert!(help.contains(part), "{name}: `{part}` is not in {help}");
    }
}

#[test]
fn a_flow_that_breaks_a_limit_of_openwhisk_is_refused_with_the_way_out() {
    let can = "an operator can raise it";
    let cannot = "no operator can raise it";
    check("bad-six-minutes", "limits/timeout", ["6m", can, "a `job`"]);
    check(
        "bad-fifty-milliseconds",
        "limits/timeout",
        ["50ms", "the least is 100ms", "ask for that much"],
    );
    check("bad-a-gibibyte", "limits/memory", ["1GiB", can, "a `job`"]);
    check(
        "bad-too-little",
        "limits/memory",
        ["64MiB", "the least is 128MiB", "ask for that much"],
    );
    check("bad-twenty-mebibytes", "limits/logs", ["20MiB", can, "as a blob"]);
    check(
        "code-size",
        "limits/code-size",
        ["as base64 text", cannot, "an image"],
    );
    check(
        "parameters",
        "limits/parameters",
        ["from `env.far.params`", can, "as a `blob`"],
    );
    check("bad-page", "limits/payload", ["`page` alone", can, "as a `blob`"]);
    check(
        "bad-event",
        "limits/payload",
        ["`pages` alone", can, "as a `blob`"],
    );
    check("bad-rows", "limits/result", ["`rows` alone", can, "as a `blob`"]);
    check(
        "bad-in-a-chain",
        "limits/sequence-length",
        ["51 calls", can, "cut the chain"],
    );
}

#[test]
fn the_headroom_says_what_uses_most_of_each_limit() {
    let flow = r#"flow room
secret key
trigger asked: { page: text<100KiB>, n: int<0..9> }
idempotent action shrink({ page: text<100KiB> }) -> { pixels: [float<0..1>; 64] } {
  runtime: "python:3", code: "functions", entry: "work.main", timeout: 4m, secrets: [key]
}
action note({ title: text }) { runtime: "python:3", code: "functions", entry: "work.main", attempts: 1 }
rule go: on asked(event) { shrink(event)  note({ title: "x" }) }
"#;
    let config = "[env.far]\nfunctions = { platform = \"openwhisk\", limits = { timeout = 240000 } }\n";
    let folder = folder(&[
        ("main.flow", flow),
        ("flow.toml", config),
        ("functions/work.py", WORK),
        ("requirements.txt", "numpy\n"),
    ]);
    let human = flowc(folder.path(), &["check", "DIR", "--env", "far", "--headroom"]);
    assert_eq!(human.exit, Exit::Clean);
    insta::assert_snapshot!("headroom", human.out);
    let args = ["check", "DIR", "--env", "far", "--headroom", "--format", "json"];
    let data: serde_json::Value = serde_json::from_str(&flowc(folder.path(), &args).out).expect("JSON");
    assert_eq!(data["findings"].as_array().map(Vec::len), Some(1));
    let rows = data["headroom"][0]["limits"].as_array().expect("rows").iter();
    let timeout = rows.clone().find(|row| row["limit"] == "timeout").expect("a row");
    assert_eq!(timeout["percent"], 100);
    assert_eq!(
        (&timeout["used"], &timeout["unit"]),
        (&240_000.into(), &"ms".into())
    );
    assert_eq!(rows.filter(|row| row["used"].is_null()).count(), 1);
    assert!(
        human.err.starts_with("code size: unproved for openwhisk"),
        "{}",
        human.err
    );
    let other = flowc(
        folder.path(),
        &["check", "DIR", "--headroom", "--format", "sarif"],
    );
    assert_eq!((other.exit, other.out.as_str()), (Exit::Unable, ""));
}

#[test]
fn packages_that_cannot_be_read_are_not_taken_for_none() {
    let flow = "flow tight\ntrigger asked\naction work() { runtime: \"nodejs:20\", code: \"functions\", entry: \"work.main\" }\n\
        rule go: on asked { work() }\n";
    let config = "[env.far]\nfunctions = { platform = \"openwhisk\" }\n";
    for (manifest, unproved) in [
        ("{", true),
        ("{}", false),
        ("{ \"dependencies\": { \"a\": \"1\" } }", true),
    ] {
        let folder = folder(&[
            ("main.flow", flow),
            ("flow.toml", config),
            ("functions/work.js", "exports.main = () => ({})\n"),
            ("functions/package.json", manifest),
        ]);
        let said = flowc(folder.path(), &["check", "DIR", "--env", "far", "--headroom"]).err;
        assert_eq!(
            said.contains("code size: unproved"),
            unproved,
            "{manifest}: {said}"
        );
    }
}

#[test]
fn packages_count_where_they_were_installed_before() {
    let flow = "flow tight\ntrigger asked\naction work() { runtime: \"python:3\", code: \"functions\", entry: \"work.main\" }\n\
        rule go: on asked { work() }\n";
    let config = "[env.far]\nfunctions = { platform = \"openwhisk\" }\n";
    let python = Runtime::Python { minor: Some(11) };
    let note = |zip: u64| {
        let asks = asked(python, "numpy\n", None);
        serde_json::to_string(&Installed { asks, zip }).expect("a note is plain data")
    };
    let (small, large) = (note(30 << 20), note(40 << 20));
    let with = |notes: &[(&str, &str)]| {
        let files = [
            ("main.flow", flow),
            ("flow.toml", config),
            ("functions/work.py", WORK),
            ("requirements.txt", "numpy\n"),
        ];
        let folder = folder(&[&files, notes].concat());
        flowc(folder.path(), &["check", "DIR", "--env", "far", "--headroom"])
    };
    let fits = with(&[(".cache/one/flow-complete", &small)]);
    assert_eq!((fits.exit, fits.err.as_str()), (Exit::Clean, ""));
    let row = fits
        .out
        .lines()
        .find(|line| line.contains("code_size"))
        .expect("a row");
    assert!(
        row.contains("84 %") && row.contains("its packages alone 30MiB"),
        "{row}"
    );

    // Of two versions of Python the platform may have either.
    let notes = [
        (".cache/one/flow-complete", &*small),
        (".cache/two/flow-complete", &*large),
        (".cache/broken/flow-complete", "{"),
        (".cache/half/lib/x", ""),
    ];
    let over = with(&notes);
    assert_eq!(over.exit, Exit::Findings);
    for words in [
        "limits/code-size",
        "is up to 40.0MiB as a zip with its packages",
        "53.3MiB as base64 text",
    ] {
        assert!(over.out.contains(words), "{}", over.out);
    }
}
