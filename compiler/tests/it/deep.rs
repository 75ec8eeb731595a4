//! Whatever is nested or chained a hundred thousand times ends with a finding or with a plan, on a small stack.

use crate::project::findings;
use flow_lang::format::format;
use flow_lang::parse::parse;
use flow_lang::span::SourceId;

/// The stack of a thread that nobody has asked for more.
const STACK_BYTES: usize = 2 << 20;

/// Runs on such a stack.
fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(work);
    let thread = thread.expect("a thread starts");
    thread.join().expect("whatever the text, nothing panics")
}

/// The ids of what is found, each once.
fn ids(text: String) -> Vec<String> {
    on_a_small_stack(move || {
        let _ = format(SourceId(0), &text);
        let found = findings(&text);
        let words = found.lines().filter_map(|line| {
            line.split(' ')
                .find(|word| word.contains('/') && !word.contains(':'))
                .map(str::to_owned)
        });
        let ids: std::collections::BTreeSet<String> = words.collect();
        ids.into_iter().collect()
    })
}

#[test]
fn a_million_brackets_are_one_finding() {
    for bracket in ["(", "[", "{"] {
        let found = on_a_small_stack(move || parse(SourceId(0), &bracket.repeat(1_000_000)).1);
        let ids: Vec<_> = found.iter().map(|finding| finding.code.info().id).collect();
        assert_eq!(ids, ["syntax/nesting"], "{bracket}");
    }
    let pairs = [("(", ")"), ("[", "]"), ("{ a: ", "}")];
    for (open, close) in pairs {
        let count = 1_000_000 / (open.len() + close.len()) - 20;
        let text = format!("type A = {}{}", open.repeat(count), close.repeat(count));
        assert_eq!(ids(text), ["syntax/nesting"], "{open}");
    }
}

#[test]
fn what_is_chained_a_hundred_thousand_times_ends() {
    const HEAD: &str = "flow deep type Row { n: int<0..9> } trigger fired: Row \
        pure action f({ n: int<0..9> }) -> { n: int<0..9> } { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }\n\
        action g({ all: [int] }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }\n";
    let check = |body: &str, link: &str, end: &str, expected: &[&str]| {
        let room = (900_000 / link.len()).min(100_000);
        let text = format!("{HEAD}{body}{}{end}", link.repeat(room));
        assert_eq!(ids(text), expected, "{link}");
    };
    const RULE: &str = "rule r: on fired(e) { g({ all: [1] }) ";
    let rule = |rest: &str| format!("{RULE}{rest}");
    let deep: &[&str] = &["syntax/nesting"];
    // The plan is made; only the list has no bound.
    let unproved: &[&str] = &["limits/payload-unproved"];
    check(&rule("f({ n: e"), ".n", " }) }", deep);
    check(&rule("f({ n: 1"), " + 1", " }) }", deep);
    check(&rule("f({ n: "), "-", "1 }) }", deep);
    check(&rule("when "), "not ", "true { f(e) } }", deep);
    check(&rule("e"), " |> f", " }", deep);
    check(&rule("f(e)"), " catch x => f(e)", " }", deep);
    check(
        &rule("when true { f(e) }"),
        " else when true { f(e) }",
        " }",
        deep,
    );
    check("type T = int", "?", " ", &["syntax/unexpected"]);
    check(
        "rule r: on fired(e)",
        " or fired(e)",
        " { f(e) g({ all: [1] }) }",
        unproved,
    );
    check(
        "rule r: on fired(e) { f(e) g({ all: [1",
        ", 1",
        "] }) }",
        unproved,
    );
}
