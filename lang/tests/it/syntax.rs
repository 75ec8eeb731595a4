//! What the parser promises: the example parses, and broken input is told in words that help.

use flow_lang::parse::parse;
use flow_lang::report::{CODES, Code, Edit, Report, edited, together};
use flow_lang::span::{SourceId, Sources};
use proptest::prelude::*;

const EXAMPLE: &str = include_str!("../../../examples/digits/main.flow");

/// What mutations are made of: each word and sign of the language, and some that are none.
const WORDS: &[&str] = &[
    "type", "T", "rule", "r", ":", "on", "t", "(", ")", "{", "}", "[", "]", "<", ">", "->", "=>", "|>", "??",
    "=", "==", "action", "pure", "f", "let", "v", "when", "else", "append", "to", "deploy", "catch",
    "return", "1", "1.5e3", "5m", "40/s", "$4", "10%", "0..9", "\"a\"", "\"", "\\", "'", ",", ";", "?", ".",
    "-", "*", "and", "not", "private", "blob", "reports", "canary", "for", "\n", "//", "///", "/*", "é",
    "\u{1}", "\r", "infer", "POST", "with", "dataset", "model", "é\n",
];

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
        let repaired: String = together([&finding])
            .get(&source)
            .map(|edits| lines_of(text, edits))
            .unwrap_or_default();
        format!(
            "{}:{} {} {}{labels} | {}{repaired}",
            place.line,
            place.column,
            finding.code.info().id,
            finding.message,
            finding.help.as_deref().unwrap_or("-")
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The lines that are other ones with the edits.
fn lines_of(text: &str, edits: &[&Edit]) -> String {
    let before: Vec<&str> = text.lines().collect();
    let after = edited(text, edits);
    let new = after.lines().filter(|line| !before.contains(line));
    new.map(|line| format!("\n    => {}", line.trim())).collect()
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
    assert_eq!(told(EXAMPLE), "");
}

/// Nothing here may panic, overflow the stack, or point outside of the text.
fn check_harmless(text: &str) {
    let mut sources = Sources::default();
    let source = sources.add("a.flow", text);
    let (file, findings) = parse(source, text);
    let spans = findings.iter().flat_map(|finding| {
        finding
            .labels
            .iter()
            .map(|label| label.span)
            .chain([finding.span])
    });
    for span in spans {
        sources.text(span);
    }
    // Every span of the tree, without a visitor that would have to be kept up to date.
    let tree = format!("{file:?}");
    for span in tree.split("start: ").skip(1) {
        let number = |text: &str| -> usize {
            let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().expect("a span prints its numbers")
        };
        let start = number(span);
        let end = number(span.split("end: ").nth(1).expect("a span has an end"));
        assert!(
            start <= end && text.get(start..end).is_some(),
            "{start}..{end} in {text:?}"
        );
    }
}

#[test]
fn depth_and_length_are_bounded() {
    let rule = |body: &str| format!("rule r: on t(x) {{ let v = {body} }}");
    let long = |piece: &str| piece.repeat(30_000);
    for text in [
        long("("),
        long("{"),
        rule(&long("(")),
        rule(&long("[")),
        rule(&long("f({ a: ")),
        rule(&long("- ")),
        rule(&long("not ")),
        rule(&format!("x{}", long(".a"))),
        rule(&format!("x{}", long(" |> f"))),
        rule(&format!("1{}", long(" + 1"))),
        rule(&format!("x{}", long(" catch e => y"))),
        rule(&format!("x{}", long(" catch e => {}"))),
        rule(&format!("when a {{}} {}", long("else when a {} "))),
        rule(&long("when ")),
        rule(&long("append ")),
        format!("type T = {}", long("dataset<")),
        format!("type T = {}int{}", "dataset<".repeat(1000), ">".repeat(1000)),
        format!("type T = int{}", long("?")),
        format!("type T = {} int", long("private ")),
        long("a"),
        long("\""),
        long("\u{202E}"),
        "x".repeat(1_000_001),
    ] {
        let (file, findings) = parse(SourceId(0), &text);
        assert!(!findings.is_empty() && findings.len() <= 100, "{:.40}", text);
        assert!(file.decls.is_empty());
    }
    // The deepest brackets and chains that are allowed, and what is long without being deep.
    for text in [
        rule(&format!("{}1{}", "(".repeat(63), ")".repeat(63))),
        rule(&format!("{}1{}", "f({ a: ".repeat(31), " })".repeat(31))),
        rule(&format!("{}1{}", "when c { ".repeat(63), " }".repeat(63))),
        rule(&format!("1{}", " + 1".repeat(100))),
        rule(&format!("[1{}]", ", 1".repeat(20_000))),
        format!("rule r: on t(x) {{ {} }}", long("f(x) ")),
        format!("type T = {}int{}", "{ a: ".repeat(64), " }".repeat(64)),
        "type T { a: int }\n".repeat(1000),
    ] {
        assert_eq!(parse(SourceId(0), &text).1, [], "{text:.60}");
    }
}

#[test]
fn at_most_a_hundred_findings() {
    assert_eq!(
        parse(SourceId(0), &"type T { a int }\n".repeat(1000)).1.len(),
        100
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_harmless(text in any::<String>()) {
        check_harmless(&text);
    }

    #[test]
    fn any_tokens_are_harmless(words in prop::collection::vec(prop::sample::select(WORDS), 0..60)) {
        check_harmless(&words.join(" "));
    }

    #[test]
    fn a_mutated_example_is_harmless(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, prop::sample::select(WORDS)), 1..5)
    ) {
        let mut text: Vec<char> = EXAMPLE.chars().collect();
        for (at, deleted, inserted) in edits {
            let at = at.index(text.len());
            let end = (at + deleted).min(text.len());
            text.splice(at..end, inserted.chars());
        }
        check_harmless(&text.into_iter().collect::<String>());
    }
}

