//! A model is registered: whoever dies in between, it is one version.

use super::live_twice;
use flow_tests::daemon::Death;
use flow_tests::kept::Kept;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_registered_is_one_version_whoever_dies() {
    for commit in [4, 5, 6, 7, 8] {
        check(Death::Before(commit)).await;
        check(Death::After(commit)).await;
    }
}

async fn check(death: Death) {
    let (home, death) = live_twice("tests/projects/adopt", death).await;
    let kept = Kept::open(&home, "adopt").await;
    let (live, versions) = kept.versions("classes").await;
    assert_eq!((live.len(), versions.len()), (1, 1), "{death:?}: {versions:?}");
    assert_eq!(
        (versions[0].train.as_str(), versions[0].version),
        ("adopt.arrived", 1)
    );
    assert_eq!(kept.letters().await.len(), 0, "{death:?}");
}
