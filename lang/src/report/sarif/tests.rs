//! What a log says; the tests of the compiler hold it against the schema.

use super::*;

#[test]
fn a_path_is_a_reference_that_leads_back_to_it() {
    for (path, expected) in [
        ("a/main.flow", "a/main.flow"),
        ("../b.flow", "../b.flow"),
        ("c:d/50% of ä?#.flow", "c%3Ad/50%25%20of%20%C3%A4%3F%23.flow"),
        ("a\n\u{1b}.flow", "a%0A%1B.flow"),
        ("/tmp/a b.flow", "file:///tmp/a%20b.flow"),
    ] {
        assert_eq!(uri(Path::new(path)), expected);
    }
}

#[test]
fn a_rule_is_told_once_with_its_page() {
    let mut sources = Sources::default();
    let id = sources.add("a.flow", "flow ä b\nrule\n");
    let mut report = Report::default();
    for code in [Code::NamesUnknown, Code::NamesUnused, Code::NamesUnknown] {
        report.add(Finding::new(code, Span::new(id, 8, 13), "a fact"));
    }
    let mut sarif = Sarif::default();
    sarif.add(&report, &sources);
    sarif.add(&report, &sources);
    let log = sarif.log("1.2.3");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), 2);
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 6);
    for result in results {
        let rule = result["ruleIndex"]
            .as_u64()
            .and_then(|at| usize::try_from(at).ok());
        assert_eq!(rules[rule.expect("an index")]["id"], result["ruleId"]);
    }
    assert_eq!(
        results[0]["locations"][0]["physicalLocation"]["region"],
        json!({ "startLine": 1, "startColumn": 8, "endLine": 2, "endColumn": 4 })
    );
}

#[test]
fn every_page_has_a_beginning_and_something_to_do() {
    for (code, info) in crate::report::CODES {
        let rule = rule(*code);
        for part in ["fullDescription", "help"] {
            let text = rule[part]["text"].as_str().expect("a text");
            let is_prose = !text.is_empty() && !text.contains("\n#") && !text.starts_with('#');
            assert!(is_prose, "{}: {part}: {text}", info.id);
        }
    }
}

#[test]
fn a_message_holds_no_character_that_acts() {
    let mut sources = Sources::default();
    let evil = "\u{1b}[2J\u{9b}31m\u{7f}\u{202e}";
    let id = sources.add(evil, "flow a\n");
    let span = Span::new(id, 0, 4);
    let mut report = Report::default();
    report.add(
        Finding::new(Code::NamesUnknown, span, evil)
            .label(evil)
            .also(span, evil)
            .help(evil),
    );
    let mut sarif = Sarif::default();
    sarif.add(&report, &sources);
    let shown = format!("{:#}", sarif.log("1"));
    let acts = |c: &char| *c != '\n' && escape::is_unsafe(*c);
    assert_eq!(shown.chars().find(acts), None, "{shown}");
}
