//! How conditions, errors, defaults and prepares come out in a graph: the contract with the engine.

use crate::cases::{check, compile_case};
use flow_lang::plan::Graph;

const CASES: &[&str] = &[
    "rule r: on fired(e) { when e.n > 4 { when e.n > 8 { f(e) } else { let f2 = f(e)  say({ message: \"x\" })  m({ x: f2.s }) } } }",
    "rule r: on fired(e) { let w = when e.n > 4 { \"big\" } else { \"small\" }  say({ message: w }) }",
    "rule r: on fired(e) { let s = f(e) catch err => m({ x: 0.5 }) |> turned  m({ x: s.s }) }
     action turned({ y: float<0..1> }) -> { s: float<0..1> } { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }",
    "rule r: on fired(e) { f(e) |> sized catch err => say({ message: err.kind })  append e to rows }
     action sized({ s: float, size: int = 8 }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }",
    "rule r: on fired(e) { append tidy(e) to rows  append seen(e) to rows  let last = seen(e)  append last to rows }
     prepare seen({ n: int<0..9> }) -> Row { let got = f({ n: n })  when got.s > 0.5 { f({ n: 1 }) }  return { n: n } }",
    "trigger told: Row  rule s: on told(e) { f(e) }  rule r: on fired(e) { let got = when e.n > 4 { f(e).s } else { 0 }  emit told(e) after got  m({ x: f(e).s }) after got }",
    "action go({ url: private text<1KiB> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule r: on fired(e) { let cb = callback(1h)  go(cb)  let got: Row = wait cb  f(got) }",
    "action who({ by: text<256B> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule r: on fired(e) { let ok = wait approval(\"leads\", 24h)  f({ n: e.n }) after ok  who(ok) }",
    "rule r: on fired(e) { let got = f(e)  let nap = sleep 1h  m({ x: got.s }) after nap  on failure(err) { say({ message: err.kind }) } }",
    "rule r: on fired(e) { say({ message: e.note ?? \"none\" })  say({ message: e.note }, level: 3) }",
    "action turned({ s: float<0..1> }) -> { x: float<0..1> } { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }
     action seen = f |> turned  action asked = seen |> m
     rule r: on fired(e) { asked(e)  let a = asked({ n: 1 }) catch err => { y: 0 }  say({ message: \"x\" }) }",
];

#[test]
fn graphs_say_what_the_engine_does() {
    let mut shown = String::new();
    for case in CASES {
        let plan = compile_case(case)
            .plan
            .unwrap_or_else(|| panic!("{}", check(case)));
        shown += &format!("{case}\n{}\n", lines(&plan.rules["r"].graph));
    }
    insta::assert_snapshot!(shown);
}

fn lines(graph: &Graph) -> String {
    let lines = graph.steps.iter().enumerate().map(|(ix, step)| {
        let guards: Vec<_> = step.guards.iter().map(|guard| (guard.step, guard.is)).collect();
        let op = serde_json::to_string(&step.op).expect("an op is JSON");
        let (name, needs, caught) = (&step.name, &step.needs, step.caught_by);
        format!("    {ix} {name} needs {needs:?} guards {guards:?} caught by {caught:?}\n        {op}\n")
    });
    lines.collect()
}
