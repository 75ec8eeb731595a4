//! Chains, parallel branches, conditions and absent values.

use crate::draft::{Draft, INT, lit, record, v, version as version_type};
use crate::script::{check, version};
use flow_lang::ast::BinaryOp;
use flow_lang::plan::{Expr, Field, Op, Type};
use serde_json::json;

#[test]
fn a_chain_runs_in_order_and_branches_side_by_side() {
    let mut draft = Draft::new();
    let a = draft.invoke("a", lit(1));
    let b = draft.invoke("b", v(a));
    let c = draft.invoke("c", v(a));
    draft.append("d", Expr::Binary(BinaryOp::Add, Box::new(v(b)), Box::new(v(c))));
    draft.graph().result = Some(v(c));
    draft.graph().output = INT;
    check(
        &draft,
        &[
            ("a@1.0 -> 1", ""),
            ("start", r#"invoke a@1.0 {"x":1}"#),
            ("start", ""),
            ("a -> 2", r#"invoke b@1.0 {"x":2}, invoke c@1.0 {"x":2}"#),
            ("a@1.0 -> 7", ""),
            ("c -> 4", ""),
            ("b -> 3", r#"append d {"x":7}, ended"#),
            ("cancel", ""),
            ("restart", ""),
        ],
        "a done, b done, c done, d done, succeeded 4",
    );
}

#[test]
fn a_step_after_others_waits_until_they_have_ended_whichever_way() {
    let mut draft = Draft::new();
    let a = draft.invoke("a", lit(1));
    let catch = draft.catch("catch", &[a]);
    let rescue = draft.under(catch, true, |draft| draft.invoke("rescue", lit(2)));
    draft.invoke("b", lit(3));
    draft.after(&[rescue]);
    check(
        &draft,
        &[
            ("start", r#"invoke a@1.0 {"x":1}"#),
            ("a -> 1", r#"invoke b@1.0 {"x":3}"#),
            ("b -> 1", "ended"),
        ],
        "a done, catch done, rescue skipped, b done, succeeded null",
    );
    check(
        &draft,
        &[
            ("start", r#"invoke a@1.0 {"x":1}"#),
            ("a ! crash", r#"invoke rescue@1.0 {"x":2}"#),
            ("rescue -> 1", r#"invoke b@1.0 {"x":3}"#),
            ("b -> 1", "ended"),
        ],
        "a failed crash ax1 (oh), catch done, rescue done, b done, succeeded null",
    );
}

#[test]
fn what_is_emitted_fits_its_trigger_or_the_step_fails() {
    let mut draft = Draft::new();
    let a = draft.invoke("a", lit(1));
    let told = draft.emit("told", v(a));
    draft.catch("catch", &[told]);
    check(
        &draft,
        &[
            ("start", r#"invoke a@1.0 {"x":1}"#),
            ("a -> 9", r#"emit told@1.0 {"x":9}"#),
            ("told -> {}", "ended"),
        ],
        "a done, told done, catch done, succeeded null",
    );
    check(
        &draft,
        &[("start", r#"invoke a@1.0 {"x":1}"#), ("a -> 10", "ended")],
        "a done, told failed type toldx0 (`told` cannot be given this: x: expected a whole number from 0 to 9, got 10), \
         catch done, succeeded null",
    );
    // Whoever is told so does not try again: the plan that refused it is the same a second later.
    check(
        &draft,
        &[
            ("start", r#"invoke a@1.0 {"x":1}"#),
            ("a -> 9", r#"emit told@1.0 {"x":9}"#),
            ("told ! crash", "ended"),
        ],
        "a done, told failed crash toldx1 (oh), catch done, succeeded null",
    );
}

#[test]
fn a_rule_without_steps_is_over_at_once() {
    check(&Draft::new(), &[("start", "ended")], "succeeded null");
}

/// `when x > 1 { a  when x > 5 { b } else { c } } else { d }`
fn nested() -> Draft {
    let mut draft = Draft::new();
    let x = draft.invoke("x", lit(0));
    let greater = |than: i64| Expr::Binary(BinaryOp::Greater, Box::new(v(x)), Box::new(lit(than)));
    let outer = draft.when("w1", greater(1));
    draft.under(outer, true, |draft| {
        draft.invoke("a", lit(1));
        let inner = draft.when("w2", greater(5));
        draft.under(inner, true, |draft| draft.invoke("b", lit(2)));
        draft.under(inner, false, |draft| draft.invoke("c", lit(3)));
    });
    draft.under(outer, false, |draft| draft.invoke("d", lit(4)));
    draft
}

#[test]
fn when_takes_one_arm_and_skips_the_other_with_all_in_it() {
    let start = ("start", r#"invoke x@1.0 {"x":0}"#);
    check(
        &nested(),
        &[
            start,
            ("x -> 9", r#"invoke a@1.0 {"x":1}, invoke b@1.0 {"x":2}"#),
            ("a -> 0", ""),
            ("b -> 0", "ended"),
        ],
        "x done, w1 done, a done, w2 done, b done, c skipped, d skipped, succeeded null",
    );
    check(
        &nested(),
        &[
            start,
            ("x -> 2", r#"invoke a@1.0 {"x":1}, invoke c@1.0 {"x":3}"#),
            ("a -> 0", ""),
            ("c -> 0", "ended"),
        ],
        "x done, w1 done, a done, w2 done, b skipped, c done, d skipped, succeeded null",
    );
    check(
        &nested(),
        &[start, ("x -> 0", r#"invoke d@1.0 {"x":4}"#), ("d -> 0", "ended")],
        "x done, w1 done, a skipped, w2 skipped, b skipped, c skipped, d done, succeeded null",
    );
}

/// `let old = evaluate({ model: m.live })`, then `when 1 > (old.v ?? 0) { good }`.
fn judged() -> Draft {
    let mut draft = Draft::new();
    let live = draft.live("live");
    let old = draft.invoke("old", Expr::Literal(json!(null)));
    draft.plan.actions.get_mut("old").unwrap().input = record(&[("model", version_type())]);
    draft.graph().steps[old].op = Op::Invoke {
        action: "old".into(),
        args: Expr::Record([("model".into(), Expr::Step(live))].into()),
    };
    draft.graph().steps[old].needs = vec![live];
    let score = Expr::Binary(BinaryOp::Default, Box::new(v(old)), Box::new(lit(0)));
    let better = draft.when(
        "w",
        Expr::Binary(BinaryOp::Greater, Box::new(lit(1)), Box::new(score)),
    );
    draft.under(better, true, |draft| draft.invoke("good", lit(1)));
    draft
}

#[test]
fn a_call_that_lacks_a_required_value_is_not_made() {
    check(
        &judged(),
        &[
            ("start", "live live@1.0"),
            ("live -> null", r#"invoke good@1.0 {"x":1}"#),
            ("good -> 1", "ended"),
        ],
        "live done, old absent, w done, good done, succeeded null",
    );
    let v1 = version(1);
    check(
        &judged(),
        &[
            ("start", "live live@1.0"),
            (
                &format!("live -> {v1}"),
                &format!(r#"invoke old@1.0 {{"model":{v1}}}"#),
            ),
            ("old -> 1", "ended"),
        ],
        "live done, old done, w done, good skipped, succeeded null",
    );
}

#[test]
fn an_absent_field_with_a_default_is_filled_in() {
    let mut draft = Draft::new();
    let live = draft.live("live");
    draft.invoke("a", Expr::Field(Box::new(Expr::Step(live)), "version".into()));
    let with_default = Field {
        ty: INT,
        default: Some(json!(12)),
    };
    draft.plan.actions.get_mut("a").unwrap().input = Type::Record([("x".into(), with_default)].into());
    check(
        &draft,
        &[
            ("start", "live live@1.0"),
            ("live -> null", r#"invoke a@1.0 {"x":12}"#),
            ("a -> 1", "ended"),
        ],
        "live done, a done, succeeded null",
    );
}

#[test]
fn a_train_is_published_and_a_deploy_goes_live_with_the_value() {
    let mut draft = Draft::new();
    let fit = draft.train("fit", lit(1));
    draft.deploy("go", fit);
    let v1 = version(1);
    check(
        &draft,
        &[
            ("start", r#"launch fit@1.0 {"x":1}"#),
            (&format!("fit -> {v1}"), "publish fit v1, warm go@1.0 v1"),
            (
                &format!("go -> {{\"version\":{v1},\"previous\":null}}"),
                "go live go v1, ended",
            ),
        ],
        "fit done, go done, succeeded null",
    );
}
