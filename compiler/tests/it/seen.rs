//! What a person sees of hard texts: in narrow and in wide terminals, with colours, and with characters that are wide,
//! invisible or meant for the terminal.

use crate::commands::{Ran, flowc, flowc_on, folder};
use crate::outputs::log;
use flowc::cli::{Exit, Terminal};
use std::process::Command;
use tempfile::TempDir;

/// Each line with a mistake has something before it that makes columns hard to count.
const HARD: &str = "flow hard\n\
    \n\
    // 你好，世界 👋🏽 — ünï ❤\n\
    trigger asked: { name: text<64B>, size: int<0..9>? }\n\
    action say({ message: text<64B>, level: int<1..3> = 2 }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.send\" }\n\
    \n\
    rule tabs: on asked(q) {\n\
    \t\tsay({ message: \"a\tb\", level: 9 })\n\
    \tsay({ message: q.nam })\t// behind it\n\
    }\n\
    rule wide: on asked(q) { say({ message: \"你好，世界\", level: 9 }) }\n\
    rule emoji: on asked(q) { say({ message: \"👋🏽 👩 🇩🇪 e\u{301}\", levl: 1 }) }\n\
    rule lines: on asked(q) {\n  \
      let word = when (q.size ?? 0) > 3 {\n    \
        \"large\"\n  \
      } else {\n    \
        4\n  \
      }\n  \
      say({ message: word })\n\
    }\n\
    rule bell: on asked(q) { say({ message: \"ring \u{7}\u{1b}[31mred\", level: 2 }) }\n\
    // reversed: \u{202e} and nothing\u{200b}\n";

const CODE: &str = "def send(args):\n    return {}\n";

fn hard() -> TempDir {
    folder(&[("hard.flow", HARD), ("functions/mail.py", CODE)])
}

fn seen(width: usize, colour: bool) -> String {
    let terminal = Terminal {
        width,
        colour_out: colour,
        colour_err: colour,
    };
    let ran = flowc_on(hard().path(), &["check", "DIR/hard.flow"], terminal);
    assert_eq!((ran.exit, ran.err.as_str()), (Exit::Findings, ""));
    ran.out.replace("DIR/", "")
}

/// What acts on a terminal is spelled out, so that it can be seen in a snapshot.
fn spelled(text: &str) -> String {
    text.replace('\u{1b}', "␛")
}

#[test]
fn findings_read_in_terminals_of_any_width() {
    insta::assert_snapshot!("seen_40", seen(40, false));
    insta::assert_snapshot!("seen_80", seen(80, false));
    insta::assert_snapshot!("seen_160", seen(160, false));
}

#[test]
fn colours_change_nothing_but_colours() {
    let colourful = seen(80, true);
    insta::assert_snapshot!("seen_colours", spelled(&colourful));
    let mut plain = String::new();
    let mut rest = colourful.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain += before;
        let end = after.find('m').expect("a colour ends");
        assert!(
            after[..end].chars().all(|c| c.is_ascii_digit() || c == ';'),
            "{after}"
        );
        rest = &after[end + 1..];
    }
    plain += rest;
    assert_eq!(plain, seen(80, false));
}

#[test]
fn programs_see_the_same_places() {
    let folder = hard();
    let github = flowc(folder.path(), &["check", "DIR/hard.flow", "--format", "github"]);
    insta::assert_snapshot!("seen_github", github.out);
    let sarif = flowc(folder.path(), &["check", "DIR/hard.flow", "--format", "sarif"]);
    let results = log(&sarif)["runs"][0]["results"].clone();
    insta::assert_snapshot!("seen_sarif", format!("{results:#}"));
    // People are told the same lines and columns, counted in characters of the file.
    let human = seen(80, false);
    let value = |line: &str, key: &str| {
        let rest = line.split_once(&format!("{key}="))?.1;
        Some(rest.split(',').next()?.to_owned())
    };
    for line in github.out.lines() {
        let (at, column) = (value(line, "line"), value(line, ",col"));
        if let (Some(at), Some(column)) = (at, column) {
            assert!(human.contains(&format!("[hard.flow:{at}:{column}]")), "{line}");
        }
    }
    let page = flowc(folder.path(), &["explain", "syntax/encoding"]);
    assert!(page.out.contains("\\u{202e}"), "{}", page.out);
    for Ran { out, .. } in [github, sarif, page] {
        assert!(
            !out.contains(['\u{7}', '\u{1b}', '\u{202e}', '\u{200b}']),
            "{out}"
        );
    }
}

/// A megabyte in one line, and words of a hundred thousand bytes in it.
#[test]
fn a_flow_of_one_line_is_told_in_lines_that_can_be_read() {
    let words = "x".repeat(450_000);
    let text = format!(
        "flow one trigger asked: {{ name: text<64B> }} action say({{ message: text<64B> }}) {{ runtime: \"python:3\", code: \
         \"functions\", entry: \"mail.send\" }} rule a: on asked(q) {{ say({{ message: \"{words}\" }}) }} \
         rule b: on asked(q) {{ say({{ message: \"{words}\", levl: 2 }}) }} rule c: on askd(q) {{ say(q) }}"
    );
    let folder = folder(&[("one.flow", &text), ("functions/mail.py", CODE)]);
    let human = flowc(folder.path(), &["check", "DIR/one.flow"]);
    insta::assert_snapshot!("seen_one_line", human.out.replace("DIR/", ""));
    for format in ["json", "github", "sarif"] {
        let ran = flowc(folder.path(), &["check", "DIR/one.flow", "--format", format]);
        assert!(ran.out.len() < 100_000, "{format} prints {} bytes", ran.out.len());
    }
}

#[test]
fn the_environment_says_whether_there_are_colours() {
    let folder = hard();
    let coloured = |settings: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowc"));
        command.arg("check").arg(folder.path().join("hard.flow"));
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        let output = command.envs(settings.iter().copied()).output().expect("it runs");
        assert_eq!(output.status.code(), Some(1));
        output.stdout.contains(&0x1b)
    };
    assert!(!coloured(&[]), "a pipe is no terminal");
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "0")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")]));
}
