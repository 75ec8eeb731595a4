//! A step that waits for what somebody outside posts to an address of the run's own.

use crate::draft::{Draft, lit, v};
use crate::script::{Play, check};
use flow_engine::GraphRef;

/// The address of a callback, as a daemon answers it.
const MADE: &str = r#"cb@1.0 -> {"url":{"$sealed":"x"}}"#;

/// `let cb = callback(5s)   let answer: { v: int } = wait cb   a(answer)`.
fn gate() -> Draft {
    let mut draft = Draft::new();
    let callback = draft.callback("cb");
    let answer = draft.awaits("answer", callback, 5_000);
    draft.invoke("a", v(answer));
    draft
}

#[test]
fn what_is_posted_is_the_value_and_a_restart_changes_nothing() {
    check(
        &gate(),
        &[
            ("start", "callback cb@1.0"),
            ("restart", "callback cb@1.1"),
            (r#"100: cb@1.1 -> {"url":{"$sealed":"x"}}"#, "wake 5100"),
            ("restart", "wake 5100"),
            ("5099: tick", "wake 5100"),
            (r#"answer < {"v":7}"#, r#"invoke a@1.0 {"x":7}"#),
            (r#"answer < {"v":8}"#, ""),
        ],
        "cb done, answer done, a running 1.0, running",
    );
}

#[test]
fn what_does_not_fit_leaves_it_waiting_and_a_yes_is_no_answer() {
    check(
        &gate(),
        &[
            ("start", "callback cb@1.0"),
            (MADE, "wake 5000"),
            (r#"answer < {"v":"seven"}"#, ""),
            ("answer by ana", ""),
            ("answer by ana no: not today", ""),
        ],
        "cb done, answer held 5000, a waiting, running",
    );
}

#[test]
fn when_nobody_posts_in_time_it_is_a_timeout_that_can_be_caught() {
    let mut draft = Draft::new();
    let callback = draft.callback("cb");
    let answer = draft.awaits("answer", callback, 5_000);
    let catch = draft.catch("catch", &[answer]);
    draft.under(catch, true, |draft| draft.invoke("b", lit(2)));
    let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
    play.tell("start");
    play.tell(MADE);
    assert_eq!(play.tell("5000: tick"), r#"invoke b@1.0 {"x":2}"#);

    check(
        &gate(),
        &[
            ("start", "callback cb@1.0"),
            (MADE, "wake 5000"),
            ("5000: restart", "ended"),
        ],
        "cb done, answer failed timeout answerx0 (nobody has posted to `cb` within 5s), a cancelled, \
         failed timeout answerx0 (nobody has posted to `cb` within 5s)",
    );
}

#[test]
fn each_round_has_an_address_of_its_own() {
    let mut draft = Draft::new();
    draft.each("all", lit(serde_json::json!([1, 2])), 2, |draft, _| {
        let callback = draft.callback("cb");
        v(draft.awaits("answer", callback, 5_000))
    });
    let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
    assert_eq!(play.tell("start"), "callback cb.0@1.0, callback cb.1@1.0");
    play.tell(r#"cb.1@1.0 -> {"url":{"$sealed":"x"}}"#);
    play.tell(r#"cb.0@1.0 -> {"url":{"$sealed":"x"}}"#);
    for (made, waits) in [("cb.0", "answer.0"), ("cb.1", "answer.1")] {
        assert_eq!(play.waiting_for(made), waits);
    }
    assert_eq!(play.tell(r#"answer.1 < {"v":1}"#), "");
    assert_eq!(play.tell(r#"answer.0 < {"v":2}"#), "ended");
}
