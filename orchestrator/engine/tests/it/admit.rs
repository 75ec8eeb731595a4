//! Overlap and rate.

use crate::draft::Draft;
use flow_engine::admit::{Admission, Lane, Next, admit, next};
use flow_lang::ast::Rate;
use flow_lang::plan::{Overlap, Rule};

fn rule(overlap: Overlap, rate: Option<(u64, u64)>) -> Rule {
    let mut rule = Draft::new().rule().clone();
    rule.overlap = overlap;
    rule.queue_max = 2;
    rule.rate = rate.map(|(count, per_ms)| Rate { count, per_ms });
    rule
}

fn lane(open: &[&str], waiting: &[&str], starts: &[u64]) -> Lane {
    Lane {
        open: open.iter().map(|&id| id.into()).collect(),
        waiting: waiting.iter().map(|&id| id.into()).collect(),
        starts: starts.iter().copied().collect(),
    }
}

#[test]
fn overlap_decides_when_a_run_is_open() {
    let cancel = |ids: &[&str]| Admission::Replace {
        cancel: ids.iter().map(|&id| id.into()).collect(),
    };
    for (overlap, open, waiting, expected) in [
        (Overlap::Queue, vec![], vec![], Admission::Start),
        (Overlap::Queue, vec!["a"], vec![], Admission::Wait),
        (Overlap::Queue, vec![], vec!["b"], Admission::Wait),
        (Overlap::Queue, vec!["a"], vec!["b", "c"], Admission::Refuse),
        (Overlap::Skip, vec![], vec![], Admission::Start),
        (Overlap::Skip, vec!["a"], vec![], Admission::Skip),
        (Overlap::Cancel, vec![], vec![], Admission::Start),
        (Overlap::Cancel, vec!["a", "b"], vec![], cancel(&["a", "b"])),
        (Overlap::Parallel, vec!["a"; 5_000], vec![], Admission::Start),
    ] {
        assert_eq!(
            admit(&rule(overlap, None), &lane(&open, &waiting, &[]), 0),
            expected,
            "{overlap:?}"
        );
    }
}

#[test]
fn one_after_another_in_the_order_of_events() {
    let rule = rule(Overlap::Queue, None);
    let mut lane = lane(&["a"], &["b", "c"], &[]);
    assert_eq!(next(&rule, &lane, 0), Next::Nothing);
    lane.end("a");
    assert_eq!(next(&rule, &lane, 0), Next::Start("b".into()));
    lane.start(&rule, "b", 0);
    assert_eq!(lane, self::lane(&["b"], &["c"], &[]));
    lane.end("c");
    lane.end("b");
    assert_eq!(next(&rule, &lane, 0), Next::Nothing);
}

#[test]
fn the_surplus_over_a_rate_is_one_run() {
    for overlap in [Overlap::Queue, Overlap::Skip, Overlap::Cancel, Overlap::Parallel] {
        let rule = rule(overlap, Some((2, 1_000)));
        let mut lane = Lane::default();
        for (run, now) in [("a", 100), ("b", 400)] {
            assert_eq!(admit(&rule, &lane, now), Admission::Start);
            lane.start(&rule, run, now);
            lane.end(run);
        }
        assert_eq!(admit(&rule, &lane, 500), Admission::Wait);
        lane.waiting.push_back("c".into());
        assert_eq!(admit(&rule, &lane, 600), Admission::Merge { into: "c".into() });
        assert_eq!(next(&rule, &lane, 600), Next::At(1_100));
        assert_eq!(next(&rule, &lane, 1_099), Next::At(1_100));
        assert_eq!(next(&rule, &lane, 1_100), Next::Start("c".into()));
        lane.start(&rule, "c", 1_100);
        assert_eq!(
            lane,
            self::lane(&["c"], &[], &[400, 1_100]),
            "old starts are forgotten"
        );
    }
}

#[test]
fn those_that_wait_have_a_claim_on_the_rate() {
    let rule = rule(Overlap::Queue, Some((3, 1_000)));
    let merge = Admission::Merge { into: "c".into() };
    assert_eq!(admit(&rule, &lane(&["a"], &["b"], &[0]), 1), Admission::Wait);
    assert_eq!(admit(&rule, &lane(&["a"], &["b", "c"], &[0]), 1), merge);
}

#[test]
fn after_a_change_to_a_lower_rate_enough_starts_have_to_grow_old() {
    let rule = rule(Overlap::Parallel, Some((1, 1_000)));
    assert_eq!(
        next(&rule, &lane(&[], &["d"], &[0, 100, 200]), 300),
        Next::At(1_200)
    );
}

#[test]
fn a_surplus_that_waited_replaces_what_is_open_by_then() {
    let rule = rule(Overlap::Cancel, Some((1, 1_000)));
    let lane = lane(&["a"], &["b"], &[0]);
    assert_eq!(next(&rule, &lane, 999), Next::At(1_000));
    let replace = Next::Replace {
        start: "b".into(),
        cancel: vec!["a".into()],
    };
    assert_eq!(next(&rule, &lane, 1_000), replace);
}
