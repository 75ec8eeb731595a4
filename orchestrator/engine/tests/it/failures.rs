//! `on failure`, and `sleep`, which it ends.

use crate::draft::{Draft, lit};
use crate::script::check;
use flow_lang::plan::{Expr, Op, StepIx, Type};

fn tries(failure: StepIx) -> Expr {
    Expr::Field(Box::new(Expr::Step(failure)), "attempts".into())
}

/// `a  b  on failure(err) { tell(err.attempts)  more }`
fn handled() -> Draft {
    let mut draft = Draft::new();
    draft.invoke("a", lit(1));
    draft.invoke("b", lit(2));
    draft.on_failure("failure", |draft, failure| {
        draft.invoke("tell", tries(failure));
        draft.invoke("more", lit(3));
    });
    draft
}

const START: (&str, &str) = ("start", r#"invoke a@1.0 {"x":1}, invoke b@1.0 {"x":2}"#);

#[test]
fn without_a_failure_nothing_of_it_runs() {
    check(
        &handled(),
        &[START, ("a -> 1", ""), ("b -> 1", "ended")],
        "a done, b done, failure skipped, tell skipped, more skipped, succeeded null",
    );
}

#[test]
fn after_a_failure_its_steps_run_and_the_run_stays_failed() {
    check(
        &handled(),
        &[
            START,
            (
                "5: a ! crash",
                r#"stop b@1.0, invoke tell@1.0 {"x":1}, invoke more@1.0 {"x":3}, wake 600005"#,
            ),
            ("b@1.0 -> 1", ""),
            ("more -> 1", ""),
            ("restart", r#"invoke tell@1.1 {"x":1}, wake 600005"#),
            ("tell -> 1", "ended"),
        ],
        "a failed crash ax1 (oh), b cancelled, failure done, tell done, more done, failed crash ax1 (oh)",
    );
}

#[test]
fn it_fails_once_and_takes_no_longer_than_it_may() {
    let failed = r#"stop b@1.0, invoke tell@1.0 {"x":1}, invoke more@1.0 {"x":3}, wake 600000"#;
    for (line, effects, states) in [
        (
            "tell ! crash",
            "stop more@1.0, ended",
            "tell failed crash tellx1 (oh), more cancelled",
        ),
        (
            "600000: tick",
            "stop tell@1.0, stop more@1.0, ended",
            "tell cancelled, more cancelled",
        ),
        (
            "cancel",
            "stop tell@1.0, stop more@1.0, ended",
            "tell cancelled, more cancelled",
        ),
    ] {
        check(
            &handled(),
            &[START, ("a ! crash", failed), (line, effects)],
            &format!("a failed crash ax1 (oh), b cancelled, failure done, {states}, failed crash ax1 (oh)"),
        );
    }
}

#[test]
fn a_passed_deadline_is_a_failure_and_a_cancelled_run_is_none() {
    let mut draft = handled();
    draft.rule().deadline_ms = Some(50);
    let start = (START.0, r#"invoke a@1.0 {"x":1}, invoke b@1.0 {"x":2}, wake 50"#);
    check(
        &draft,
        &[
            start,
            (
                "50: tick",
                r#"stop a@1.0, stop b@1.0, invoke tell@1.0 {"x":0}, invoke more@1.0 {"x":3}, wake 600050"#,
            ),
            ("tell -> 1", ""),
            ("more -> 1", "ended"),
        ],
        "a cancelled, b cancelled, failure done, tell done, more done, \
         failed timeout x0 (the deadline of 50ms passed while `a`, `b` was under way)",
    );
    check(
        &draft,
        &[start, ("cancel", "stop a@1.0, stop b@1.0, ended")],
        "a cancelled, b cancelled, failure cancelled, tell cancelled, more cancelled, cancelled me",
    );
}

#[test]
fn a_sleep_ends_at_its_time_whoever_restarts_meanwhile() {
    let mut draft = Draft::new();
    let month = 30 * 24 * 3_600_000;
    let nap = draft.step("nap", Op::Sleep { ms: month }, Type::nothing());
    draft.invoke("a", lit(1));
    draft.after(&[nap]);
    check(
        &draft,
        &[
            ("7: start", "wake 2592000007"),
            ("9: tick", "wake 2592000007"),
            ("2592000006: restart", "wake 2592000007"),
            ("2592000007: tick", r#"invoke a@1.0 {"x":1}"#),
            ("a -> 1", "ended"),
        ],
        "nap done, a done, succeeded null",
    );
    check(
        &draft,
        &[
            ("7: start", "wake 2592000007"),
            ("2592000010: restart", r#"invoke a@1.0 {"x":1}"#),
            ("cancel", "stop a@1.0, ended"),
        ],
        "nap done, a cancelled, cancelled me",
    );
}
