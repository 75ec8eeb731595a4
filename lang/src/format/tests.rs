//! What becomes of texts.

use super::*;
use crate::parse::layout::layout;
use proptest::prelude::*;

fn done(text: &str) -> String {
    format(SourceId(0), text).unwrap_or_else(|findings| panic!("{text}\n{findings:?}"))
}

fn check(text: &str, expected: &str) {
    assert_eq!(done(text), expected);
    assert_eq!(done(expected), expected, "a second time");
}

#[test]
fn blanks_are_set_anew() {
    check("flow   a\n\n\n\ntrigger t:Row", "flow a\n\ntrigger t: Row\n");
    check(
        "type A{n:int <0 .. 9>,m :[float;64]? }",
        "type A { n: int<0..9>, m: [float; 64]? }\n",
    );
    check(
        "type A={x:model< In,Out >}type B=text",
        "type A = { x: model<In, Out> }\ntype B = text\n",
    );
    check(
        "package p=objects < Row >{a:1}",
        "package p = objects<Row> { a: 1 }\n",
    );
    check(
        "trigger t from p . created at most   40/s",
        "trigger t from p.created at most 40/s\n",
    );
    check(
        "rule r:on t(e)if e.n<- 4 and not(e.n>2){f( {a:-1} )}",
        "rule r: on t(e) if e.n < -4 and not (e.n > 2) { f({ a: -1 }) }\n",
    );
    check(
        "rule r: on t { a.to(1) |>b|> c.d (2) ?? 3 }",
        "rule r: on t { a.to(1) |> b |> c.d(2) ?? 3 }\n",
    );
    check("type U = \"a\"|\"b\"", "type U = \"a\" | \"b\"\n");
    check("rule r: on t {}", "rule r: on t {}\n");
    check("model m: A->B{scale:0 ..8}", "model m: A -> B { scale: 0..8 }\n");
    check("", "");
}

#[test]
fn lines_stay_and_are_indented_by_brackets() {
    check(
        "rule r: on t(e)\nwith {\nrate: 10/h }\n{\n\nlet a = f({\nx: 1\n})\n\n\nwhen a.ok { g(a\n|> h) } else {\nk()\n}\n\n}",
        "rule r: on t(e)\n  with {\n    rate: 10/h }\n{\n  let a = f({\n    x: 1\n  })\n\n  when a.ok { g(a\n      |> h) } else {\n    k()\n  }\n}\n",
    );
}

#[test]
fn neighbours_have_columns() {
    check(
        "action f() {\nruntime: \"a\"\ncode: \"b\"\nmemory: 1MiB, timeout: 1s\nlogs: 1MiB // few\n}\ntrigger a // one\ntrigger abc   //two",
        "action f() {\n  runtime: \"a\"\n  code:    \"b\"\n  memory: 1MiB, timeout: 1s\n  logs: 1MiB  // few\n}\ntrigger a    // one\ntrigger abc  //two\n",
    );
}

#[test]
fn comments_stay() {
    check(
        "// first\n\n/// A row.\n   type A {  // of numbers\n // inside\n n: int }\n// last",
        "// first\n\n/// A row.\ntype A {  // of numbers\n  // inside\n  n: int }\n// last\n",
    );
}

#[test]
fn a_file_with_a_mistake_stays_as_it_is() {
    let findings = format(SourceId(0), "rule r: on t { f( }").expect_err("a bracket is open");
    assert!(!findings.is_empty());
}

const SAMPLE: &str = include_str!("../../../examples/digits/main.flow");

/// The sample with other blanks where blanks are, and where none have to be.
fn shaken() -> impl Strategy<Value = String> {
    let marks = layout(SAMPLE).expect("the example is sound");
    let count = marks.len();
    let blanks = prop::sample::select(vec![" ", "  ", "\n", "\n\n\n", " \t ", "\r\n", "  // note\n"]);
    prop::collection::vec(blanks, count).prop_map(move |blanks| {
        let mut text = String::new();
        let mut end = 0;
        for (mark, blank) in marks.iter().zip(blanks) {
            let (before, own) = (&SAMPLE[end..mark.start], &SAMPLE[mark.start..mark.end]);
            text.push_str(if before.is_empty() { before } else { blank });
            text.push_str(own);
            end = mark.end;
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn tokens_and_comments_stay_and_a_second_time_changes_nothing(text in shaken()) {
        let once = done(&text);
        prop_assert_eq!(&done(&once), &once);
        let words = |text: &str| {
            let marks = layout(text).expect("it is sound");
            marks.iter().map(|mark| text[mark.start..mark.end].to_owned()).collect::<Vec<_>>()
        };
        prop_assert_eq!(words(&once), words(&text));
        prop_assert_eq!(once.matches("// note").count(), text.matches("// note").count());
    }
}
