//! What is refused or warned about: one mistake, one finding.

use crate::cases::check;

const CASES: &[&str] = &[
    // names
    "rule r: on fird(e) { f(e) }",
    "rule r: on fired(e) { g(e) }",
    "rule r: on fired(e) { f({ n: e.nn }) }",
    "rule r: on fired(e) { f(x) }",
    "rule r: on fired(e) { append e to row }",
    "rule r: on fired(e) { let s = f(e)  let s = f(e)  say({ message: \"x\" }) }",
    "rule r: on fired(e) { let rows = f(e)  say({ message: \"x\" }) }",
    "rule r: on fired(e) { let s = f(e) }",
    "action f({ n: int }) { runtime: \"python:3\", code: \"functions\", entry: \"main\" }",
    "type Lost { a: int }",
    "type Twice { a: int, a: int }  trigger q: Twice  rule r: on q { say({ message: \"x\" }) }",
    "trigger q: Rwo  rule r: on q { say({ message: \"x\" }) }",
    "package box = object<Row>  trigger q from box.created  rule r: on q { say({ message: \"x\" }) }",
    "rule r: on flow.deplyed { say({ message: \"x\" }) }",
    "rule r: on rows.grow(rows: 4) { say({ message: \"x\" }) }",
    // types
    "rule r: on fired(e) { f({ n: 10 }) }",
    "rule r: on fired(e) { f({ n: \"1\" }) }",
    "rule r: on fired(e) { f(5) }",
    "rule r: on fired(e) { say({ message: e.note }, level: 9) }",
    "rule r: on fired(e) { bring({ part: \"c\" }) }",
    "rule r: on fired(e) { let d = rows  f(e) }",
    "rule r: on fired(e) { append { n: 1, note: 5 } to rows }",
    "rule r: on fired(e) { append { n: 1, nots: \"x\" } to rows }",
    "rule r: on fired(e) { append { note: \"x\" } to rows }",
    "rule r: on fired(e) { append tidy(rows.snapshot()) to rows }",
    "rule r: on fired(e) { f({}) }",
    "rule r: on fired(e) { f({ n: 1, m: 2 }) }",
    "rule r: on fired(e) { f(e, n: 3, size: 4) }",
    "rule r: on fired(e) { f(e, e) }",
    "rule r: on fired(e) { rows(e) }",
    "rule r: on fired(e) { e(1) }",
    "rule r: on fired(e) { rows.snapshot(1) }",
    "rule r: on fired(e) { let p = rows.split()  judge({ m: m.live, d: p.test }) }",
    "rule r: on fired(e) { let p = rows.split(test: 0.2)  judge({ m: m.live, d: p.test }) }",
    "rule r: on fired(e) { let p = rows.split(test: 100%)  judge({ m: m.live, d: p.test }) }",
    "rule r: on fired(e) { let p = rows.split  judge({ m: m.live, d: p.test }) }",
    "rule r: on fired(e) { let p = rows |> rows.split(test: 20%)  judge({ m: m.live, d: p.test }) }",
    "rule r: on fired(e) { m.live() }",
    "rule r: on fired(e) { when e.n { f(e) } }",
    "rule r: on fired(e) if e.n { f(e) }",
    "rule r: on fired(e) if f(e).s > 0.5 { f(e) }",
    "rule r: on fired(e) { when e.n > 1 and e.n { f(e) } }",
    "rule r: on fired(e) { when e.note == \"x\" { f(e) } }",
    "rule r: on fired(e) { let old = judge({ m: m.live, d: rows.snapshot() })  when old.a > 0.5 { f(e) } }",
    "rule r: on fired(e) { let v = when e.n > 1 { 1 } else { \"x\" }  f({ n: v }) }",
    "rule r: on fired(e) { let v = f(e) catch err => say({ message: err.message })  say({ message: \"x\" }) }",
    "rule r: on fired(e) { e.n catch err => f(e) }",
    "rule r: on fired(e) or daily(e) { f(e) }",
    "rule r: on fired(e) or daily { say({ message: \"x\" }) }",
    "type Ring { next: Ring? }  trigger q: Ring  rule r: on q { say({ message: \"x\" }) }",
    "prepare a({ n: int<0..9> }) -> Row { return b({ n: n }) }  prepare b({ n: int<0..9> }) -> Row { return a({ n: n }) }",
    "prepare a({ n: int<0..9> }) -> Row { f({ n: n }) }  rule r: on fired(e) { append a(e) to rows }",
    "infer again({ n: int<0..9> }) -> Out on POST \"/ask\" { bring({ part: \"a\" })  return { y: 1 } }",
    "infer again({ n: int<0..9> }) -> Out on GET \"/v1/x\" { return { y: 2 } }",
    // properties
    "model o: In -> Out { runtime: \"python:3\", code: \"functions\", entry: \"predict\", memory: 512, timeout: 5 }",
    "action a({ n: int }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\", timeout: 5MiB, memry: 1MiB }",
    "action a({ n: int }) { runtime: 3, code: \"functions\", network: [\"x:1\"], params: { k: 1 } }",
    "job a({ n: int }) -> Row { command: [], code: \"jobs\", image: \"x\", gpu: 1, attempts: 0 }",
    "train a({ n: int }) -> Row { command: [\"x\"], code: \"jobs\", heartbeat: 2m, writes: [rows] }",
    "model o: In -> Out { runtime: \"python:3\", code: \"functions\", entry: \"predict\", canary: 10% for 15m then 50% for 15m, rollback: error_rate > 2%, min_requests: 200 }",
    "trigger q from cron { schedule: \"0 3\", timezone: \"Asia/Taipei\" }  rule r: on q { say({ message: \"x\" }) }",
    "rule r: on fired(e) with { budget: $40, overlap: sometimes, rate: 5 } { f(e) }",
    "rule r: on daily { fit({ d: rows.snapshot() }) }",
    "rule r: on rows.grew { say({ message: \"x\" }) }",
    // private
    "type P { who: private text<64B> }  trigger q: P  rule r: on q(p) { say({ message: p.who }) }",
    "trigger q: { who: private text<64B>? }  rule r: on q(p) { when p.who == \"x\" { say({ message: \"x\" }) } }",
    "trigger q: { who: private text<64B>? }  rule r: on q(p) { say({ message: (p.who ?? \"x\") }) }",
    "trigger q: { yes: private bool }  rule r: on q(p) if p.yes { say({ message: \"x\" }) }",
    "trigger q: { yes: private bool }  rule r: on q(p) { when not p.yes { say({ message: \"x\" }) } }",
    "trigger q: { n: private int }  rule r: on q(p) { let low = -p.n  say({ message: \"x\" }) }",
    "trigger q: { who: private { name: text } }  rule r: on q(p) { say({ message: p.who.name }) }",
    "trigger q: { note: private text<64B>, n: int<0..9> }  rule r: on q(p) { append p to rows }",
    "trigger q: { photo: private [blob<\"image/png\", 1MiB>] }  rule r: on q { say({ message: \"x\" }) }",
    "trigger q: { rows: private dataset<Row> }  rule r: on q { say({ message: \"x\" }) }",
    "dataset people: { who: private text<64B> }",
    "model o: { who: { name: private text<64B>? } } -> Out { runtime: \"python:3\", code: \"functions\", entry: \"predict\" }",
    "job a({ who: private text<64B> }) { command: [\"x\"], code: \"jobs\", reports: { who: [private text<64B>] } }",
    "job a({ n: int }) { command: [\"x\"], code: \"jobs\", writes: [scans] }  package scans = objects<{ image: blob<\"image/png\", 1MiB>, who: private text<64B>? }>",
    "infer who({ who: private text<64B> }) -> { who: private text<64B> } on POST \"/who\" { return { who: who } }",
    "action a({ d: dataset<{ who: private text<64B> }> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }",
    "action a({ key: text<64B> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\", secrets: [key] }",
    "action a({ wait_for: duration }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule r: on daily { a({ wait_for: 5 }) }",
    "package inbox = objects<Row>  trigger q from inbox.made  rule r: on q { say({ message: \"x\" }) }",
    "rule r: on fired(rows) { f(rows) }",
    "rule r: on fired(e) { say({ message: (e.note ?? 5) }) }",
    "rule r: on fired(e) { f({ n: [1, \"x\"] }) }",
    "rule r: on fired(e) { deploy e to m }",
    "rule r: on fired(e) { return e }",
    "rule r: on fired(e) { rows.snapshots() }",
    // order
    "rule r: on daily with { overlap: skip } { let a = fit({ d: rows.snapshot() })  let s = judge({ m: a, d: rows.snapshot() })  when s.a > 0.9 { deploy a to m  deploy a to m } }",
    "model n: In -> Out { runtime: \"python:3\", code: \"functions\", entry: \"predict\", secrets: [key] }  rule r: on fired(e) { n({ x: 0.5 }) }",
];

#[test]
fn mistakes_are_told_once_and_with_a_way_out() {
    let told: String = CASES
        .iter()
        .map(|case| format!("{case}\n{}\n", indented(&check(case))))
        .collect();
    insta::assert_snapshot!(told);
}

fn indented(findings: &str) -> String {
    findings.lines().map(|line| format!("    {line}\n")).collect()
}
