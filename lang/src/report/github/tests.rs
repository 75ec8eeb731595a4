//! What GitHub reads.

use super::*;
use crate::report::Code;

/// The text of a part of a command, as GitHub decodes it.
fn decoded(text: &str) -> String {
    let codes = [
        ("%2C", ","),
        ("%3A", ":"),
        ("%0A", "\n"),
        ("%0D", "\r"),
        ("%25", "%"),
    ];
    let replace = |text: String, (code, c): &(&str, &str)| text.replace(code, c);
    codes.iter().fold(text.to_owned(), replace)
}

#[test]
fn a_finding_is_one_line_with_what_to_do_and_further_places() {
    let mut sources = Sources::default();
    let main = sources.add("a/main.flow", "flow ä b\nrule\nr\n");
    let lib = sources.add("a/lib.flow", "type T = int\n");
    let mut report = Report::default();
    report.add(
        Finding::new(Code::NamesUnknown, Span::new(main, 8, 9), "no `b`")
            .label("not marked by GitHub")
            .also(Span::new(lib, 5, 6), "this type")
            .help("write `T`"),
    );
    report.add(Finding::new(Code::NamesUnused, Span::new(main, 10, 16), "unused").warning());
    assert_eq!(
        github(&report, &sources),
        "::error file=a/main.flow,line=1,col=8,endLine=1,endColumn=9,title=names/unknown::\
         no `b`%0Awrite `T`%0Aa/lib.flow:1:6: this type\n\
         ::warning file=a/main.flow,line=2,endLine=3,title=names/unused::unused\n"
    );
    assert_eq!(github(&Report::default(), &sources), "");
}

#[test]
fn a_text_can_neither_end_its_line_nor_begin_another_command() {
    let path = "50%,a:b\r\n::error::c.flow";
    let mut sources = Sources::default();
    let id = sources.add(path, "flow a\n");
    let mut report = Report::default();
    let message = "100%25\r\n::stop-commands::x\n\u{1b}[2J\u{9b}\u{7f}\u{202e}\t";
    report.add(Finding::new(Code::NamesUnknown, Span::new(id, 0, 4), message));
    let out = github(&report, &sources);
    assert_eq!(out.matches('\n').count(), 1, "{out}");
    let line = out.trim_end_matches('\n');
    assert!(!line.chars().any(escape::is_unsafe), "{out:?}");
    let (head, text) = line[2..].split_once("::").expect("a command has a message");
    assert_eq!(
        decoded(text),
        "100%25\r\n::stop-commands::x\n\\u{1b}[2J\\u{9b}\\u{7f}\\u{202e}\\u{9}"
    );
    let file = head
        .split([' ', ','])
        .find_map(|part| part.strip_prefix("file="))
        .expect("a file");
    assert_eq!(decoded(file), path);
}
