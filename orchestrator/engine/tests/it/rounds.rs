//! `each`: rounds side by side, their order, their failures, and what they come to.

use crate::draft::{Draft, INT, lit, v};
use crate::script::check;
use flow_lang::ast::BinaryOp;
use flow_lang::plan::{Expr, Length, Type};
use serde_json::json;

/// `let got = each x in [4, 8, 12] parallel 2 { a(x) }`, and the run's value is the list.
fn three(parallel: u32) -> Draft {
    let mut draft = Draft::new();
    let each = draft.each("got", lit(json!([4, 8, 12])), parallel, |draft, x| {
        v(draft.invoke("a", x))
    });
    draft.graph().result = Some(Expr::Step(each));
    draft.graph().output = Type::List {
        item: Box::new(INT),
        length: Length::Exactly(3),
    };
    draft
}

#[test]
fn so_many_rounds_are_under_way_and_the_results_are_in_the_order_of_the_items() {
    check(
        &three(2),
        &[
            ("start", r#"invoke a.0@1.0 {"x":4}, invoke a.1@1.0 {"x":8}"#),
            ("a.1 -> 80", r#"invoke a.2@1.0 {"x":12}"#),
            ("restart", r#"invoke a.0@1.1 {"x":4}, invoke a.2@1.1 {"x":12}"#),
            ("a.2 -> 120", ""),
            ("a.0@1.0 -> 1", ""),
            ("a.0 -> 40", "ended"),
        ],
        "got done, a.0 done, a.1 done, a.2 done, succeeded [40,80,120]",
    );
}

#[test]
fn an_empty_list_comes_to_an_empty_list() {
    let mut draft = Draft::new();
    let each = draft.each("got", lit(json!([])), 1, |draft, x| v(draft.invoke("a", x)));
    draft.graph().result = Some(Expr::Step(each));
    draft.graph().output = Type::Json { max: None };
    check(&draft, &[("start", "ended")], "got done, succeeded []");
}

#[test]
fn the_first_failure_that_nothing_catches_ends_all_rounds() {
    check(
        &three(2),
        &[
            ("start", r#"invoke a.0@1.0 {"x":4}, invoke a.1@1.0 {"x":8}"#),
            ("a.1 ! crash", "stop a.0@1.0, ended"),
        ],
        "got failed crash a.1x1 (oh), a.0 cancelled, a.1 failed crash a.1x1 (oh), failed crash a.1x1 (oh)",
    );
}

#[test]
fn a_catch_around_takes_over_for_all_and_one_inside_for_its_round() {
    let mut draft = Draft::new();
    let each = draft.each("got", lit(json!([4, 8])), 2, |draft, x| {
        let a = draft.invoke("a", x);
        let catch = draft.catch("inner", &[a]);
        draft.under(catch, true, |draft| draft.invoke("b", lit(1)));
        v(a)
    });
    let catch = draft.catch("outer", &[each]);
    draft.under(catch, true, |draft| draft.invoke("c", lit(2)));
    check(
        &draft,
        &[
            ("start", r#"invoke a.0@1.0 {"x":4}, invoke a.1@1.0 {"x":8}"#),
            ("a.0 ! crash", r#"invoke b.0@1.0 {"x":1}"#),
            ("b.0 ! crash", r#"stop a.1@1.0, invoke c@1.0 {"x":2}"#),
            ("c -> 1", "ended"),
        ],
        "got failed crash b.0x1 (oh), outer done, c done, a.0 failed crash a.0x1 (oh), inner.0 done, \
         b.0 failed crash b.0x1 (oh), a.1 cancelled, inner.1 cancelled, b.1 cancelled, succeeded null",
    );
}

#[test]
fn rows_are_added_in_the_order_of_the_items() {
    let mut draft = Draft::new();
    draft.each("got", lit(json!([4, 8, 12])), 3, |draft, x| {
        let a = draft.invoke("a", x);
        draft.append("row", v(a));
        lit(json!({}))
    });
    check(
        &draft,
        &[
            (
                "start",
                r#"invoke a.0@1.0 {"x":4}, invoke a.1@1.0 {"x":8}, invoke a.2@1.0 {"x":12}"#,
            ),
            ("a.2 -> 3", ""),
            ("a.0 -> 1", r#"append row.0 {"x":1}"#),
            ("a.1 -> 2", r#"append row.1 {"x":2}, append row.2 {"x":3}, ended"#),
        ],
        "got done, a.0 done, row.0 done, a.1 done, row.1 done, a.2 done, row.2 done, succeeded null",
    );
}

#[test]
fn an_each_inside_another_sees_both_items_and_what_stands_around() {
    let mut draft = Draft::new();
    let one = draft.invoke("one", lit(100));
    let outer = draft.each("outer", lit(json!([1, 2])), 2, |draft, x| {
        let inner = draft.each("inner", Expr::List(vec![x.clone(), lit(10)]), 2, |draft, y| {
            let sum = |a, b| Expr::Binary(BinaryOp::Add, Box::new(a), Box::new(b));
            v(draft.invoke("a", sum(sum(x, y), v(one))))
        });
        Expr::Step(inner)
    });
    draft.graph().result = Some(Expr::Step(outer));
    draft.graph().output = Type::Json { max: None };
    check(
        &draft,
        &[
            ("start", r#"invoke one@1.0 {"x":100}"#),
            (
                "one -> 7",
                "invoke a.0.0@1.0 {\"x\":9}, invoke a.0.1@1.0 {\"x\":18}, \
                 invoke a.1.0@1.0 {\"x\":11}, invoke a.1.1@1.0 {\"x\":19}",
            ),
            ("a.0.0 -> 1", ""),
            ("a.1.1 -> 4", ""),
            ("a.0.1 -> 2", ""),
            ("a.1.0 -> 3", "ended"),
        ],
        "one done, outer done, inner.0 done, inner.1 done, a.0.0 done, a.0.1 done, a.1.0 done, a.1.1 done, \
         succeeded [[1,2],[3,4]]",
    );
}

#[test]
fn the_best_is_the_first_with_the_greatest_or_the_least() {
    let items = json!([{ "s": 2, "n": 1 }, { "s": 5, "n": 2 }, { "s": 5, "n": 3 }, { "s": 1, "n": 4 }]);
    for (list, least, expected) in [
        (items.clone(), false, "2"),
        (items, true, "4"),
        (json!([]), false, "null"),
    ] {
        let mut draft = Draft::new();
        let best = Expr::Best {
            of: Box::new(lit(list)),
            by: "s".into(),
            least,
        };
        draft.graph().result = Some(Expr::Field(Box::new(best), "n".into()));
        draft.graph().output = Type::Optional(Box::new(INT));
        check(&draft, &[("start", "ended")], &format!("succeeded {expected}"));
    }
}
