//! What is taken in and given out fits its declared type.

use crate::draft::{Draft, INT, lit, record, v};
use crate::script::{Play, check};
use flow_engine::{ErrorKind, GraphRef, StepError, answer};
use flow_lang::plan::{Expr, Infer, Type};
use serde_json::json;

#[test]
fn what_a_function_adds_to_its_result_is_dropped() {
    let mut draft = Draft::new();
    let a = draft.invoke("a", lit(1));
    draft.graph().result = Some(Expr::Step(a));
    draft.graph().output = record(&[("v", INT)]);
    check(
        &draft,
        &[
            ("start", r#"invoke a@1.0 {"x":1}"#),
            (r#"a -> {"v":1,"name":"Ann"}"#, "ended"),
        ],
        r#"a done, succeeded {"v":1}"#,
    );
}

#[test]
fn what_does_not_fit_fails_the_step_at_once() {
    let text = record(&[("x", Type::Text { max: None })]);
    let mut draft = Draft::new();
    draft.invoke("a", lit(1));
    draft.plan.actions.get_mut("a").unwrap().attempts = 3;
    draft.plan.actions.get_mut("a").unwrap().output = text.clone();
    let start = ("start", r#"invoke a@1.0 {"x":1}"#);
    let long = "l".repeat(200);
    for (output, kind) in [
        (json!({}), "type"),
        (json!([1]), "type"),
        (json!({ "x": 1 }), "type"),
        (json!({ "x": long }), "limit"),
    ] {
        let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
        assert_eq!(play.tell(start.0), start.1);
        assert_eq!(play.tell(&format!("a -> {output}")), "ended");
        assert!(
            play.states().starts_with(&format!("a failed {kind} ax1 (")),
            "{}",
            play.states()
        );
    }

    for (arg, kind) in [(json!(1.5), "type"), (json!("l".repeat(200)), "limit")] {
        let mut draft = Draft::new();
        draft.invoke("a", lit(arg));
        if kind == "limit" {
            draft.plan.actions.get_mut("a").unwrap().input = text.clone();
        }
        let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
        assert_eq!(play.tell("start"), "ended", "never called");
        assert!(
            play.states().starts_with(&format!("a failed {kind} ax0 (")),
            "{}",
            play.states()
        );
    }

    let mut draft = Draft::new();
    draft.append("row", lit("text"));
    let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
    assert_eq!(play.tell("start"), "ended", "no row");
    assert!(play.states().starts_with("row failed type"), "{}", play.states());
}

#[test]
fn a_return_value_that_is_absent_fails_the_run() {
    let mut draft = Draft::new();
    let live = draft.live("live");
    draft.graph().result = Some(v(live));
    draft.graph().output = INT;
    let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
    play.tell("start");
    assert_eq!(play.tell("live -> null"), "ended");
    assert!(
        play.states()
            .starts_with("live done, failed type x0 (the returned value"),
        "{}",
        play.states()
    );
}

#[test]
fn a_route_answers_before_its_last_step_and_tries_once() {
    let mut draft = Draft::new();
    let a = draft.invoke("a", lit(1));
    draft.invoke("b", v(a));
    draft.plan.actions.get_mut("a").unwrap().attempts = 3;
    draft.graph().result = Some(v(a));
    draft.graph().output = INT;
    let graph = draft.graph().clone();
    let route = Infer {
        method: "POST".into(),
        path: "/".into(),
        deadline_ms: 20_000,
        keep_ms: 0,
        durable: false,
        graph,
    };
    draft.plan.infers.insert("route".into(), route);
    let mut play = Play::new(&draft.plan, GraphRef::Infer("route".into()));
    assert_eq!(play.tell("start"), r#"invoke a@1.0 {"x":1}, wake 20000"#);
    assert_eq!(answer(&draft.plan, &play.run), None);
    assert_eq!(play.tell("a -> 3"), r#"invoke b@1.0 {"x":3}"#);
    assert_eq!(answer(&draft.plan, &play.run), Some(json!(3)));
    assert_eq!(play.tell("b -> 4"), "ended");
    assert_eq!(answer(&draft.plan, &play.run), Some(json!(3)));

    let mut play = Play::new(&draft.plan, GraphRef::Infer("route".into()));
    play.tell("start");
    assert_eq!(play.tell("a ! crash"), "ended");
    assert_eq!(answer(&draft.plan, &play.run), None);
}

#[test]
fn a_message_is_one_kibibyte_of_printable_text() {
    let error = StepError::new(ErrorKind::Crash, format!("\u{1b}[31m{}", "é".repeat(1_000)));
    assert_eq!(error.message.len(), 1_023, "not in the middle of a character");
    assert!(error.message.starts_with(" [31mé"));
}
