//! What a person sees.

use super::*;
use crate::report::Code;

const PLAIN: Style = Style {
    colour: false,
    width: 80,
};

fn at(sources: &Sources, id: SourceId, word: &str) -> Span {
    let start = sources.get(id).text.find(word).expect("the word is in the text");
    Span::new(id, start, start + word.len())
}

#[test]
fn a_report_shows_every_place_what_to_do_and_a_count() {
    let mut sources = Sources::default();
    let main = sources.add(
        "a/main.flow",
        "flow a\n\npure action f() {\n  timeout: 20m\n}\n\nrule f: on f { f() }\n",
    );
    let lib = sources.add("a/lib.flow", "type T = int\n");
    let mut report = Report::default();
    report.add(
        Finding::new(
            Code::LimitsTimeout,
            at(&sources, main, "20m"),
            "`f` may take 20m; `process` allows 5m",
        )
        .label("20m")
        .also(at(&sources, main, "pure"), "this action")
        .also(at(&sources, lib, "T"), "and this type")
        .help("make it a `job`"),
    );
    report.add(Finding::new(
        Code::NamesDuplicate,
        at(&sources, main, "f: on"),
        "`f` is declared twice",
    ));
    report.add(Finding::new(Code::NamesUnused, Span::new(lib, 13, 13), "`T` is unused").warning());
    insta::assert_snapshot!(render(&report, &sources, PLAIN));
}

#[test]
fn nothing_is_printed_for_a_clean_report() {
    assert_eq!(render(&Report::default(), &Sources::default(), PLAIN), "");
}

#[test]
fn source_text_cannot_steer_the_terminal() {
    let mut sources = Sources::default();
    let evil = "\u{1b}]0;x\u{7}\u{1b}[2J\u{202e}\u{200b}\u{9b}31m\r";
    let id = sources.add(
        format!("{evil}.flow"),
        format!("flow a\r\n// {evil}\r\ntrigger  t\r\n"),
    );
    let span = at(&sources, id, "trigger");
    let mut report = Report::default();
    report.add(
        Finding::new(Code::NamesUnused, span, format!("`{evil}` is bad"))
            .label(evil)
            .also(at(&sources, id, "flow"), evil)
            .help(evil),
    );
    let shown = render(&report, &sources, PLAIN);
    for c in evil.chars().filter(|c| !c.is_ascii_graphic()) {
        assert!(!shown.contains(c), "{c:?} is printed:\n{shown}");
    }
    let marked = shown
        .lines()
        .skip_while(|line| !line.contains("trigger"))
        .nth(1)
        .expect("a line of marks under the excerpt");
    assert!(marked.contains("───┬───"), "the mark is seven wide:\n{shown}");
}

#[test]
fn colours_are_used_only_when_asked_for() {
    let mut sources = Sources::default();
    let id = sources.add("a.flow", "flow a");
    let mut report = Report::default();
    report.add(Finding::new(Code::NamesUnused, Span::new(id, 5, 6), "`a`"));
    assert!(!render(&report, &sources, PLAIN).contains('\u{1b}'));
    let colour = Style {
        colour: true,
        ..PLAIN
    };
    assert!(render(&report, &sources, colour).contains("\u{1b}["));
}

/// What nobody would read to its end is counted: errors are shown before warnings.
#[test]
fn of_very_many_findings_a_hundred_are_shown_and_all_are_counted() {
    let text = "secret k\n".repeat(1_000);
    let mut sources = Sources::default();
    let id = sources.add("a.flow", text);
    let mut report = Report::default();
    for line in 0..250 {
        let span = Span::new(id, line * 9, line * 9 + 6);
        let code = if line % 5 == 0 {
            Code::NamesDuplicate
        } else {
            Code::NamesUnused
        };
        report.add(Finding::new(code, span, format!("number {line}")));
    }
    let shown = render(
        &report,
        &sources,
        Style {
            colour: false,
            width: 80,
        },
    );
    assert_eq!(shown.matches("number ").count(), 100);
    assert!(shown.contains("a.flow:246:1"), "{shown}");
    assert!(
        shown.ends_with(
            "50 errors, 200 warnings (150 are not shown); `flowc explain ID` says more about each\n"
        )
    );
}

/// A megabyte in one line, as programs write it: each place is shown with what is around it.
#[test]
fn of_a_line_that_nobody_reads_what_is_around_a_place_is_shown() {
    let mut sources = Sources::default();
    let text = format!(
        "flow a\n{}(first){}(last){}\nrule b\n",
        "x".repeat(400_000),
        "é".repeat(200_000),
        "z".repeat(200_000)
    );
    let id = sources.add("a.flow", text);
    let mut report = Report::default();
    report.add(
        Finding::new(Code::SyntaxUnclosed, at(&sources, id, "(first)"), "one")
            .label("here")
            .also(at(&sources, id, "(last)"), "and there"),
    );
    let whole = Span::new(id, 7, 900_000);
    report.add(Finding::new(Code::TypesMismatch, whole, "all of it"));
    report.add(Finding::new(Code::NamesUnused, at(&sources, id, "rule"), "below"));
    insta::assert_snapshot!(render(&report, &sources, PLAIN));
}
