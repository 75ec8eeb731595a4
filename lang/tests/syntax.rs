//! What the parser promises: the example parses, and broken input is told in words that help.

use flow_lang::parse::parse;
use flow_lang::report::Report;
use flow_lang::span::Sources;

/// `line:column id message | help`, one line a finding.
fn told(text: &str) -> String {
    let mut sources = Sources::default();
    let source = sources.add("a.flow", text);
    let report = Report {
        findings: parse(source, text).1,
    };
    let lines = report.sorted().findings.into_iter().map(|finding| {
        let place = sources.start(finding.span);
        let labels: String = finding
            .labels
            .iter()
            .map(|label| {
                let place = sources.start(label.span);
                format!(" [{}:{} {}]", place.line, place.column, label.text)
            })
            .collect();
        format!(
            "{}:{} {} {}{labels} | {}",
            place.line,
            place.column,
            finding.code.info().id,
            finding.message,
            finding.help.as_deref().unwrap_or("-")
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Each file of `broken/` is cases apart by lines of `====`; all of them with what is told make one snapshot.
#[test]
fn broken_input_is_told_in_words_that_help() {
    let cases = include_str!("fixtures/broken.txt");
    let all: Vec<String> = cases
        .split("====\n")
        .map(|case| format!("{case}----\n{}\n", told(case)))
        .collect();
    insta::assert_snapshot!(all.join("====\n"));
}

#[test]
fn the_example_parses() {
    assert_eq!(told(include_str!("fixtures/digits.flow")), "");
}
