//! Whatever the text, the compiler ends and says what it found.

use crate::cases::check;
use crate::project::compile;
use proptest::prelude::*;
use std::fmt::Write as _;

const DIGITS: &str = include_str!("../../../examples/digits/main.flow");

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_flow_with_words_taken_out_or_doubled_is_still_read(cuts in prop::collection::vec((0..400_usize, any::<bool>()), 1..4)) {
        let mut words: Vec<&str> = DIGITS.split_inclusive(' ').collect();
        for (at, doubled) in cuts {
            let at = at % words.len();
            if doubled { words.insert(at, words[at]) } else { words.remove(at); }
        }
        let (_, checked) = compile(&words.concat());
        prop_assert_eq!(checked.plan.is_none(), checked.report.has_errors());
    }
}

#[test]
fn what_would_grow_without_end_is_refused() {
    let mut types = String::new();
    for depth in 0..40 {
        writeln!(types, "type T{depth} {{ a: T{0}, b: T{0} }}", depth + 1).expect("writes to a text");
    }
    types += "type T40 { a: int } trigger big: T0 rule r: on big { say({ message: \"x\" }) }";
    assert!(
        check(&types).contains("more than 10000 parts"),
        "{}",
        check(&types)
    );

    let deep: String = (0..5_000)
        .map(|depth| format!("type T{depth} {{ a: T{} }}\n", depth + 1))
        .collect();
    assert!(check(&deep).contains("64 deep"));

    let mut values = "let v0 = { a: e.n, b: e.n }\n".to_owned();
    for depth in 0..40 {
        writeln!(values, "let v{} = {{ a: v{depth}, b: v{depth} }}", depth + 1).expect("writes to a text");
    }
    let rule = format!("rule r: on fired(e) {{ {values} f({{ n: 1 }}) }}");
    assert!(check(&rule).contains("too often"), "{}", check(&rule));

    let mut prepares = String::new();
    for depth in 0..40 {
        let next = format!("p{}({{ n: n }})", depth + 1);
        writeln!(prepares, "prepare p{depth}({{ n: int<0..9> }}) -> Row {{ let a = {next} let b = {next} return {{ n: a.n, note: b.note }} }}")
            .expect("writes to a text");
    }
    prepares += "prepare p40({ n: int<0..9> }) -> Row { return { n: n } }";
    assert!(check(&prepares).contains("come together"), "{}", check(&prepares));

    let mut chains = String::new();
    for depth in 0..40 {
        writeln!(chains, "action c{depth} = c{0} |> c{0}", depth + 1).expect("writes to a text");
    }
    chains += "action c40 = same action same({ n: int<0..9> }) -> { n: int<0..9> } { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" } rule r: on fired(e) { c0(e) }";
    assert!(check(&chains).contains("come together"), "{}", check(&chains));
    let deep: String = (0..5_000)
        .map(|depth| format!("action c{depth} = c{}\n", depth + 1))
        .collect();
    let found = check(&format!("{deep} action c5000 = f"));
    assert!(found.contains("more than 64 compositions"), "{found}");
}

#[test]
fn what_uses_a_declaration_that_could_not_be_read_is_no_mistake() {
    let case = "action broken({ n: int }) { runtime: }  rule r: on fired(e) { broken(e) }";
    let found = check(case);
    assert!(
        found.starts_with("1:") && found.lines().count() == 1 && found.contains("syntax/"),
        "{found}"
    );
}

/// Names become parts of paths.
#[test]
fn a_name_ends_somewhere() {
    let longest = "a".repeat(128);
    let declared = |name: &str| format!("rule {name}: on fired(e) {{ f(e) }}");
    assert_eq!(check(&declared(&longest)), "");
    let found = check(&declared(&format!("{longest}a")));
    assert!(
        found.contains("names/illegal this name has 129 characters"),
        "{found}"
    );
    let found = check(&format!(
        "type T {{ {longest}a: int }} trigger q: T rule r: on q(e) {{ say({{ message: \"x\" }}) }}"
    ));
    assert!(
        found.contains("names/illegal this name has 129 characters"),
        "{found}"
    );

    let calls = |name: &str, next: &str| {
        format!(
            "prepare {name}({{ n: int<0..9> }}) -> Row {{ let {longest} = {next}({{ n: n }}) return {{ n: n }} }}"
        )
    };
    let prepares = [calls("p", "q"), calls("q", "s"), calls("s", "f")].concat();
    let found = check(&format!(
        "{prepares} rule r: on fired(e) {{ append p(e) to rows }}"
    ));
    assert!(found.contains("with those of what it is called by"), "{found}");
}
