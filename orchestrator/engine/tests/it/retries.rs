//! Further tries, deadlines and cancelling.

use crate::draft::{Draft, lit, v};
use crate::script::{Play, check, version};
use flow_engine::{GraphRef, State};

/// A wait of `ms`, a tenth more or less.
fn about(ms: u64) -> std::ops::RangeInclusive<u64> {
    ms * 9 / 10..=ms * 11 / 10
}

#[test]
fn a_crash_is_tried_again_after_a_growing_wait_and_not_before() {
    let mut draft = Draft::new();
    draft.invoke("a", lit(1));
    draft.plan.actions.get_mut("a").unwrap().attempts = 12;
    let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
    play.tell("start");
    let mut now = 0;
    let waits = [
        1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000,
    ];
    for (wait, attempt) in waits.into_iter().zip(2..) {
        let effects = play.tell(&format!("{now}: a ! timeout"));
        let due = play.run.due().unwrap();
        assert_eq!(effects, format!("wake {due}"));
        assert!(about(wait).contains(&(due - now)), "{wait}: {}", due - now);
        assert_eq!(play.tell(&format!("{}: tick", due - 1)), format!("wake {due}"));
        assert_eq!(
            play.tell(&format!("{due}: tick")),
            format!(r#"invoke a@{attempt}.0 {{"x":1}}"#)
        );
        assert_eq!(
            play.tell(&format!("a@{}.0 -> 1", attempt - 1)),
            "",
            "a stale answer"
        );
        now = due;
    }
    assert_eq!(play.tell("a ! crash"), "ended");
    assert_eq!(play.states(), "a failed crash ax12 (oh), failed crash ax12 (oh)");
}

#[test]
fn what_would_repeat_itself_is_not_tried_again() {
    let mut draft = Draft::new();
    draft.invoke("a", lit(1));
    draft.plan.actions.get_mut("a").unwrap().attempts = 3;
    for kind in ["limit", "type", "refused", "rolled_back"] {
        let end = format!("a failed {kind} ax1 (oh), failed {kind} ax1 (oh)");
        let failure = format!("a ! {kind}");
        check(
            &draft,
            &[("start", r#"invoke a@1.0 {"x":1}"#), (&failure, "ended")],
            &end,
        );
    }
}

#[test]
fn a_job_has_a_new_generation_after_a_failure() {
    let mut draft = Draft::new();
    draft.train("fit", lit(1));
    let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
    play.tell("start");
    play.tell("fit ! crash");
    let due = play.run.due().unwrap();
    assert_eq!(play.tell(&format!("{due}: tick")), r#"launch fit@2.0 {"x":1}"#);
    assert_eq!(
        play.tell(&format!("fit@1.0 -> {}", version(1))),
        "",
        "the first generation is over"
    );
    assert_eq!(
        play.tell("restart"),
        r#"launch fit@2.0 {"x":1}"#,
        "the same generation"
    );
    assert_eq!(
        play.tell(&format!("fit@2.0 -> {}", version(2))),
        "publish fit v2, ended"
    );
}

#[test]
fn a_passed_deadline_ends_the_run() {
    let mut draft = Draft::new();
    let a = draft.invoke("a", lit(1));
    draft.invoke("b", v(a));
    draft.train("fit", lit(2));
    draft.rule().deadline_ms = Some(90_000);
    let start = (
        "5: start",
        r#"invoke a@1.0 {"x":1}, launch fit@1.0 {"x":2}, wake 90005"#,
    );
    let end = "a cancelled, b cancelled, fit cancelled, \
               failed timeout x0 (the deadline of 90s passed while `a`, `fit` was under way)";
    let stopped = "stop a@1.0, stop fit@1.0, ended";
    check(
        &draft,
        &[start, ("90004: tick", "wake 90005"), ("90005: tick", stopped)],
        end,
    );
    check(&draft, &[start, ("90005: a -> 1", stopped)], end);
    check(&draft, &[start, ("99999: restart", stopped)], end);
}

#[test]
fn one_timer_is_enough() {
    let mut draft = Draft::new();
    draft.invoke("a", lit(1));
    draft.plan.actions.get_mut("a").unwrap().attempts = 2;
    draft.rule().deadline_ms = Some(90_000);
    let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
    assert_eq!(play.tell("start"), r#"invoke a@1.0 {"x":1}, wake 90000"#);
    play.tell("a ! crash");
    let due = play.run.due().unwrap();
    assert!(due < 90_000);
    assert_eq!(play.tell("restart"), format!("wake {due}"));
    assert_eq!(
        play.tell(&format!("{due}: tick")),
        r#"invoke a@2.0 {"x":1}, wake 90000"#
    );
}

#[test]
fn cancelling_stops_what_is_out() {
    let mut draft = Draft::new();
    let a = draft.invoke("a", lit(1));
    draft.invoke("b", v(a));
    draft.invoke("c", lit(2));
    draft.plan.actions.get_mut("c").unwrap().attempts = 2;
    let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
    play.tell("start");
    play.tell("c ! crash");
    assert!(matches!(
        play.run.steps[2],
        State::Failed {
            retry_at: Some(_),
            ..
        }
    ));
    assert_eq!(play.tell("cancel"), "stop a@1.0, ended");
    assert_eq!(
        play.states(),
        "a cancelled, b cancelled, c cancelled, cancelled me"
    );
    check(
        &draft,
        &[("cancel", "ended"), ("start", "")],
        "a cancelled, b cancelled, c cancelled, cancelled me",
    );
}
