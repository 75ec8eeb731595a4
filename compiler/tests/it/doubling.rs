//! The work of a check grows with the text, not with its square.
//!
//! Instructions cannot be counted from inside a process everywhere, so the measure here is the processor time of this
//! thread, the least of several runs; three doublings at once keep what is random out of the quotient.

use crate::grown::{Family, families};
use crate::project::alone;
use flow_lang::format::format;
use flow_lang::report::human::{Style, render};
use flow_lang::span::SourceId;
use flowc::check;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// How much the work may grow when the text doubles.
const DOUBLED_MAX: f64 = 2.3;
/// Texts of so many bytes are compared with texts eight times as long.
const SMALL: usize = 8_000;
/// Work below this is noise, not growth.
const NOISE_US: i64 = 2_000;
/// The families that every run looks at; the others take `FLOW_SOAK`.
const ALWAYS: [&str; 10] = [
    "many actions",
    "many fields on one line",
    "many words of a union",
    "a list of texts",
    "steps of one name",
    "uses of a large event",
    "a chain of conditions",
    "other brackets closed",
    "names that nothing declares",
    "single quotes",
];

#[expect(
    clippy::disallowed_methods,
    reason = "this is how a person asks for the long run"
)]
pub(crate) fn soaks() -> bool {
    std::env::var("FLOW_SOAK").is_ok_and(|soak| soak == "1")
}

#[test]
fn work_grows_with_the_text_and_not_with_its_square() {
    let all = families();
    assert!(
        ALWAYS
            .iter()
            .all(|name| all.iter().any(|family| family.name == *name))
    );
    let chosen = all
        .into_iter()
        .filter(|family| soaks() || ALWAYS.contains(&family.name));
    let grown: Vec<_> = chosen.filter_map(|family| grows(&family, SMALL)).collect();
    assert!(grown.is_empty(), "{}", grown.join("\n"));
}

/// What is wrong with a family, if its work grows too fast from `small` bytes to eight times as many.
pub(crate) fn grows(family: &Family, small: usize) -> Option<String> {
    let (short, long) = ((family.text)(small), (family.text)(small * 8));
    let mut quotient = f64::INFINITY;
    // A machine that is busy with other things is asked again.
    for _ in 0..3 {
        let (before, after) = (least(&short, 3), least(&long, 1));
        quotient = quotient.min(after as f64 / before.max(NOISE_US) as f64);
        if quotient <= DOUBLED_MAX.powi(3) {
            return None;
        }
    }
    let each = quotient.cbrt();
    Some(format!(
        "{}: {each:.2} times the work for twice the text",
        family.name
    ))
}

fn least(text: &str, runs: usize) -> i64 {
    (0..runs).map(|_| work(text)).min().unwrap_or_default()
}

/// The microseconds that a whole check and a format take.
fn work(text: &str) -> i64 {
    let before = spent();
    let project = alone(text);
    let checked = check(&project, "dev");
    let style = Style {
        colour: false,
        width: 100,
    };
    let shown = render(&checked.report, &project.sources, style);
    let formatted = format(SourceId(0), text).unwrap_or_default();
    assert!(checked.plan.is_none() || !formatted.is_empty(), "{shown}");
    spent() - before
}

fn spent() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_THREAD).expect("Linux counts the time of a thread");
    usage.user_time().num_microseconds() + usage.system_time().num_microseconds()
}
