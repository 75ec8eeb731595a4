//! The flow of `examples/digits`: what it comes to.

use crate::project::{compile, findings};

const DIGITS: &str = include_str!("../../../examples/digits/main.flow");

#[test]
fn the_digits_flow_has_no_findings() {
    assert_eq!(findings(DIGITS), "");
}

#[test]
fn the_plan_of_the_digits_flow() {
    let (_, checked) = compile(DIGITS);
    insta::assert_json_snapshot!(checked.plan);
}

/// Four slips that the example could have, each found before anything runs.
#[test]
fn what_could_be_wrong_with_the_digits_flow() {
    let slips = [
        ("timeout: 10s", "timeout: 10m"),
        ("memory:  256MiB", "memory:  4GiB"),
        ("rate: 10/h, ", ""),
        (
            "score.accuracy >= 0.95 and score.accuracy > (old.accuracy ?? 0.0)",
            "(old.accuracy ?? 0.0) < 0.95",
        ),
    ];
    let broken = slips.iter().fold(DIGITS.to_owned(), |text, (right, wrong)| {
        assert!(text.contains(right), "the example has no `{right}`");
        text.replacen(right, wrong, 1)
    });
    insta::assert_snapshot!(findings(&broken));
}

#[test]
fn marks_lead_back_to_the_text() {
    let (project, checked) = compile(DIGITS);
    let text = |key| checked.marks.get(key).map(|span| project.sources.text(span));
    assert_eq!(text("action/to_pixels"), Some("to_pixels"));
    assert_eq!(text("action/to_pixels/timeout"), Some("10s"));
    assert_eq!(text("action/notify/timeout"), Some("notify"));
    assert_eq!(text("action/to_pixels/output"), Some("Pixels"));
    assert_eq!(text("job/fit/model_size"), Some("50MiB"));
    assert_eq!(text("rule/retrain/on/1"), Some("samples.grew(rows: 700)"));
    assert_eq!(
        text("rule/retrain/steps/deploy"),
        Some("deploy candidate to digits")
    );
    assert_eq!(
        text("rule/collect/steps/clean.seen"),
        Some("to_pixels({ image: image })")
    );
    assert_eq!(
        text("infer/read_digit/steps/to_pixels"),
        Some("to_pixels({ image: image })")
    );
    assert_eq!(text("type/Pixels/pixels"), Some("pixels"));
}