/// The bad example of each page that belongs to the parser gives its finding once and nothing else; the good one gives
/// nothing.
#[test]
fn the_pages_show_what_they_say() {
    for (code, info) in CODES {
        if !info.id.starts_with("syntax/") && *code != Code::NamesIllegal {
            continue;
        }
        let blocks: Vec<&str> = info
            .page
            .split("```flow\n")
            .skip(1)
            .map(|rest| rest.split("```").next().expect("a block ends"))
            .collect();
        let [bad, good] = blocks[..] else {
            panic!("{} has {} blocks", info.id, blocks.len());
        };
        let findings = parse(SourceId(0), bad).1;
        let codes: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [*code], "{}", told(bad));
        assert_eq!(told(good), "");
    }
}

#[test]
fn the_names_of_broken_declarations_are_kept() {
    let text =
        "flow f;\npure action g({ a int })\ntype T { a: int }\nrule r: on (\nmodel m: A => B { a: é }\nx y";
    let file = parse(SourceId(0), text).0;
    let names = |idents: Vec<&str>| idents.join(" ");
    assert_eq!(file.flow.map(|flow| flow.name).as_deref(), Some("f"));
    assert_eq!(
        names(file.decls.iter().map(|decl| decl.name.name.as_str()).collect()),
        "T"
    );
    assert_eq!(
        names(file.unread.iter().map(|name| name.name.as_str()).collect()),
        "g r m"
    );
}

#[test]
fn an_invisible_character_goes_and_in_a_text_it_is_spelled_out() {
    for (text, repaired) in [
        ("flow a // b\u{202e}c", "flow a // bc"),
        ("flow a\u{200b}", "flow a"),
        ("flow\u{a0}a", "flow a"),
        ("flow a\u{0}\n", "flow a\n"),
        ("type T = \"a\u{1b}[2Jb\"", "type T = \"a\\u{1B}[2Jb\""),
        ("type T = 'a\u{2066}'", "type T = 'a\\u{2066}'"),
    ] {
        let findings = parse(SourceId(0), text).1;
        let encoding = findings
            .iter()
            .filter(|finding| finding.code != Code::SyntaxUnexpected || finding.message.contains("a blank"));
        let chosen = together(encoding);
        assert_eq!(edited(text, &chosen[&SourceId(0)]), repaired);
    }
}
