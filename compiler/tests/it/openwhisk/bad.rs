//! What is no deployment of OpenWhisk: a place and a reason, whatever the bytes.

use super::printed;
use crate::commands::{flowc, folder};
use flow_lang::format::format;
use flow_lang::parse::FILE_BYTES_MAX;
use flow_lang::span::SourceId;
use flowc::cli::Exit;
use flowc::openwhisk;
use proptest::prelude::*;
use std::fs;

/// The file is refused, and the message says each of these.
fn refused(file: &str, text: &str, says: &[&str]) {
    let ran = printed(file, text);
    assert_eq!(ran.exit, Exit::Findings, "{}", ran.out);
    assert!(ran.out.is_empty(), "{}", ran.out);
    for part in says {
        assert!(ran.err.contains(part), "{part}\n{}", ran.err);
    }
}

#[test]
fn a_mistake_has_its_place_and_a_way_out() {
    refused(
        "m.yaml",
        "packages:\n  p:\n    actions:\n      a:\n        functoin: a.js\n",
        &[
            "m.yaml:5:9",
            "the action `a` has no key `functoin`",
            "did you mean `function`?",
        ],
    );
    refused(
        "m.yaml",
        "packages:\n  p:\n    rules: [a, b]\n",
        &["m.yaml:3:12", "`rules` is not a mapping"],
    );
    refused(
        "m.yaml",
        "packages:\n  p:\n    actions:\n      a: { function: a.js, limits: { timeout: long } }\n",
        &["m.yaml:4:47", "`timeout` is not a whole number"],
    );
    refused(
        "m.yaml",
        "packages: {p: {rules: {r: {trigger: t}}}}\n",
        &["needs a trigger and an action"],
    );
    refused("m.yaml", "", &["nothing is deployed"]);
    refused("m.yaml", "a: [1\nb: 2\n", &["this is not YAML"]);
    refused(
        "deploy.sh",
        "wsk action create a 'a.js\n",
        &["deploy.sh:1:21", "this is never closed"],
    );
}

#[test]
fn what_cannot_be_read_ends_with_2() {
    let folder = folder(&[("big.yaml", &"# much\n".repeat(200_000))]);
    for (file, says) in [
        ("none.yaml", "cannot read"),
        ("big.yaml", "1000000 are allowed"),
        (".", "cannot read"),
    ] {
        let ran = flowc(folder.path(), &["import", &format!("DIR/{file}")]);
        assert_eq!(ran.exit, Exit::Unable, "{file}");
        assert!(ran.err.contains(says), "{}", ran.err);
    }
    fs::write(folder.path().join("bytes.yaml"), b"packages: \xff\xfe\n").expect("a file");
    let ran = flowc(folder.path(), &["import", "DIR/bytes.yaml"]);
    assert_eq!(ran.exit, Exit::Findings);
    assert!(ran.err.contains("syntax/encoding"), "{}", ran.err);
}

#[test]
fn nothing_is_overwritten() {
    let manifest = "packages: {p: {triggers: {t: {}}}}\n";
    let folder = folder(&[("m.yaml", manifest), ("flow.toml", "mine")]);
    let ran = flowc(folder.path(), &["import", "DIR/m.yaml", "-o", "DIR"]);
    assert_eq!(ran.exit, Exit::Unable);
    assert!(
        ran.err.contains("`DIR/flow.toml` is already there"),
        "{}",
        ran.err
    );
    assert!(!folder.path().join("main.flow").exists());
}

/// Whatever is read becomes a flow without a mistake of syntax, in the one style.
fn survives(text: &str) -> Result<(), TestCaseError> {
    for (deployment, report) in [
        openwhisk::read_manifest(SourceId(0), text),
        openwhisk::read_script(SourceId(0), text, &|_| None),
    ] {
        if report.has_errors() {
            continue;
        }
        let imported = openwhisk::write(&deployment, "m.yaml", "m");
        if imported.flow.len() > FILE_BYTES_MAX {
            continue;
        }
        for flow in [imported.flow.clone(), imported.alone()] {
            let formatted = format(SourceId(0), &flow);
            prop_assert!(
                formatted.as_ref() == Ok(&flow),
                "{}",
                flow.chars().take(2_000).collect::<String>()
            );
        }
        prop_assert!(imported.toml.parse::<toml::Table>().is_ok(), "{}", imported.toml);
    }
    Ok(())
}

const PIECES: &[&str] = &[
    "packages:\n  p:\n",
    "    actions:\n",
    "      a:\n",
    "        function: a.js\n",
    "        inputs: {\"x\\u202e\": \"\\u0007\", on: 1, 1a: 2}\n",
    "    rules:\n",
    "      \"r\\n}\": {trigger: t, action: a}\n",
    "    triggers:\n",
    "      t: {inputs: {a: {type: json, value: {b: [1, x]}}}}\n",
    "      t: {feed: /whisk.system/alarms/alarm, inputs: {cron: '* * * * *', trigger_payload: '{\"on\": 1e400}'}}\n",
    "    sequences: {s: {actions: \"a, s, a\"}}\n",
    "    apis: {x: {\"/b\": {\"/\": {a: get}}}}\n",
    "        web: raw\n",
    "wsk action create a a.js -p k v\n",
    "wsk trigger create \"t } {\" -f /whisk.system/cloudant/changes -p dbname 'a\"b'\n",
    "wsk rule create r t a\n",
    "$(",
    "`",
    "'",
    "\"",
    "&x ",
    "*x ",
    "<<: ",
    "- ",
    "? ",
    "|\n",
    "\t",
    "\r",
    "\u{202e}",
    "\u{feff}",
    "é",
    "#",
    "%",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read_to_its_end(text in "\\PC{0,200}") {
        survives(&text)?;
    }

    #[test]
    fn pieces_of_deployments_are_read_to_their_end(picks in prop::collection::vec(0..PIECES.len(), 0..24)) {
        let text: String = picks.into_iter().map(|pick| PIECES[pick]).collect();
        survives(&text)?;
    }
}

#[test]
fn what_would_grow_without_end_ends() {
    for unit in [
        "[",
        "{a: ",
        "- ",
        "? ",
        "&a ",
        "\"",
        "$(",
        "${",
        "wsk action create a ",
        "a: &a [*a, *a]\n",
    ] {
        let text = unit.repeat(900_000 / unit.len());
        survives(&text).expect("it is read to its end");
    }
    let mut script = "wsk action create a a.js\n".to_owned();
    for level in 0..2_000 {
        let before = if level == 0 {
            "a".to_owned()
        } else {
            format!("s{}", level - 1)
        };
        script += &format!(
            "wsk action create s{level} --sequence {before},{before}\nwsk rule create r{level} t s{level}\n"
        );
    }
    survives(&script).expect("it is read to its end");
}
