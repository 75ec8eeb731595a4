//! A daemon that is killed in the middle of what a feed has read.

use super::Source;
use crate::crash::{PROGRAM, SIGKILL};
use flow_tests::daemon::{Death, Home};
use flow_tests::kept::Kept;
use flow_tests::wait::until;
use std::os::unix::process::ExitStatusExt;

/// More readings than there are commits before the last death.
const NOTES: u64 = 2_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_dies_in_the_middle_of_a_batch_loses_nothing() {
    for (mut source, deaths) in Source::all().await.into_iter().zip([
        [Death::Before(3), Death::After(3)],
        [Death::Before(2), Death::After(4)],
        [Death::Before(4), Death::After(3)],
        [Death::Before(3), Death::After(2)],
        [Death::Before(3), Death::After(4)],
    ]) {
        let home = Home::of("tests/projects/contract", PROGRAM);
        source.declare(home.project(), "");
        source.write(0..NOTES).await;
        for death in deaths {
            let (status, printed) = home.up(&[], Some(death)).end(Some(death)).await;
            let what = format!("{}, {death:?}", source.name());
            assert_eq!(status.signal(), Some(SIGKILL), "{what}: {status}\n{printed}");
        }
        let mut running = home.up(&[], None);
        let server = running.address().await.expect("nothing kills it now");
        let http = flowd::outbound::direct();
        until(&format!("the rows of {}", source.name()), async || {
            let sets = http.get(format!("{server}/v1/datasets")).send().await.ok()?;
            let sets: serde_json::Value = sets.json().await.ok()?;
            (sets[0]["rows"].as_u64()? >= NOTES).then_some(())
        })
        .await;
        running.end(Some(Death::Lines(0))).await;
        let kept = Kept::open(&home, "contract").await;
        let rows = kept.rows("seen").await;
        let mut found: Vec<_> = rows.iter().filter_map(|row| row["number"].as_u64()).collect();
        found.sort_unstable();
        assert_eq!(found, (0..NOTES).collect::<Vec<_>>(), "{}", source.name());
        assert_eq!(
            kept.keys("trigger/noted").await.len() as u64,
            NOTES,
            "{}",
            source.name()
        );
    }
}
