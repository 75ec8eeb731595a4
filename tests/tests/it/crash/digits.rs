//! The real example, killed once on its way.

use super::live_twice;
use flow_tests::chance::Chance;
use flow_tests::daemon::Death;
use flow_tests::kept::Kept;
use flow_tests::{parts, processes};
use std::collections::BTreeSet;

/// Lines that are printed before the first scans come in.
const LINES_FIRST: u64 = 6;
/// Lines between them and a live model, at least.
const LINES: u64 = 36;
/// A fifth of all scans.
const EXAM: usize = 360;
/// The other scans; what came in last may be under way when the daemon ends.
const SAMPLES: std::ops::RangeInclusive<usize> = 1_400..=1_437;

#[tokio::test(flavor = "multi_thread")]
async fn the_digits_survive_a_kill() {
    if !parts::wanted("the death of a daemon on the way of examples/digits, with packages from PyPI") {
        return;
    }
    let mut chance = Chance::told("the death of digits");
    let death = Death::Lines(LINES_FIRST + chance.below(LINES));
    let (home, death) = live_twice("examples/digits", death).await;
    processes::all_gone(home.project()).await;
    let kept = Kept::open(&home, "digits").await;

    let (live, _) = kept.versions("digits").await;
    let [live] = live.as_slice() else {
        panic!("{death:?}: {} deployments", live.len());
    };
    assert_eq!(live.number, 1, "{death:?}");
    let outputs = kept.outputs(&live.run).await;
    let accuracy = outputs["score"]["accuracy"].as_f64();
    assert!(accuracy >= Some(0.95), "{death:?}: {accuracy:?}");

    assert_eq!(kept.rows("exam").await.len(), EXAM, "{death:?}: rows of exam");
    let samples = kept.rows("samples").await.len();
    assert!(SAMPLES.contains(&samples), "{death:?}: {samples} rows of samples");
    for trigger in ["trigger/labelled", "trigger/examined"] {
        let keys = kept.keys(trigger).await;
        let files: BTreeSet<_> = keys.iter().map(|key| key.split('@').next()).collect();
        assert_eq!(files.len(), keys.len(), "{death:?}: events of {trigger}");
    }
    let launches = kept.launches(&["begin", "retrain"]).await;
    let again: Vec<_> = launches.iter().filter(|launch| launch.generation > 1).collect();
    assert!(again.is_empty(), "{death:?}: launched again: {again:#?}");
}
