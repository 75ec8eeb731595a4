//! What is proved about a plan, on flows as people write them: each rule finds its mistake, and what looks alike is
//! fine.

use crate::cases;

/// Checks a case: the ids of all its findings, in order.
fn check(case: &str, ids: &[&str]) {
    let findings = cases::check(case);
    let found: Vec<_> = findings
        .lines()
        .filter_map(|line| line.split(' ').find(|word| word.contains('/')))
        .collect();
    assert_eq!(found, ids, "{case}\n{findings}");
}

/// An action that a rule uses, with a signature and further properties.
fn action(signature: &str, properties: &str, call: &str) -> String {
    format!(
        "{signature} {{ runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\"{properties} }} \
         rule use: on fired(e) {{ {call} }}"
    )
}

#[test]
fn limits() {
    let with = |properties: &str| action("action a({ n: int })", properties, "a(e)");
    check(&with(", timeout: 6m"), &["limits/timeout"]);
    check(&with(", timeout: 5m"), &[]);
    check(&with(", memory: 1GiB"), &["limits/memory"]);
    check(&with(", memory: 512MiB"), &[]);
    check(&with(", logs: 11MiB"), &["limits/logs"]);
    check(&with(", logs: 10MiB"), &[]);
    let takes = |ty: &str, value: &str| {
        action(
            &format!("action a({{ v: {ty} }})"),
            "",
            &format!("a({{ v: {value} }})"),
        )
    };
    check(&takes("text<1MiB>", "\"x\""), &["limits/payload"]);
    check(&takes("text", "\"x\""), &["limits/payload-unproved"]);
    check(&takes("text<64KiB>", "\"x\""), &[]);
    let gives = |ty: &str| action(&format!("action a({{ n: int }}) -> {{ v: {ty} }}"), "", "a(e)");
    check(&gives("[float; 50000]"), &["limits/result"]);
    check(&gives("[float; 5000]"), &[]);
    check(&gives("blob<\"image/png\", 2GiB>"), &[]);
}

#[test]
fn loops() {
    let more = "dataset other: Row  package box = objects<{ image: blob<\"image/png\", 1MiB> }>  trigger seen from box.created \
                job fill({ n: int }) { command: [\"python\", \"scans.py\"], code: \"jobs\", writes: [box] } \
                rule idle: on daily { append { n: 1 } to other  fill({ n: 1 }) }  rule saw: on seen { say({ message: \"x\" }) } ";
    let check = |rules: &str, ids: &[&str]| check(&format!("{more}{rules}"), ids);
    check("rule a: on seen { fill({ n: 1 }) }", &["graph/trigger-loop"]);
    check("rule a: on seen with { rate: 10/h } { fill({ n: 1 }) }", &[]);
    check(
        "rule a: on other.grew(rows: 1) { append { n: 1 } to rows }  rule b: on rows.grew(rows: 1) { append { n: 1 } to other }",
        &["graph/trigger-loop"],
    );
    check(
        "rule a: on other.grew(rows: 1) { append { n: 1 } to rows }  rule b: on rows.grew(rows: 2) { append { n: 1 } to other }",
        &[],
    );
    check(
        "rule a: on seen { append { n: 1 } to other }  rule b: on other.grew(rows: 900) { fill({ n: 1 }) }",
        &["graph/trigger-loop"],
    );
    check(
        "rule a: on seen { append { n: 1 } to other }  rule b: on daily { fill({ n: 1 }) }",
        &[],
    );
    check(
        "rule a: on other.grew(rows: 2) { when f({ n: 1 }).s > 0.5 { append { n: 1 } to other } else { append { n: 2 } to other } }",
        &[],
    );
}

#[test]
fn gates() {
    let deploys = |body: &str, ids: &[&str]| {
        let body = format!("let new = fit({{ d: rows.snapshot() }})  {body}");
        check(
            &format!("rule r: on daily with {{ overlap: queue }} {{ {body} }}"),
            ids,
        );
    };
    deploys("deploy new to m", &["ml/ungated-deploy"]);
    deploys(
        "let old = judge({ m: m.live, d: rows.snapshot() })  when (old.a ?? 0.0) > 0.5 { deploy new to m }",
        &["ml/ungated-deploy"],
    );
    deploys(
        "let one = judge({ m: new, d: rows.snapshot() })  when one.a > 0.5 { say({ message: \"good\" }) }  deploy new to m",
        &["ml/ungated-deploy"],
    );
    deploys(
        "let one = judge({ m: new, d: rows.snapshot() })  when one.a > 0.5 { deploy new to m }",
        &[],
    );
    deploys(
        "let one = judge({ m: new, d: rows.snapshot() })  let same = new  \
         when one.a > 0.5 { when one.a > 0.9 { deploy same to m } }",
        &[],
    );
    deploys(
        "let old = judge({ m: m.live, d: rows.snapshot() })  let one = judge({ m: new, d: rows.snapshot() }) \
         when one.a <= (old.a ?? 0.0) { say({ message: \"kept\" }) } else { deploy new to m }",
        &[],
    );
}

#[test]
fn code_and_effects() {
    let code = |folder: &str, entry: &str, runtime: &str| {
        format!(
            "action a({{ n: int }}) {{ runtime: \"{runtime}\", code: \"{folder}\", entry: \"{entry}\" }} \
             rule use: on fired(e) {{ a(e) }}"
        )
    };
    check(&code("functions", "mail.notify", "python:3.12"), &[]);
    check(&code("functions", "main", "python:3"), &[]);
    check(&code("function", "mail.notify", "python:3"), &["code/missing"]);
    check(&code("functions", "male.notify", "python:3"), &["code/missing"]);
    check(&code("functions", "mail.notice", "python:3"), &["code/entry"]);
    check(&code("functions", "predict.predict", "python:3"), &["code/entry"]);
    check(&code("functions", "mail.notify", "cobol:1"), &["code/runtime"]);
    check(
        &action("action a({ n: int })", ", attempts: 2", "a(e)"),
        &["effects/retry-not-idempotent"],
    );
    check(
        &action("idempotent action a({ n: int })", ", attempts: 2", "a(e)"),
        &[],
    );
    check(&action("action a({ n: int })", ", attempts: 1", "a(e)"), &[]);
}
