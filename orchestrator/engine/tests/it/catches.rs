//! `x catch err => …`.

use crate::draft::{Draft, lit, v};
use crate::script::check;
use flow_lang::plan::{Expr, StepIx};

fn tries(catch: StepIx) -> Expr {
    Expr::Field(Box::new(Expr::Step(catch)), "attempts".into())
}

/// `let got = (a |> b |> c) catch err => rescue(err.attempts)`, then `after(got.v)`; `side` runs beside it.
fn chain() -> Draft {
    let mut draft = Draft::new();
    draft.invoke("side", lit(0));
    let a = draft.invoke("a", lit(1));
    let b = draft.invoke("b", v(a));
    let c = draft.invoke("c", v(b));
    let catch = draft.catch("catch", &[a, b, c]);
    let rescue = draft.under(catch, true, |draft| draft.invoke("rescue", tries(catch)));
    let got = Expr::If(
        Box::new(Expr::Present(Box::new(Expr::Step(catch)))),
        Box::new(v(rescue)),
        Box::new(v(c)),
    );
    draft.invoke("after", got);
    draft
}

#[test]
fn without_a_failure_the_arm_is_skipped() {
    check(
        &chain(),
        &[
            ("start", r#"invoke side@1.0 {"x":0}, invoke a@1.0 {"x":1}"#),
            ("side -> 0", ""),
            ("a -> 2", r#"invoke b@1.0 {"x":2}"#),
            ("b -> 3", r#"invoke c@1.0 {"x":3}"#),
            ("c -> 4", r#"invoke after@1.0 {"x":4}"#),
            ("after -> 5", "ended"),
        ],
        "side done, a done, b done, c done, catch done, rescue skipped, after done, succeeded null",
    );
}

#[test]
fn a_failure_in_the_middle_is_caught_and_the_arm_has_the_value() {
    check(
        &chain(),
        &[
            ("start", r#"invoke side@1.0 {"x":0}, invoke a@1.0 {"x":1}"#),
            ("a -> 2", r#"invoke b@1.0 {"x":2}"#),
            ("b ! crash", r#"invoke rescue@1.0 {"x":1}"#),
            ("rescue -> 8", r#"invoke after@1.0 {"x":8}"#),
            ("after -> 5", ""),
            ("side -> 0", "ended"),
        ],
        "side done, a done, b failed crash bx1 (oh), c caught, catch done, rescue done, after done, succeeded null",
    );
}

#[test]
fn a_failure_in_the_arm_or_beside_the_chain_ends_the_run() {
    check(
        &chain(),
        &[
            ("start", r#"invoke side@1.0 {"x":0}, invoke a@1.0 {"x":1}"#),
            ("a ! type", r#"invoke rescue@1.0 {"x":1}"#),
            ("rescue ! limit", "stop side@1.0, ended"),
            ("side@1.0 -> 0", ""),
        ],
        "side cancelled, a failed type ax1 (oh), b caught, c caught, catch done, \
         rescue failed limit rescuex1 (oh), after cancelled, failed limit rescuex1 (oh)",
    );
    check(
        &chain(),
        &[
            ("start", r#"invoke side@1.0 {"x":0}, invoke a@1.0 {"x":1}"#),
            ("side ! refused", "stop a@1.0, ended"),
        ],
        "side failed refused sidex1 (oh), a cancelled, b cancelled, c cancelled, catch cancelled, \
         rescue cancelled, after cancelled, failed refused sidex1 (oh)",
    );
}

#[test]
fn a_caught_failure_stops_what_runs_beside_it_in_the_body() {
    let mut draft = Draft::new();
    let a = draft.invoke("a", lit(1));
    let b = draft.invoke("b", lit(2));
    let inner = draft.catch("inner", &[b]);
    let c = draft.under(inner, true, |draft| draft.invoke("c", lit(3)));
    draft.catch("outer", &[a, inner, c]);
    let start = ("start", r#"invoke a@1.0 {"x":1}, invoke b@1.0 {"x":2}"#);
    check(
        &draft,
        &[start, ("a ! crash", "stop b@1.0, ended")],
        "a failed crash ax1 (oh), b cancelled, inner caught, c caught, outer done, succeeded null",
    );
    check(
        &draft,
        &[
            start,
            ("b ! crash", r#"invoke c@1.0 {"x":3}"#),
            ("c ! crash", "stop a@1.0, ended"),
        ],
        "a cancelled, b failed crash bx1 (oh), inner done, c failed crash cx1 (oh), outer done, succeeded null",
    );
}
