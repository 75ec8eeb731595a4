//! A step that waits until somebody says yes.

use crate::draft::{Draft, lit};
use crate::script::check;

/// `let ok = wait approval("leads", 5s)   a(1) after ok`.
fn gate() -> Draft {
    let mut draft = Draft::new();
    let ok = draft.approval("ok", 5_000);
    draft.invoke("a", lit(1));
    draft.after(&[ok]);
    draft
}

#[test]
fn who_says_yes_lets_the_run_go_on_and_a_restart_changes_nothing() {
    check(
        &gate(),
        &[
            ("start", "wake 5000"),
            ("restart", "wake 5000"),
            ("4999: tick", "wake 5000"),
            ("ok by ana", r#"invoke a@1.0 {"x":1}"#),
            ("ok by ana no: too late", ""),
            ("5000: tick", ""),
        ],
        "ok done, a running 1.0, running",
    );
}

#[test]
fn a_no_is_a_refusal_that_says_who_and_why() {
    check(
        &gate(),
        &[("start", "wake 5000"), ("ok by ana no: not on a friday", "ended")],
        "ok failed refused okx0 (ana said no: not on a friday), a cancelled, \
         failed refused okx0 (ana said no: not on a friday)",
    );
}

#[test]
fn when_nobody_comes_in_time_it_is_a_timeout() {
    check(
        &gate(),
        &[
            ("start", "wake 5000"),
            ("restart", "wake 5000"),
            ("5000: restart", "ended"),
            ("ok by ana", ""),
        ],
        "ok failed timeout okx0 (nobody of `leads` has approved within 5s), a cancelled, \
         failed timeout okx0 (nobody of `leads` has approved within 5s)",
    );
}

#[test]
fn both_can_be_caught() {
    let mut draft = Draft::new();
    let ok = draft.approval("ok", 5_000);
    let catch = draft.catch("catch", &[ok]);
    draft.under(catch, true, |draft| draft.invoke("b", lit(2)));
    for way in ["ok by ana no: no", "5000: tick"] {
        let mut play = crate::script::Play::new(&draft.plan, flow_engine::GraphRef::Rule("r".into()));
        play.tell("start");
        assert_eq!(play.tell(way), r#"invoke b@1.0 {"x":2}"#);
    }
}

#[test]
fn each_round_waits_for_itself() {
    let mut draft = Draft::new();
    draft.each("all", lit(serde_json::json!([1, 2])), 2, |draft, _| {
        draft.approval("ok", 5_000);
        lit(serde_json::json!({}))
    });
    check(
        &draft,
        &[
            ("start", "wake 5000"),
            ("ok.1 by ana", ""),
            ("ok.0 by ana", "ended"),
        ],
        "all done, ok.0 done, ok.1 done, succeeded null",
    );
}
