//! A call that is never sent again by itself, and the person who says what became of it.

use crate::draft::{Draft, lit, v};
use crate::script::{Play, check};
use flow_engine::{GraphRef, Unresolved, Verdict, resolvable};
use flow_lang::plan::Effects;
use serde_json::json;

/// `a` is `once`, and `b` needs its value.
fn once() -> Draft {
    let mut draft = Draft::new();
    let a = draft.invoke("a", lit(1));
    draft.invoke("b", v(a));
    draft.plan.actions.get_mut("a").unwrap().effects = Effects::Once;
    draft
}

const SENT: (&str, &str) = ("start", r#"invoke a@1.0 {"x":1}"#);

#[test]
fn what_is_out_when_the_daemon_dies_is_never_sent_again_by_itself() {
    let ways: [&[(&str, &str)]; 3] = [
        &[("a ? succeeded {\"v\":7}", r#"invoke b@1.0 {"x":7}"#)],
        &[("a ? failed it was not charged", "ended")],
        &[
            ("a ? again", r#"invoke a@2.0 {"x":1}"#),
            ("a@1.0 -> 3", ""),
            ("a -> 4", r#"invoke b@1.0 {"x":4}"#),
        ],
    ];
    let ends = [
        "a done, b running 1.0, running",
        "a failed crash ax1 (it was not charged), b cancelled, failed crash ax1 (it was not charged)",
        "a done, b running 1.0, running",
    ];
    for (way, end) in ways.into_iter().zip(ends) {
        let parked = [SENT, ("restart", ""), ("restart", ""), ("a@1.0 -> 2", "")];
        check(&once(), &[&parked, way].concat(), end);
    }
}

#[test]
fn only_a_refusal_says_that_it_never_started() {
    for kind in ["timeout", "crash", "limit", "type"] {
        let draft = once();
        let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
        play.tell("start");
        assert_eq!(play.tell(&format!("a ! {kind}")), "");
        assert_eq!(play.states(), "a unknown 1, b waiting, running");
    }
    check(
        &once(),
        &[SENT, ("a -> \"x\"", "")],
        "a unknown 1, b waiting, running",
    );
    check(
        &once(),
        &[SENT, ("a ! refused", "ended")],
        "a failed refused ax1 (oh), b cancelled, failed refused ax1 (oh)",
    );
}

#[test]
fn a_step_that_a_person_calls_failed_is_caught() {
    let mut draft = Draft::new();
    let a = draft.invoke("a", lit(1));
    draft.plan.actions.get_mut("a").unwrap().effects = Effects::Once;
    draft.catch("catch", &[a]);
    check(
        &draft,
        &[SENT, ("a ! timeout", ""), ("a ? failed no", "ended")],
        "a failed crash ax1 (no), catch done, succeeded null",
    );
}

#[test]
fn a_step_of_a_round_is_resolved_by_its_own_name() {
    let mut draft = Draft::new();
    draft.each("got", lit(json!([4, 8])), 2, |draft, x| {
        let a = draft.invoke("a", x);
        draft.plan.actions.get_mut("a").unwrap().effects = Effects::Once;
        v(a)
    });
    let parked = [
        ("start", r#"invoke a.0@1.0 {"x":4}, invoke a.1@1.0 {"x":8}"#),
        ("a.0 -> 1", ""),
        ("restart", ""),
    ];
    check(
        &draft,
        &[&parked[..], &[("a.1 ? succeeded {\"v\":7}", "ended")]].concat(),
        "got done, a.0 done, a.1 done, succeeded null",
    );
    let again = [
        ("a.1 ? again", r#"invoke a.1@2.0 {"x":8}"#),
        ("a.1 -> 7", "ended"),
    ];
    check(
        &draft,
        &[&parked[..], &again].concat(),
        "got done, a.0 done, a.1 done, succeeded null",
    );
    check(
        &draft,
        &[&parked[..], &[("a.1 ? failed no", "ended")]].concat(),
        "got failed crash a.1x1 (no), a.0 done, a.1 failed crash a.1x1 (no), failed crash a.1x1 (no)",
    );
}

/// `b` fails while `a`, which is `once`, is out in the same round, and the catch around the `each` goes on.
#[test]
fn how_a_step_comes_out_that_was_set_aside_changes_nothing() {
    let mut draft = Draft::new();
    let each = draft.each("got", lit(json!([4])), 1, |draft, x| {
        let a = draft.invoke("a", x.clone());
        draft.plan.actions.get_mut("a").unwrap().effects = Effects::Once;
        draft.invoke("b", x);
        v(a)
    });
    let catch = draft.catch("catch", &[each]);
    draft.under(catch, true, |draft| draft.invoke("c", lit(2)));
    check(
        &draft,
        &[
            ("start", r#"invoke a.0@1.0 {"x":4}, invoke b.0@1.0 {"x":4}"#),
            ("b.0 ! crash", r#"stop a.0@1.0, invoke c@1.0 {"x":2}"#),
            ("c -> 1", ""),
            ("a.0 ? failed no", "ended"),
        ],
        "got failed crash b.0x1 (oh), catch done, c done, a.0 failed crash a.0x1 (no), \
         b.0 failed crash b.0x1 (oh), succeeded null",
    );
}

#[test]
fn what_is_stopped_on_its_way_stays_unknown() {
    check(
        &once(),
        &[SENT, ("cancel", "stop a@1.0, ended")],
        "a unknown 1, b cancelled, cancelled me",
    );
}

#[test]
fn only_what_is_unknown_is_resolved_and_only_with_a_value_that_fits() {
    let draft = once();
    let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
    play.tell("start");
    let fits = |output| Verdict::Succeeded { output };
    let ask = |play: &Play, ix, verdict: &Verdict| resolvable(&draft.plan, &play.run, ix, verdict);
    assert_eq!(ask(&play, 0, &Verdict::Again), Err(Unresolved::Known));
    assert_eq!(play.tell("a ? again"), "");
    play.tell("restart");
    assert_eq!(ask(&play, 0, &fits(json!({ "v": 1 }))), Ok(()));
    assert_eq!(ask(&play, 1, &Verdict::Again), Err(Unresolved::Known));
    assert_eq!(ask(&play, 9, &Verdict::Again), Err(Unresolved::NoStep));
    let misfit = ask(&play, 0, &fits(json!({ "v": "x" })));
    assert!(matches!(misfit, Err(Unresolved::Misfit(why)) if why.contains("does not fit")));
    assert_eq!(play.tell("a ? succeeded {\"v\":\"x\"}"), "");
    assert_eq!(play.states(), "a unknown 1, b waiting, running");
}
