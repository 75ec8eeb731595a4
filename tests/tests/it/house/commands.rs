//! What the commands say of themselves, as a page.

use flow_tests::tree;
use flowc::cli::{Console, Exit, Terminal, run};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

const HEAD: &str = "\
# Commands

What `flowc help` and `flowd help` print, command by command.
<!-- Generated: `INSTA_UPDATE=always cargo test -p flow-tests --test it commands`; a test compares. -->
";

/// Asks a program, and gives what it prints.
type Ask = fn(&[&str]) -> String;

fn flowd(args: &[&str]) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_flowd-probed"))
        // It calls itself as it was called.
        .arg0("flowd")
        .args(args)
        .env_remove("COLUMNS")
        .output()
        .expect("the program starts");
    assert!(out.status.success(), "flowd {args:?}");
    String::from_utf8(out.stdout).expect("UTF-8")
}

fn flowc(args: &[&str]) -> String {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let terminal = Terminal {
        width: 100,
        colour_out: false,
        colour_err: false,
    };
    let mut console = Console {
        out: &mut out,
        err: &mut err,
        terminal,
        cache: None,
    };
    let args = [&["flowc"], args].concat().into_iter().map(OsString::from);
    assert_eq!(run(args, &mut console), Exit::Clean);
    String::from_utf8(out).expect("UTF-8")
}

/// The commands that a help lists.
fn listed(help: &str) -> Vec<String> {
    let (_, rest) = help.split_once("Commands:\n").unwrap_or_default();
    rest.lines()
        .take_while(|line| !line.is_empty())
        // A name stands two columns in; the lines of its text farther.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

fn told(page: &mut String, name: &str, ask: Ask, path: &[&str]) {
    let help = ask(&[path, &["--help"]].concat());
    let title = [&[name], path].concat().join(" ");
    let level = "#".repeat(path.len().min(2) + 2);
    let help: Vec<_> = help.lines().map(str::trim_end).collect();
    let help = help.join("\n");
    *page += &format!("\n{level} `{title}`\n\n```text\n{}\n```\n", help.trim());
    for inner in listed(&help) {
        told(page, name, ask, &[path, &[&inner]].concat());
    }
}

#[test]
fn the_page_of_commands_is_what_they_say() {
    let mut page = HEAD.to_owned();
    told(&mut page, "flowc", flowc, &[]);
    told(&mut page, "flowd", flowd, &[]);
    let path = tree::root().join("docs/reference/commands.md");
    if std::env::var_os("INSTA_UPDATE").is_some_and(|how| how == "always") {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == page,
        "stale: INSTA_UPDATE=always cargo test -p flow-tests --test it commands"
    );
}
