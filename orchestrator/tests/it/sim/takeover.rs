//! What a daemon takes over from one that has died.

use super::{Cradle, flows, folder, runtime};
use flow_engine::{Effect, Token};
use flowd::sim::{Dice, Disk, Life, Place, VirtualClock};
use flowd::worker::{Message, Newsroom};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::oneshot;

const FLOW: &str = r#"flow town
trigger t0: { n: int<0..9> }
action o({ n: int<0..9> }) { runtime: "python:3", code: "functions", entry: "act.act" }
rule r: on t0(e) with { overlap: queue, deadline: 30s } { o({ n: e.n }) }
"#;
/// The deadline has passed.
const LATE_MS: u64 = 31_000;

/// The calls that a daemon has ordered.
fn calls(life: &mut Life) -> Vec<(String, Token)> {
    let orders = life.orders().into_iter();
    let calls = orders.filter(|order| matches!(order.effect, Effect::Invoke { .. }));
    calls.map(|order| (order.run, order.token)).collect()
}

#[test]
fn a_run_that_starts_while_a_daemon_takes_over_is_handed_over_once() {
    let (cradle, home) = (Cradle::new(), folder());
    let database = Cradle::database(home.path());
    std::fs::copy(Cradle::database(cradle.folder.path()), &database).unwrap();
    let place = Place {
        database,
        clock: Arc::new(VirtualClock::new(Dice::new(1))),
        disk: Arc::new(Disk::default()),
        seal: Arc::clone(&cradle.seal),
        newsroom: Newsroom::default(),
    };
    runtime().block_on(async {
        let mut life = Life::begin(&place).await.ok().unwrap();
        let plan = Box::new(flows::check(FLOW).unwrap());
        life.handle
            .tell(Message::Deploy(plan, oneshot::channel().0))
            .await;
        for n in 0..2 {
            let event = Message::Intake {
                flow: "town".into(),
                source: "trigger/t0".into(),
                key: None,
                payload: json!({ "n": n }),
                reply: oneshot::channel().0,
            };
            life.handle.tell(event).await;
        }
        life.settle().await.unwrap();
        let first = calls(&mut life);
        life.kill().await;
        place.clock.pass(LATE_MS);
        let mut life = Life::begin(&place).await.ok().unwrap();
        let second = calls(&mut life);
        life.kill().await;
        assert_eq!((first.len(), second.len()), (1, 1), "{first:?}, {second:?}");
        assert_ne!(first[0].0, second[0].0, "the first is over its deadline");
        let token = Token {
            step: 0,
            attempt: 1,
            resend: 0,
        };
        assert_eq!(second[0].1, token, "it is new");
    });
}
