//! A new daemon takes over.

use crate::draft::{Draft, lit, v};
use crate::script::{Play, check};
use flow_engine::GraphRef;

#[test]
fn calls_are_sent_again_and_rows_are_not() {
    let mut draft = Draft::new();
    draft.append("row", lit(1));
    draft.invoke("a", lit(2));
    draft.train("fit", lit(3));
    check(
        &draft,
        &[
            ("restart", ""),
            (
                "start",
                r#"append row {"x":1}, invoke a@1.0 {"x":2}, launch fit@1.0 {"x":3}"#,
            ),
            ("restart", r#"invoke a@1.1 {"x":2}, launch fit@1.0 {"x":3}"#),
            ("restart", r#"invoke a@1.2 {"x":2}, launch fit@1.0 {"x":3}"#),
            ("a@1.0 -> 1", ""),
            ("a@1.1 ! crash", ""),
            ("a@1.2 -> 1", ""),
            ("restart", r#"launch fit@1.0 {"x":3}"#),
        ],
        "row done, a done, fit parked 1, running",
    );
}

#[test]
fn a_resend_is_no_try_and_a_try_starts_its_own_resends() {
    let mut draft = Draft::new();
    draft.invoke("a", lit(1));
    draft.plan.actions.get_mut("a").unwrap().attempts = 2;
    let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
    play.tell("start");
    play.tell("restart");
    play.tell("a ! crash");
    let due = play.run.due().unwrap();
    assert_eq!(play.tell(&format!("{due}: tick")), r#"invoke a@2.0 {"x":1}"#);
}

#[test]
fn ten_lost_answers_are_unknown_and_a_person_decides() {
    let mut draft = Draft::new();
    let a = draft.invoke("a", lit(1));
    draft.invoke("b", v(a));
    for (deadline, after) in [(None, ""), (Some(60_000), "wake 60000")] {
        draft.rule().deadline_ms = deadline;
        let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
        play.tell("start");
        for resend in 1..=10 {
            assert!(play.tell("restart").starts_with(&format!("invoke a@1.{resend} ")));
        }
        assert_eq!(play.tell("restart"), after);
        assert_eq!(play.states(), "a unknown 1, b waiting, running");
        assert!(play.run.waits_for_a_person());
        play.tell("60000: tick");
        assert_eq!(play.run.status.is_terminal(), deadline.is_some());
        if deadline.is_none() {
            assert_eq!(play.tell("a ? again"), r#"invoke a@2.0 {"x":1}"#);
        }
    }
}

#[test]
fn a_run_of_a_lost_graph_ends_alone() {
    let draft = Draft::new();
    let mut play = Play::new(&draft.plan, GraphRef::Rule("r".into()));
    play.run.graph = GraphRef::Rule("gone".into());
    let (run, effects) = flow_engine::step(&draft.plan, play.run, flow_engine::Event::Start, 0);
    assert!(run.status.is_terminal());
    assert_eq!(effects, [flow_engine::Effect::Ended]);
}
